"""How sure is a mean over test cases? Percentile bootstrap.

The usual calls:

    interval = bootstrap_interval(hits_at(similarity, 1), np.random.default_rng(0))
    print(f"{interval.low:.3f} to {interval.high:.3f}")
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval: where the mean lies at the stated level."""

    low: float
    high: float
    level: float


def bootstrap_interval(
    values: ArrayLike,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    resamples: int = 1000,
) -> Interval:
    """Percentile interval of the mean over resampled cases.

    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.

    Args:
        values: one score for each case: (n,).
        rng: where the resamples come from.
        level: between 0 and 1.
        resamples: how often the cases are drawn, n of n with replacement.
    """
    scores = np.asarray(values, dtype=np.float64)
    assert scores.ndim == 1, f"one score for each case is expected, got shape {scores.shape}"
    assert scores.size, "no cases"
    assert 0 < level < 1, f"a level between 0 and 1 is expected, got {level}"
    means = [rng.choice(scores, scores.size).mean() for _ in range(resamples)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level)
