"""From which size on a model sees a lesion: probability against size in people scanned twice.

    trials = trials_of("lung nodule", seeds=range(200), steps=7)
    outcomes = [Outcome(trial, probability) for trial in trials]
    curve = fit_curve(outcomes, rng=rng)
    curve.threshold, curve.low, curve.high     # where half would be seen, with its 95 % interval

A virtual trial with known truth (Badano et al., JAMA Network Open 2018, 1(7):e185474). The
threshold is that of a logistic curve, its interval a bootstrap over people (Wichmann and Hill,
Perception and Psychophysics 2001, 63:1293 and 1314).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import ConfigError
from med3dvlm.phantoms.findings import KINDS, Kind
from med3dvlm.phantoms.planted import Trial

Floats = NDArray[np.float64]
Axis = Literal["size_mm", "contrast"]

SMALLEST_DRAWN, SMALLEST_ALTERED = 0.1, 0.7  # of the smallest size that training showed
# The whole lung collapses however thin the air around it is, so no size is a small one.
NEVER_SMALL = ("pneumothorax",)
RIDGE, ROUNDS = 1e-3, 50
RESAMPLES, LEVEL = 300, 0.95


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a model made of one trial: its probability that the finding is there."""

    trial: Trial
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Probability of a finding against its size or contrast.

    Attributes:
        kind: the kind of finding.
        axis: what was varied.
        steps: its values; the first is 0, a healthy person.
        means: mean probability at each step.
        threshold: where the fitted curve crosses one half; None if it doesn't within the steps.
        low: lower end of its 95 % interval; None if that lies below the steps.
        high: upper end; None if that lies above the steps.
        people: number of people.
    """

    kind: str
    axis: Axis
    steps: tuple[float, ...]
    means: tuple[float, ...]
    threshold: float | None
    low: float | None
    high: float | None
    people: int


def axis_of(kind: Kind) -> Axis:
    """What can be varied: the size, or the contrast where a kind has one size or is never small."""
    low, high = kind.size_mm
    return "size_mm" if high - low > 1 and kind.name not in NEVER_SMALL else "contrast"


def steps_of(kind: Kind, count: int, *, axis: Axis | None = None) -> tuple[float, ...]:
    """A healthy person first, then `count - 1` values up to the largest of the training data.

    The size of an altered organ begins near normal, that of anything else far below what training
    showed. Contrast ends at 1, the usual one; `axis` is what the kind allows if it isn't given.
    """
    low, high = kind.size_mm
    if (axis or axis_of(kind)) == "contrast":
        return tuple(round(float(value), 3) for value in np.linspace(0, 1, count))
    smallest = max(1.0, low * (SMALLEST_ALTERED if kind.prepare else SMALLEST_DRAWN))
    sizes = np.rint(np.linspace(smallest, high, count - 1))
    return (0.0, *dict.fromkeys(float(size) for size in sizes))


def trials_of(
    kind: str, *, seeds: Sequence[int], steps: int, axis: Axis | None = None
) -> Iterator[Trial]:
    """Every person at every step; the people take the kind's places in turn.

    Where contrast varies, the size is the middle of those that training showed.

    Raises:
        ConfigError: the kind is unknown.
    """
    if kind not in KINDS:
        raise ConfigError(f"no finding is called {kind!r}; known are {', '.join(KINDS)}")
    known = KINDS[kind]
    places = known.places or ("",)
    varied = axis or axis_of(known)
    middle = round(sum(known.size_mm) / 2)
    for number, seed in enumerate(seeds):
        place = places[number % len(places)]
        for value in steps_of(known, steps, axis=varied):
            size, contrast = (middle, value) if varied == "contrast" else (int(value), 1.0)
            yield Trial(seed=seed, kind=kind, place=place, size_mm=size, contrast=contrast)


def fit_curve(outcomes: Sequence[Outcome], *, rng: np.random.Generator) -> Curve:
    """The curve through the outcomes of one kind."""
    kind = outcomes[0].trial.kind
    varied = {outcome.trial.contrast for outcome in outcomes}
    axis: Axis = "contrast" if len(varied) > 1 else "size_mm"
    values = np.array([getattr(outcome.trial, axis) for outcome in outcomes], dtype=np.float64)
    found = np.array([outcome.probability for outcome in outcomes])
    steps = np.unique(values)
    _, person = np.unique([outcome.trial.seed for outcome in outcomes], return_inverse=True)
    people = int(person.max()) + 1
    drawn = rng.multinomial(people, np.full(people, 1 / people), size=RESAMPLES)
    bounds = float(steps[0]), float(steps[-1])
    crossings = [crossing(values, found, weights[person], bounds) for weights in drawn]
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(crossings, (tail, 1 - tail), method="nearest")
    whole = crossing(values, found, np.ones_like(found), bounds)
    return Curve(
        kind=kind,
        axis=axis,
        steps=tuple(map(float, steps)),
        means=tuple(float(found[values == step].mean()) for step in steps),
        threshold=_finite(whole),
        low=_finite(float(low)),
        high=_finite(float(high)),
        people=people,
    )


def crossing(
    values: Floats, found: Floats, weights: NDArray[np.generic], bounds: tuple[float, float]
) -> float:
    """Where a weighted logistic fit crosses one half: minus infinity below the steps, else above.

    Above also counts a curve that doesn't rise: what never becomes likelier is never seen.
    """
    intercept, slope = _logistic_fit(values / (bounds[1] or 1.0), found, weights)
    if slope <= 0:
        return -np.inf if intercept > 0 and found.mean() > 0.5 else np.inf
    place = -intercept / slope * (bounds[1] or 1.0)
    if place < bounds[0]:
        return -np.inf
    return place if place <= bounds[1] else np.inf


def _logistic_fit(x: Floats, found: Floats, weights: NDArray[np.generic]) -> tuple[float, float]:
    """Intercept and slope of least cross-entropy, by Newton's method with a small ridge."""
    design = np.stack([np.ones_like(x), x], axis=1)  # (n, 2)
    weight = np.asarray(weights, dtype=np.float64)
    fitted = np.zeros(2)
    for _ in range(ROUNDS):
        guess = 1 / (1 + np.exp(-np.clip(design @ fitted, -30, 30)))
        slope = design.T @ (weight * (found - guess)) - RIDGE * fitted
        bend = (design * (weight * guess * (1 - guess))[:, None]).T @ design + RIDGE * np.eye(2)
        step = np.clip(np.linalg.solve(bend, slope), -4, 4)
        fitted += step
        if np.abs(step).max() < 1e-8:
            break
    return float(fitted[0]), float(fitted[1])


def by_place(outcomes: Sequence[Outcome]) -> dict[str, Curve]:
    """A curve for each place of the lesions; of few people each, so with wide intervals."""
    places = dict.fromkeys(outcome.trial.place for outcome in outcomes)
    return {
        place: fit_curve(
            [outcome for outcome in outcomes if outcome.trial.place == place],
            rng=np.random.default_rng(0),
        )
        for place in places
    }


def _finite(value: float) -> float | None:
    return round(value, 3) if np.isfinite(value) else None
