import numpy as np
import pytest

from med3dvlm.metrics.bootstrap import bootstrap_interval
from med3dvlm.metrics.resampling import Resamples


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_a_constant_has_no_spread() -> None:
    draws = Resamples(cases=5, rng=rng())
    found = draws.interval(draws.mean(np.arange(5), np.full(5, 0.25)))
    assert (found.low, found.high, found.level) == (0.25, 0.25, 0.95)


def test_one_value_a_case_gives_the_plain_bootstrap() -> None:
    """Two ways of one percentile bootstrap: equal but for the draws themselves."""
    values = (np.arange(400) % 4 == 0).astype(float)
    draws = Resamples(cases=400, rng=rng(), resamples=4000)
    fast = draws.interval(draws.mean(np.arange(400), values))
    plain = bootstrap_interval(values, rng(), resamples=4000)
    assert fast.low == pytest.approx(plain.low, abs=0.005)
    assert fast.high == pytest.approx(plain.high, abs=0.005)


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
