"""What a sentence states, worked by hand."""

import math

import pytest

from med3dvlm.metrics.statements import (
    millimetres_stated,
    number_fits,
    number_stated,
    sides_stated,
    size_class_stated,
    size_fits,
    states_well,
    states_yes,
)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Yes", True),
        ("Yes, on the left.", True),
        ("No", False),
        ("No. The kidneys are normal.", False),
        ("There is a small stone in the left kidney.", True),
        ("I see fluid on the right side.", True),
        ("There is no stone.", False),
        ("I don't see one.", False),
        ("The gallbladder is free of stones.", False),
        ("There's none. There is a cyst, though.", False),
        ("A stone of 12 mm is present.", True),
        ("Axial", None),
        ("The liver appears normal.", None),
        ("Left lower lobe", None),
        ("", None),
    ],
)
def test_yes_and_no_are_read_from_a_sentence(text: str, stated: bool | None) -> None:
    assert states_yes(text) is stated


@pytest.mark.parametrize(
    ("text", "yes_is_well", "stated"),
    [
        ("Yes", True, True),
        ("Yes", False, False),
        ("No", True, False),
        ("No", False, True),
        ("Yes", None, None),
        ("The liver appears normal.", None, True),
        ("No, the liver is normal.", False, True),
        ("Yes, the liver is normal.", True, True),
        ("Yes, there is a cyst.", False, False),
        ("No, there is a liver cyst.", True, False),
        ("No abnormality of the liver.", True, True),
        ("Nothing is wrong with it.", True, True),
        ("Not normal: a 30 mm cyst.", None, False),
        ("There is a 30 mm cyst; the other kidney is normal.", None, False),
        ("The spleen is abnormal.", None, False),
        ("A 30 mm renal cyst of the left kidney.", None, False),
        ("Axial", True, None),
    ],
)
def test_well_or_ill_is_read_as_the_question_was_put(
    text: str, yes_is_well: bool | None, stated: bool | None
) -> None:
    assert states_well(text, yes_is_well=yes_is_well) is stated


def test_sides() -> None:
    assert sides_stated("In the Left kidney") == {"left"}
    assert sides_stated("bilateral effusions") == sides_stated("on both sides") == {"left", "right"}
    assert sides_stated("in the leftover") == sides_stated("") == frozenset()


def test_lengths_and_size_words() -> None:
    assert millimetres_stated("large, about 45 mm") == 45
    assert millimetres_stated("4.5 cm wide") == 45
    assert millimetres_stated("3 stones") is None
    assert size_class_stated("A big one") == "large"
    assert size_class_stated("45 mm") is None


def test_a_size_is_right_within_a_quarter_or_by_its_class() -> None:
    assert size_fits("50 mm", 40, "small")
    assert not size_fits("51 mm", 40, "small")
    assert size_fits("It is small.", 40, "small")
    assert not size_fits("small, 80 mm", 40, "small")
    assert not size_fits("Yes", 40, "small")


def test_numbers() -> None:
    assert number_stated("Two, one on each side") == 2
    assert number_stated("3 stones") == 3
    assert number_stated("There are several.") == math.inf
    assert number_stated("None") == 0
    assert number_stated("a 12 mm fracture of T7") is None
    assert number_fits("several", 4)
    assert not number_fits("several", 1)
    assert number_fits("Only one.", 1)
    assert not number_fits("Axial", 1)
