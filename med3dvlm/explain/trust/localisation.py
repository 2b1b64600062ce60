"""Whether maps mark what they claim to: hits where the truth is known, beside those of a guess.

    hit(values, truth, top=3)             # 1.0 if the true cell is among the three highest
    rates = hit_rates(located, top=3, rng=rng)
    rates.map, rates.prior, rates.margin

A finding is often where findings of its kind usually are, so a map must beat the image-blind prior:
the mean map of the same kind over other scans. It must also beat the map for another finding's
text, and that of a model with random weights (Adebayo et al., arXiv 1810.03292).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from med3dvlm.explain.maps.map import Floats
from med3dvlm.metrics.resampling import Interval, Resamples


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Located:
    """A map of one scan whose finding's place is known.

    Attributes:
        kind: the kind of finding.
        values: the map.
        truth: share of the finding in each cell.
        shuffled: the map for another finding's text.
        randomised: the map of the same model with random weights.
    """

    kind: str
    values: Floats
    truth: Floats
    shuffled: Floats
    randomised: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of cases with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRates:
    """How often the true cell was among the `top` highest.

    Attributes:
        top: number of highest cells that count as a hit.
        cells: number of cells of a map.
        cases: number of scans.
        map: of the map itself.
        prior: of the mean map of the same kind over other scans.
        shuffled: of the map for another finding's text.
        randomised: of a model with random weights.
        margin: how much oftener the map hits than its prior, in the same cases.
        chance: of an order drawn at random.
    """

    top: int
    cells: int
    cases: int
    map: Rate
    prior: Rate
    shuffled: Rate
    randomised: Rate
    margin: Rate
    chance: float


def hit(values: Floats, truth: Floats, *, top: int) -> float:
    """Probability that the cell with most of the finding is among the `top` highest cells.

    It is 0 or 1 but for cells that are exactly equal, whose order is a matter of chance.
    """
    found = values.reshape(-1)
    own = found[int(truth.argmax())]
    higher, equal = int((found > own).sum()), int((found == own).sum())
    return float(np.clip((top - higher) / equal, 0, 1))


def prior_of(located: Sequence[Located], left_out: int) -> Floats:
    """Mean map of a case's kind over all other cases; zeros if there is no other."""
    one = located[left_out]
    others = [
        other.values
        for number, other in enumerate(located)
        if number != left_out and other.kind == one.kind
    ]
    mean: Floats = np.mean(others, axis=0) if others else np.zeros_like(one.values)
    return mean


def hit_rates(located: Sequence[Located], *, top: int, rng: np.random.Generator) -> HitRates:
    """Hit rates over cases, with bootstrap intervals from the same resamples."""
    draws = Resamples(cases=len(located), rng=rng)
    own = [hit(one.values, one.truth, top=top) for one in located]
    guessed = [
        hit(prior_of(located, number), one.truth, top=top) for number, one in enumerate(located)
    ]
    cells = located[0].values.size
    return HitRates(
        top=top,
        cells=cells,
        cases=len(located),
        map=rate(own, draws),
        prior=rate(guessed, draws),
        shuffled=rate([hit(one.shuffled, one.truth, top=top) for one in located], draws),
        randomised=rate([hit(one.randomised, one.truth, top=top) for one in located], draws),
        margin=rate([mine - theirs for mine, theirs in zip(own, guessed, strict=True)], draws),
        chance=min(1.0, top / cells),
    )


def rate(values: Sequence[float], draws: Resamples, *, rows: Sequence[int] | None = None) -> Rate:
    """Mean with its bootstrap interval; `rows` has the case of each value, else each is its own."""
    cases = range(len(values)) if rows is None else rows
    found: Interval = draws.interval(draws.mean(cases, values))
    return Rate(
        value=round(float(np.mean(values)), 4), low=round(found.low, 4), high=round(found.high, 4)
    )


def follows(here: tuple[Floats, Floats], there: tuple[Floats, Floats]) -> float | None:
    """Whether a map moves with a lesion: 1 if it does, 0 if not, one half if it stays the same.

    Each argument is the map and the truth of one person with the lesion at one of two places. None
    if both places lie in the same cell.
    """
    cells = [int(truth.argmax()) for _, truth in (here, there)]
    if cells[0] == cells[1]:
        return None
    leanings = [
        values.reshape(-1)[cells[0]] - values.reshape(-1)[cells[1]] for values, _ in (here, there)
    ]
    return float(0.5 + 0.5 * np.sign(leanings[0] - leanings[1]))
