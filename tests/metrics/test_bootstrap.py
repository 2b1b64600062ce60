import numpy as np
import pytest

from med3dvlm.metrics.bootstrap import bootstrap_interval


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_two_cases_worked_by_hand() -> None:
    """Means of two draws from 0 and 1 are 0, 1/2, 1 with 1/4, 1/2, 1/4."""
    wide = bootstrap_interval([0, 1], rng(), level=0.95)
    assert (wide.low, wide.high, wide.level) == (0.0, 1.0, 0.95)
    narrow = bootstrap_interval([0, 1], rng(), level=0.3)
    assert (narrow.low, narrow.high) == (0.5, 0.5)


def test_large_sample_agrees_with_the_normal_interval() -> None:
    values = np.repeat([0.0, 1.0], [300, 700])
    interval = bootstrap_interval(values, rng())
    half = 1.96 * np.sqrt(0.7 * 0.3 / 1000)
    assert (interval.low, interval.high) == pytest.approx((0.7 - half, 0.7 + half), abs=0.004)


def test_same_generator_same_interval() -> None:
    values = np.arange(20)
    assert bootstrap_interval(values, rng()) == bootstrap_interval(values, rng())


def test_no_cases_and_no_level_are_refused() -> None:
    with pytest.raises(AssertionError, match="no cases"):
        bootstrap_interval([], rng())
    with pytest.raises(AssertionError, match="one score"):
        bootstrap_interval([[1.0]], rng())
    with pytest.raises(AssertionError, match="between 0 and 1"):
        bootstrap_interval([1.0], rng(), level=95)
