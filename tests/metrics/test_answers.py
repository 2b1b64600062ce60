import pytest

from med3dvlm.metrics.answers import (
    choice_letter,
    exact_match,
    lenient_choice,
    normalised,
    option_named,
    token_f1,
    yes_or_no,
)


@pytest.mark.parametrize(
    "answer", ["B", "b", " B ", "B.", "B. liver", "B.liver", "(b)", "(B) liver", "B) x", "B: liver"]
)
def test_letter_at_the_start_is_read(answer: str) -> None:
    assert choice_letter(answer) == "B"


@pytest.mark.parametrize(
    "answer", ["", "A nodule in the liver", "Both", "The answer is B.", "B liver", "(B", "1."]
)
def test_a_word_is_no_letter(answer: str) -> None:
    assert choice_letter(answer) is None


def test_lenient_scoring_is_as_published() -> None:
    """`B.` anywhere: right when all options are named, wrong without the point."""
    assert lenient_choice("A. lung B. liver C. spleen", "B")
    assert choice_letter("A. lung B. liver C. spleen") == "A"
    assert lenient_choice("The answer is B.", "B")
    assert not lenient_choice("B", "B")
    assert choice_letter("B") == "B"


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ("Yes", True),
        ("yes, there is", True),
        ("No.", False),
        ("No evidence of it", False),
        ("Nothing", None),
        ("There is no effusion", None),
        ("", None),
    ],
)
def test_yes_and_no(answer: str, meaning: bool | None) -> None:
    assert yes_or_no(answer) is meaning


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The  Liver.", "liver"),
        ("a 3.5 mm cyst, left", "3.5 mm cyst left"),
        ("1,200 ml.", "1,200 ml"),
        ("T2-weighted (axial)", "t2 weighted axial"),
        ("3-5 mm", "3 5 mm"),
        ("ends in 5.", "ends in 5"),
        ("snake_case", "snake case"),
    ],
)
def test_normalised(text: str, plain: str) -> None:
    assert normalised(text) == plain


def test_exact_match_worked_by_hand() -> None:
    assert exact_match("The liver.", ["spleen", "Liver"])
    assert not exact_match("liver and spleen", ["liver"])
    assert not exact_match("3.5 mm", ["35 mm"])


def test_token_f1_worked_by_hand() -> None:
    """Two of three words are two of two: precision 2/3, recall 1, F1 0.8."""
    assert token_f1("left lower lobe", ["the lower lobe"]) == pytest.approx(0.8)
    assert token_f1("lobe lobe", ["lobe"]) == pytest.approx(2 / 3)
    assert token_f1("liver", ["spleen", "liver"]) == 1.0
    assert token_f1("liver", ["spleen"]) == 0.0
    assert token_f1("", ["the"]) == 1.0
    assert token_f1("", ["liver"]) == 0.0


OPTIONS = {"A": "Left lung", "B": "Liver", "C": "Lung", "D": "The spleen"}


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("Spleen.", "D"),
        ("It is in the liver", "B"),
        ("left lung", "A"),
        ("lung", "C"),
        ("in the left lung", "A"),  # `lung` alone is inside `left lung`
        ("liver or spleen", None),
        ("kidney", None),
        ("delivered", None),
        ("", None),
    ],
)
def test_option_text_is_found(answer: str, letter: str | None) -> None:
    assert option_named(answer, OPTIONS) == letter


def test_options_of_equal_text_are_no_choice() -> None:
    assert option_named("liver", {"A": "liver", "B": "Liver."}) is None
    assert option_named("the liver there", {"A": "liver", "B": "Liver."}) is None
    assert option_named("liver", {"A": "", "B": "liver"}) == "B"
