"""What predictions are worth, worked by hand."""

import math

import numpy as np
import pytest

from med3dvlm.errors import PromptError
from med3dvlm.lessons.scoring import (
    distance_mm,
    read_number,
    read_percentages,
    score_choice,
    score_click,
    score_number,
    score_percentages,
    score_writing,
)


def mask() -> np.ndarray:
    made = np.zeros((10, 20), bool)
    made[4, 6] = True
    return made


def test_distance_is_to_the_edge_of_the_nearest_pixel() -> None:
    assert distance_mm(mask(), (4.2, 6.4), pixel_mm=(2, 3)) == 0
    assert distance_mm(mask(), (4, 8.5), pixel_mm=(2, 3)) == pytest.approx(6)
    assert distance_mm(mask(), (7.5, 8.5), pixel_mm=(2, 3)) == pytest.approx(math.hypot(6, 6))
    assert distance_mm(np.zeros((3, 3), bool), (1, 1), pixel_mm=(1, 1)) == math.inf


def test_a_click_within_reach_is_a_point() -> None:
    assert score_click(mask(), (4, 8.5), pixel_mm=(2, 3), within_mm=6) == 1
    assert score_click(mask(), (4, 8.6), pixel_mm=(2, 3), within_mm=6) == 0


def test_a_choice_is_right_or_wrong() -> None:
    assert (score_choice(1, 1), score_choice(0, 1)) == (1, 0)


@pytest.mark.parametrize(
    ("guess", "points"), [(12.5, 1), (7.5, 1), (15, 0.5), (5, 0.5), (15.1, 0), (-10, 0)]
)
def test_a_number_is_worth_less_the_farther_off_it_is(guess: float, points: float) -> None:
    assert score_number(guess, 10, tolerance=0.25) == points


def test_a_number_near_zero_has_some_room() -> None:
    assert score_number(1, 0, tolerance=0.25, least=1) == 1
    assert score_number(1, 0, tolerance=0.25) == 0


def test_a_curve_loses_a_point_with_fifty_points_off() -> None:
    assert score_percentages((0, 50, 100), (0, 50, 100)) == 1
    assert score_percentages((25, 75), (0, 50)) == 0.5
    assert score_percentages((100, 100), (0, 0)) == 0


def test_writing_is_scored_by_findings() -> None:
    stone = {"kidney stone"}
    assert score_writing("There is a stone in the left kidney: kidney stone.", stone) == 1
    assert score_writing("A kidney stone and a liver cyst.", stone) == 0.5
    assert score_writing("No kidney stone.", stone) == 0
    assert score_writing("Normal.", set()) == 1
    assert score_writing("A liver cyst.", set()) == 0


def test_one_number_is_read() -> None:
    assert read_number("about 7,5 mm") == 7.5
    for text in ("", "many", "3 or 4", "x" * 9):
        with pytest.raises(PromptError, match="one number"):
            read_number(text)


def test_each_line_is_a_curve() -> None:
    assert read_percentages("0, 50 100\n\n10%, 20%, 30.5%", 3) == [(0, 50, 100), (10, 20, 30.5)]
    for text in ("0, 50", "0 50 101", "-1 2 3", "a b c"):
        with pytest.raises(PromptError, match="type 3 percentages from 0 to 100"):
            read_percentages(text, 3)
    with pytest.raises(PromptError, match="Type 3 percentages, such as 0, 50, 100"):
        read_percentages(" \n ", 3)
