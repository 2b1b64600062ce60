import numpy as np
import pytest

from med3dvlm.metrics.resampling import Resamples


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_a_constant_has_no_spread() -> None:
    draws = Resamples(cases=5, rng=rng())
    found = draws.interval(draws.mean(np.arange(5), np.full(5, 0.25)))
    assert (found.low, found.high, found.level) == (0.25, 0.25, 0.95)


def test_one_value_a_case_gives_the_plain_bootstrap() -> None:
    """Weights for each case, and drawing the values themselves: equal but for the draws."""
    values = (np.arange(400) % 4 == 0).astype(float)
    draws = Resamples(cases=400, rng=rng(), resamples=4000)
    fast = draws.interval(draws.mean(np.arange(400), values))
    plain = rng()
    means = [plain.choice(values, values.size).mean() for _ in range(4000)]
    assert (fast.low, fast.high) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.005)


def test_two_cases_worked_by_hand() -> None:
    """Means of two draws from 0 and 1 are 0, 1/2, 1 with 1/4, 1/2, 1/4."""
    wide = Resamples(cases=2, rng=rng())
    found = wide.interval(wide.mean([0, 1], [0.0, 1.0]))
    assert (found.low, found.high, found.level) == (0.0, 1.0, 0.95)
    narrow = Resamples(cases=2, rng=rng(), level=0.3)
    found = narrow.interval(narrow.mean([0, 1], [0.0, 1.0]))
    assert (found.low, found.high) == (0.5, 0.5)


def test_large_sample_agrees_with_the_normal_interval() -> None:
    values = np.repeat([0.0, 1.0], [300, 700])
    draws = Resamples(cases=1000, rng=rng())
    found = draws.interval(draws.mean(np.arange(1000), values))
    half = 1.96 * np.sqrt(0.7 * 0.3 / 1000)
    assert (found.low, found.high) == pytest.approx((0.7 - half, 0.7 + half), abs=0.004)


def test_values_of_one_case_are_drawn_together() -> None:
    """Ten copies of each case tell no more than one."""
    values = np.arange(40) % 2
    once = Resamples(cases=40, rng=rng())
    narrow = once.interval(once.mean(np.arange(40), values))
    copied = once.interval(once.mean(np.repeat(np.arange(40), 10), np.repeat(values, 10)))
    assert copied == narrow


def test_totals_worked_by_hand() -> None:
    """One case alone is drawn once in every resample."""
    draws = Resamples(cases=1, rng=rng(), resamples=3)
    assert draws.total([0, 0], [2.0, 0.5]).tolist() == [2.5, 2.5, 2.5]


def test_a_resample_without_the_asked_cases_counts_for_nothing() -> None:
    draws = Resamples(cases=3, rng=rng(), resamples=500)
    means = draws.mean([2], [1.0])
    assert np.isnan(means).any()
    assert draws.interval(means).low == draws.interval(means).high == 1.0


def test_no_cases_and_no_level_are_refused() -> None:
    with pytest.raises(AssertionError, match="no cases"):
        Resamples(cases=0, rng=rng())
    with pytest.raises(AssertionError, match="level"):
        Resamples(cases=3, rng=rng(), level=1)
