import pytest

from med3dvlm.engine.cautions import cautions_for
from med3dvlm.ui.scan.examples import ANY_SCAN

WEAK = ("It often confuses left and right.",)


@pytest.mark.parametrize(
    "question",
    [
        "How old is the patient?",
        "What is the patient's age?",
        "Who is this?",
        "What is the name of the patient?",
        "What is the prognosis?",
        "How long will she live?",
        "Which treatment do you recommend?",
        "Should I operate?",
        "Is the patient a smoker?",
    ],
)
def test_what_no_scan_tells_is_warned_about(question: str) -> None:
    [caution] = cautions_for(question)
    assert "made up" in caution


@pytest.mark.parametrize(
    "question",
    [
        *ANY_SCAN,
        "Is there a stage 3 tumour?",
        "What is the percentage of emphysema?",
        "Is the gallbladder enlarged?",
        "Name the findings.",
        "Where is the lesion located?",
    ],
)
def test_what_can_be_seen_is_not(question: str) -> None:
    assert cautions_for(question, limits=WEAK) == ()


def test_sides_are_warned_about_where_the_card_says_so() -> None:
    question = "Is the cyst in the left kidney?"
    assert cautions_for(question) == ()
    assert cautions_for(question, limits=("It overlooks small stones.",)) == ()
    [caution] = cautions_for(question, limits=WEAK)
    assert "left from right" in caution


def test_an_unfamiliar_scan_is_said() -> None:
    [caution] = cautions_for("What can be seen?", unfamiliar=True)
    assert "unlike the model's training data" in caution
