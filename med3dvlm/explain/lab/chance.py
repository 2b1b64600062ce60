"""Whether a lesion that is smaller than a voxel of the model is told from nothing: it can't be.

    found = told_apart(outcomes, up_to_mm=4.0, rng=rng)      # its area of 0.5 is chance

A model that does better than chance there reads something else than the lesion.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from med3dvlm.explain.lab.detectability import LEVEL, RESAMPLES, Outcome
from med3dvlm.metrics.ranking import area_under_curve


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """How well people with a small lesion are told from the same people without it.

    Attributes:
        size_mm: the largest of the lesions.
        area: under the curve; one half is chance.
        low: lower end of its 95 % interval over people.
        high: upper end.
    """

    size_mm: float
    area: float
    low: float
    high: float


def told_apart(
    outcomes: Sequence[Outcome], *, up_to_mm: float, rng: np.random.Generator
) -> Apart | None:
    """Of one kind; None where no lesion of it is so small, as that of an organ that is altered."""
    small = {o.trial.size_mm for o in outcomes if 0 < o.trial.size_mm <= up_to_mm}
    if not small:
        return None
    size = max(small)
    healthy, ill = (
        {o.trial.seed: o.probability for o in outcomes if o.trial.size_mm == wanted}
        for wanted in (0, size)
    )
    seeds = sorted(healthy.keys() & ill.keys())
    without = np.array([healthy[seed] for seed in seeds])
    with_it = np.array([ill[seed] for seed in seeds])
    drawn = rng.integers(len(seeds), size=(RESAMPLES, len(seeds)))
    areas = [area_under_curve(with_it[row], without[row]) for row in drawn]
    tail = (1 - LEVEL) / 2
    low, high = map(float, np.quantile(areas, (tail, 1 - tail)))
    return Apart(size_mm=size, area=area_under_curve(with_it, without), low=low, high=high)
