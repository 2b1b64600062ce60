import pytest

from med3dvlm.choices import have_letters, make_choices, read_choices
from med3dvlm.errors import PromptError

TRAINED = "Which plane is it? Choices: A. axial B. coronal C. sagittal"


@pytest.mark.parametrize(
    "typed",
    [
        TRAINED,
        "Which plane is it? A. axial B. coronal C. sagittal",
        "Which plane is it?\nA) axial\nB) coronal\nC) sagittal",
        "Which plane is it? (a) axial (b) coronal (c) sagittal",
        "Which plane is it? Options: A: axial; B: coronal; C: sagittal",
        "Which plane is it? A. axial, B. coronal, C. sagittal",
    ],
)
def test_choices_are_read_however_they_are_typed(typed: str) -> None:
    found = read_choices(typed)
    assert found is not None
    assert found.text == TRAINED
    assert found.options == ("A. axial", "B. coronal", "C. sagittal")


@pytest.mark.parametrize(
    "typed",
    [
        "Is there a kidney stone?",
        "Is this stage B. or what?",
        "A. what?",
        "Is vitamin B. given? A. yes",
        "A. axial B. coronal",
        "",
    ],
)
def test_an_open_question_has_none(typed: str) -> None:
    assert read_choices(typed) is None


def test_a_letter_inside_an_option_is_a_word_of_it() -> None:
    found = read_choices("What is it? A. hepatitis C. virus B. cyst")
    assert found is not None
    assert found.texts == ("hepatitis C. virus", "cyst")


def test_what_the_phantoms_ask_is_read_back() -> None:
    import numpy as np

    from med3dvlm.phantoms.facts import draw_facts
    from med3dvlm.phantoms.questions import closed_phase, closed_plane

    for seed in range(20):
        facts, rng = draw_facts(seed), np.random.default_rng(seed)
        for asked in (closed_plane(rng, facts), closed_phase(rng, facts)):
            if asked is None:
                continue
            found = read_choices(asked.question)
            assert found is not None
            assert (found.text, found.texts) == (asked.question, asked.options)
            assert asked.answer in found.options


@pytest.mark.parametrize(
    ("options", "letters"),
    [
        (["A. axial", "B. coronal"], True),
        (["axial", "coronal"], False),
        (["B. coronal", "A. axial"], False),
        (["A. Yes", "No"], False),
        (["Yes", "No"] * 5, False),
    ],
)
def test_options_that_bring_their_letters_are_told_apart(
    options: list[str], *, letters: bool
) -> None:
    assert have_letters(options) == letters


def test_a_form_makes_the_same_question() -> None:
    made = make_choices(" Which plane is it? ", ["axial", "", " coronal ", "sagittal"])
    assert made.text == TRAINED
    assert read_choices(made.text) == made


@pytest.mark.parametrize(
    ("question", "options", "complaint"),
    [
        ("", ["a", "b"], "question"),
        ("What?", ["one", " "], "2 to 8"),
        ("What?", list("abcdefghi"), "2 to 8"),
        ("What?", ["Axial", "axial"], "the same"),
    ],
)
def test_a_form_that_makes_no_question_is_refused(
    question: str, options: list[str], complaint: str
) -> None:
    with pytest.raises(PromptError, match=complaint):
        make_choices(question, options)
