"""A mirrored picture keeps a true text, or isn't mirrored."""

import numpy as np
import pytest

from train.data.look import Variation
from train.data.m3d.rows import mirror
from train.data.m3d.sides import mirrored_plane, mirrored_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A cyst in the left kidney.", "A cyst in the right kidney."),
        ("Right and LEFT, left-sided, rightward", "Left and RIGHT, right-sided, leftward"),
        ("Bright leftover righteous", "Bright leftover righteous"),
        ("No side at all.", "No side at all."),
        ("L5 and R2 levels", "L5 and R2 levels"),
    ],
)
def test_words_of_side_are_exchanged(text: str, expected: str) -> None:
    assert mirrored_words(text) == expected
    assert mirrored_words(expected) == text


@pytest.mark.parametrize(
    "text",
    [
        "RUL nodule", "the R kidney", "situs inversus", "lingular scar", "Lt. effusion",
        "dextroscoliosis", "infarct of the LMCA",
    ],
)  # fmt: skip
def test_a_side_in_letters_is_not_mirrored(text: str) -> None:
    assert mirrored_words(text) is None


def test_only_planes_with_left_and_right_in_the_rows_are_mirrored() -> None:
    names = ("Axial_bone", "Coronal_delayed", "Sagittal_T1", "Unknown")
    assert [mirrored_plane(f"ct_case/1/{name}") for name in names] == [True, True, False, False]


def test_a_row_is_mirrored_with_all_of_its_words_or_not_at_all() -> None:
    always, rng = Variation(mirror=1.0), np.random.default_rng(0)
    assert mirror(always, rng, "a/1/Axial", ["left?", "Left"]) == ["right?", "Right"]
    assert mirror(always, rng, "a/1/Axial", ["left?", "RUL"]) is None
    assert mirror(always, rng, "a/1/Sagittal", ["left?"]) is None
    assert mirror(Variation(), rng, "a/1/Axial", ["left?"]) is None
