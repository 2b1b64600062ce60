"""In which places a model sees a lesion of one size: the same people with it in each place.

trials = trials_by_place("lung nodule", seeds=range(12))
rates = rates_by_place([Outcome(trial, probability) for trial in trials], rng=rng)
rates.means["left lower lobe"], rates.intervals["left lower lobe"]
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from med3dvlm.errors import ConfigError
from med3dvlm.explain.lab.detectability import LEVEL, RESAMPLES, Outcome
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRates:
    """Mean probability of a finding in each of its places.

    Attributes:
        kind: the kind of finding.
        size_mm: the size of all lesions: the middle of those that training showed.
        means: by place.
        intervals: by place, a 95 % bootstrap interval over people.
        people: number of people.
    """

    kind: str
    size_mm: int
    means: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    people: int


def trials_by_place(kind: str, *, seeds: Sequence[int]) -> Iterator[Trial]:
    """Every person with a lesion of the middle size in every place.

    Raises:
        ConfigError: the kind has one place.
    """
    known = KINDS[kind]
    if len(known.places) < 2:
        several = ", ".join(one.name for one in KINDS.values() if len(one.places) > 1)
        raise ConfigError(f"A {kind} has one place. Vary its size, or choose one of: {several}.")
    middle = round(sum(known.size_mm) / 2)
    for seed in seeds:
        for place in known.places:
            yield Trial(seed=seed, kind=kind, place=place, size_mm=middle)


def rates_by_place(outcomes: Sequence[Outcome], *, rng: np.random.Generator) -> PlaceRates:
    """The means and intervals of the outcomes of one kind."""
    found: dict[str, list[float]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.trial.place, []).append(outcome.probability)
    people = len({outcome.trial.seed for outcome in outcomes})
    tails = (1 - LEVEL) / 2, (1 + LEVEL) / 2
    intervals = {}
    for place, values in found.items():
        drawn = rng.choice(values, size=(RESAMPLES, len(values))).mean(axis=1)
        low, high = np.quantile(drawn, tails)
        intervals[place] = float(low), float(high)
    trial = outcomes[0].trial
    return PlaceRates(
        kind=trial.kind, size_mm=trial.size_mm,
        means={place: float(np.mean(values)) for place, values in found.items()},
        intervals=intervals, people=people,
    )  # fmt: skip
