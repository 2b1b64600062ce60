"""The scores of a class, as a teacher types them."""

import pytest

from med3dvlm.errors import PromptError
from med3dvlm.lessons.class_scores import read_scores, with_score


def test_lines_are_read_as_they_are_typed() -> None:
    text = "Anna: 7 of 10\n\n Learner 2: 4/10\nJos\u00e9 von Berg 2.5 out of 5\n3 of 4"
    found = read_scores(text).scores
    assert [one.name for one in found] == ["Anna", "Learner 2", "Jos\u00e9 von Berg", "Learner 4"]
    assert [one.share for one in found] == [0.7, 0.4, 0.5, 0.75]
    assert read_scores(text).mean == pytest.approx((0.7 + 0.4 + 0.5 + 0.75) / 4)
    assert read_scores(" ").mean is None


@pytest.mark.parametrize("line", ["Anna", "Anna: 11 of 10", "Anna: 1 of 0", "Anna: -3", "1/2/x"])
def test_a_line_that_is_no_score_is_named(line: str) -> None:
    with pytest.raises(PromptError, match="Line 2"):
        read_scores(f"Bo: 1 of 2\n{line}")


def test_a_score_is_added_as_a_line_that_can_be_read() -> None:
    text = with_score("Anna: 7 of 10\n", "  Bo\nBo ", 3.5, 4)
    assert text == "Anna: 7 of 10\nBo Bo: 3.5 of 4"
    assert with_score(text, "", 1, 2).endswith("\nLearner 3: 1 of 2")
    assert read_scores(with_score(text, "", 1, 2)).scores[2].share == 0.5
