"""Is a confidence of 80 % right in 80 of 100 cases?

The usual calls:

    expected_calibration_error(confidences, correct)     # 0 is best
    brier_score_of_options(probabilities, right)         # 0 is best
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

DEFAULT_BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """One bar of a reliability diagram: cases with a confidence from `low` to below `high`."""

    low: float
    high: float
    cases: int
    confidence: float
    accuracy: float


def reliability(
    confidences: ArrayLike, correct: ArrayLike, *, bins: int = DEFAULT_BINS
) -> list[ReliabilityBin]:
    """Mean confidence and accuracy in bins of equal width; bins without cases are left out.

    Args:
        confidences: the probability of the answer given, 0 to 1: (n,).
        correct: whether it was right: (n,).
        bins: how many; each holds its lower edge, the last one also 1.
    """
    sure = np.asarray(confidences, dtype=np.float64)
    right = np.asarray(correct, dtype=np.float64)
    assert sure.shape == right.shape == (sure.size,), "one confidence and one outcome a case"
    assert sure.size, "no cases"
    assert ((sure >= 0) & (sure <= 1)).all(), "a confidence lies between 0 and 1"
    places = np.minimum((sure * bins).astype(int), bins - 1)
    table = []
    for place in np.unique(places):
        inside = places == place
        table.append(
            ReliabilityBin(
                low=float(place / bins),
                high=float((place + 1) / bins),
                cases=int(inside.sum()),
                confidence=float(sure[inside].mean()),
                accuracy=float(right[inside].mean()),
            )
        )
    return table


def expected_calibration_error(
    confidences: ArrayLike, correct: ArrayLike, *, bins: int = DEFAULT_BINS
) -> float:
    """Mean distance of confidence and accuracy over bins, weighted by cases, 0 to 1.

    Naeini et al. 2015 (AAAI), Guo et al. 2017 (arXiv 1706.04599); bins as in `reliability`.
    """
    table = reliability(confidences, correct, bins=bins)
    gaps = sum(bar.cases * abs(bar.confidence - bar.accuracy) for bar in table)
    return gaps / sum(bar.cases for bar in table)


def brier_score_of_options(probabilities: ArrayLike, correct: ArrayLike) -> float:
    """Brier's score over several options, 0 to 2; 0.75 for four equal ones.

    Brier 1950 (Monthly Weather Review 78).

    Args:
        probabilities: of each option, rows sum to 1: (n, options).
        correct: index of the right option: (n,).
    """
    expected = np.asarray(probabilities, dtype=np.float64)
    right = np.asarray(correct, dtype=np.int64)
    assert expected.ndim == 2, "a row of probabilities for each case"
    assert right.shape == expected.shape[:1] != (0,), "one right option a case"
    happened = np.eye(expected.shape[1])[right]
    return float(np.mean(np.sum((expected - happened) ** 2, axis=1)))
