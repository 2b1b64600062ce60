"""A teacher's own question, and the points for predicting its answer."""

import pytest

from med3dvlm.errors import PromptError
from med3dvlm.lessons.own_question import marked, own_question, points_of
from med3dvlm.lessons.visit import Mark, Points


def test_a_question_is_answered_by_yes_or_no_unless_it_has_choices() -> None:
    assert own_question(" Is there\n air? ").options == ("Yes", "No")
    asked = own_question("Which lung? A. right B. left")
    assert asked.options == ("A. right", "B. left")
    assert asked.asked == "Which lung? Choices: A. right B. left"


@pytest.mark.parametrize("text", ["", "  \n", "x" * 401])
def test_no_question_is_refused(text: str) -> None:
    with pytest.raises(PromptError, match="yes or no"):
        own_question(text)


def test_the_first_prediction_counts() -> None:
    first, second = (Mark(predicted="", score=score, model=1.0) for score in (0.0, 1.0))
    marks = marked(marked({}, "a", first), "a", second)
    marks = marked(marks, "b", Mark(predicted="", score=1.0))
    assert points_of(marks.values()) == Points(1, 2, 1, 1)
