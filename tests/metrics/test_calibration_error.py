import pytest

from med3dvlm.metrics.calibration_error import (
    ReliabilityBin,
    brier_score_of_options,
    expected_calibration_error,
    reliability,
)

SURE = [0.1, 0.3, 0.5, 0.9, 1.0]
RIGHT = [False, True, False, True, True]


def test_bins_worked_by_hand() -> None:
    """Two bins: 0.1 and 0.3 with one right of two; 0.5, on the edge, 0.9 and 1.0 with two of 3."""
    low, high = reliability(SURE, RIGHT, bins=2)
    assert low == ReliabilityBin(0.0, 0.5, 2, pytest.approx(0.2), 0.5)
    assert high == ReliabilityBin(0.5, 1.0, 3, pytest.approx(0.8), pytest.approx(2 / 3))


def test_ece_worked_by_hand() -> None:
    expected = (2 * abs(0.2 - 0.5) + 3 * abs(0.8 - 2 / 3)) / 5
    assert expected_calibration_error(SURE, RIGHT, bins=2) == pytest.approx(expected)
    assert expected_calibration_error([0.75] * 4, [1, 1, 1, 0]) == pytest.approx(0.0)
    assert expected_calibration_error([1.0], [False]) == 1.0


def test_bins_without_cases_are_left_out() -> None:
    assert [bar.cases for bar in reliability([0.05, 0.95], [0, 1])] == [1, 1]


def test_brier_of_options_worked_by_hand() -> None:
    """Right option at 0.7: 0.09 + 0.04 + 0.01; four equal ones: 0.5625 + 3 * 0.0625."""
    assert brier_score_of_options([[0.7, 0.2, 0.1]], [0]) == pytest.approx(0.14)
    assert brier_score_of_options([[0.25] * 4], [3]) == pytest.approx(0.75)
    assert brier_score_of_options([[0, 1], [1, 0]], [0, 0]) == pytest.approx(1.0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(AssertionError, match="between 0 and 1"):
        reliability([80.0], [True])
    with pytest.raises(AssertionError, match="no cases"):
        expected_calibration_error([], [])
    with pytest.raises(AssertionError, match="one confidence"):
        reliability([0.5, 0.6], [True])
    with pytest.raises(AssertionError, match="one right option"):
        brier_score_of_options([[0.5, 0.5]], [0, 1])
    with pytest.raises(AssertionError, match="a row"):
        brier_score_of_options([0.5, 0.5], [0])
