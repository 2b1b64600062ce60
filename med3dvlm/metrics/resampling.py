"""How sure is any figure over cases? Cases drawn again, figures computed for all draws at once.

The usual calls:

    draws = Resamples(cases=200, rng=np.random.default_rng(0))
    draws.mean(rows, right)                       # (resamples,) a share over the questions
    draws.interval(draws.mean(rows, right))       # its 95 % interval

Questions about one case are drawn together, for they fail together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval: where the figure lies at the stated level."""

    low: float
    high: float
    level: float


class Resamples:
    """How often each case stands in each resample; the same draws serve every figure.

    Intervals are those of the percentile bootstrap (Efron and Tibshirani, An Introduction to the
    Bootstrap, 1993, chapter 13).
    """

    def __init__(
        self, *, cases: int, rng: np.random.Generator, resamples: int = 1000, level: float = 0.95
    ) -> None:
        assert cases > 0, "no cases"
        assert 0 < level < 1, f"a level between 0 and 1 is expected, got {level}"
        self.level = level
        shares = np.full(cases, 1 / cases)
        self._weights = rng.multinomial(cases, shares, size=resamples).astype(np.float64)

    def total(self, rows: ArrayLike, values: ArrayLike) -> Floats:
        """Weighted sum of values in each resample: (resamples,).

        Args:
            rows: the case of each value: (n,).
            values: (n,).
        """
        cases = np.asarray(rows, dtype=np.int64)
        scores = np.asarray(values, dtype=np.float64)
        assert cases.shape == scores.shape == (scores.size,), "one case for each value"
        by_case = np.bincount(cases, weights=scores, minlength=self._weights.shape[1])
        return np.asarray(self._weights @ by_case, dtype=np.float64)

    def mean(self, rows: ArrayLike, values: ArrayLike) -> Floats:
        """Mean of the values in each resample, NaN in one that has none of their cases."""
        scores = np.asarray(values, dtype=np.float64)
        drawn = self.total(rows, np.ones_like(scores))
        with np.errstate(invalid="ignore"):
            return np.asarray(self.total(rows, scores) / drawn, dtype=np.float64)

    def interval(self, figures: ArrayLike) -> Interval:
        """Percentile interval of a figure that was computed for each resample.

        Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
        """
        found = np.asarray(figures, dtype=np.float64)
        edges = [(1 - self.level) / 2, (1 + self.level) / 2]
        low, high = np.nanquantile(found, edges)
        return Interval(float(low), float(high), self.level)
