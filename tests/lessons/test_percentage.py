"""Percentages in lessons: the digits that are shown never claim what isn't so."""

import pytest

from med3dvlm.lessons.percentage import Percentage


@pytest.mark.parametrize(
    ("share", "spec", "said"),
    [
        (0.9997, ".0f", "over 99"),
        (0.9997, ".1f", "over 99.9"),
        (0.9949, ".0f", "99"),
        (0.0003, ".0f", "under 1"),
        (0.0003, ".1f", "under 0.1"),
        (0.006, ".0f", "1"),
        (0.5, ".0f", "50"),
        (1.0, ".0f", "100"),
        (1.0000001, ".0f", "100"),
        (0.0, ".1f", "0.0"),
    ],
)
def test_nothing_is_certain_by_rounding(share: float, spec: str, said: str) -> None:
    """A model that was 99.97 % sure was told to be 100 % sure, in lessons about just that."""
    assert f"{Percentage(share):{spec}}" == said


def test_it_counts_as_a_number() -> None:
    assert Percentage(0.25) - Percentage(0.05) == 20
