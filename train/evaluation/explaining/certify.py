"""Measures how far maps can be believed, on single-finding phantoms whose truth is known.

    certificate = certify(method, lesions(160), kept, cases=40)
    print(certificate_table([certificate]))

Only lesions count that the model gets right: a map of an answer that is wrong explains a mistake.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from tqdm import tqdm

from med3dvlm.explain.maps.map import Floats, shares
from med3dvlm.explain.maps.occlusion import covered_by
from med3dvlm.explain.trust.certificate import Certificate
from med3dvlm.explain.trust.faithfulness import Areas, faithfulness
from med3dvlm.explain.trust.localisation import (
    HitRates,
    Located,
    Rate,
    follows,
    hit_rates,
    rate,
)
from med3dvlm.metrics.resampling import Resamples
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Pair, Trial, plant
from med3dvlm.phantoms.splits import TEST
from train.evaluation.explaining.measured import Kept, Measured
from train.evaluation.explaining.methods import Method

TOP = 3
# Among few cells three would nearly always be a hit: at most one in so many counts.
CELLS_OF_A_HIT = 6
OF_A_KIND = 8
# Curves over all cells are slow for fine grids, so only so many cases have them.
CURVES = 10


def lesions(count: int) -> list[Trial]:
    """People with one lesion each: kinds and places in turn, sizes as in training.

    Each kind has at least `OF_A_KIND` people where there are as many, because a prior is a mean
    over others of the same kind; so few people have few kinds.
    """
    step = -(-len(KINDS) // max(1, min(len(KINDS), count // OF_A_KIND)))
    kinds = tuple(KINDS.values())[::step]
    trials = []
    for number in range(count):
        kind, seed = kinds[number % len(kinds)], TEST.start + number
        places = kind.places or ("",)
        place = places[number // len(kinds) % len(places)]
        size = kind.sized_finding(np.random.default_rng(seed), place).size_mm
        trials.append(Trial(seed=seed, kind=kind.name, place=place, size_mm=size))
    return trials


def certify(
    method: Method, trials: Iterable[Trial], kept: Kept, *, cases: int, top: int = TOP
) -> Certificate | None:
    """The certificate of a method; None if the model got none of the lesions right.

    Args:
        method: what is measured.
        trials: lesions to try, one after the other.
        kept: what was measured before; whatever is new is added.
        cases: so many that the model gets right are enough.
        top: number of highest cells that count as a hit, where the grid is fine enough.
    """
    measured = list(islice(_measure(method, trials, kept), cases))
    if not measured:
        return None
    located = [one.located for one in measured]
    several = [one for one in located if len(KINDS[one.kind].places) > 1]
    followed = [one.followed for one in measured if one.followed is not None]
    areas = [one.areas for one in measured if one.areas]
    return Certificate(
        method=method.name,
        hits=_rates(located, top),
        several_places=_rates(several, top) if several else None,
        follows=_rate(followed) if followed else None,
        moved=len(followed),
        areas=_mean(areas),
        deletion_gain=_rate([one.deletion_random - one.deletion for one in areas]),
        insertion_gain=_rate([one.insertion - one.insertion_random for one in areas]),
    )


def _measure(method: Method, trials: Iterable[Trial], kept: Kept) -> Iterator[Measured]:
    """What each lesion told that the model got right."""
    random_twin = method.randomised()
    curves = 0
    for number, trial in enumerate(tqdm(trials, desc=method.name)):
        if trial not in kept.known:
            other = _other_kind(trial.kind, number)
            kept.add(trial, _measured(method, random_twin, trial, other, drawn=curves < CURVES))
        found = kept.known[trial]
        if found is not None:
            curves += found.areas is not None
            yield found


def _measured(
    method: Method, random_twin: Method, trial: Trial, other: str, *, drawn: bool
) -> Measured | None:
    """What one lesion told, with its curves if they are to be drawn; None if it was missed."""
    pair = plant(trial)
    seen, healthy = method.prepare(pair.ill), method.prepare(pair.healthy)
    with_it, without = (float(method.score(scan.tensor, trial.kind)[0]) for scan in (seen, healthy))
    if not method.right(with_it, without):
        return None
    shown, of_other = method.maps(seen, (trial.kind, other))
    areas = None
    if drawn:
        areas = faithfulness(
            lambda volumes: method.score(volumes, trial.kind), seen, shown,
            covered_by(seen.tensor, "mean"), rng=np.random.default_rng(trial.seed),
        )  # fmt: skip
    located = Located(
        kind=trial.kind,
        values=shown.values,
        truth=shares(pair.mask, shown.mapping),
        shuffled=of_other.values,
        randomised=random_twin.maps(seen, (trial.kind,))[0].values,
    )
    return Measured(located=located, followed=_followed(method, pair, located), areas=areas)


def _followed(method: Method, pair: Pair, located: Located) -> float | None:
    """Whether the map moves with the lesion to the next place of its kind."""
    trial = pair.trial
    places = KINDS[trial.kind].places
    if len(places) < 2:
        return None
    place = places[(places.index(trial.place) + 1) % len(places)]
    moved = replace(trial, place=place)
    if moved.region != trial.region:
        return None
    elsewhere = plant(moved)
    (shown,) = method.maps(method.prepare(elsewhere.ill), (trial.kind,))
    there: tuple[Floats, Floats] = shown.values, shares(elsewhere.mask, shown.mapping)
    return follows((located.values, located.truth), there)


def _other_kind(kind: str, number: int) -> str:
    """Another kind, seen in the same region where there is one."""
    region = KINDS[kind].regions[0]
    others = [k.name for k in KINDS.values() if region in k.regions and k.name != kind]
    return others[number % len(others)]


def _rates(located: Sequence[Located], top: int) -> HitRates:
    fitting = max(1, located[0].values.size // CELLS_OF_A_HIT)
    return hit_rates(located, top=min(top, fitting), rng=np.random.default_rng(0))


def _rate(values: Sequence[float]) -> Rate:
    return rate(values, Resamples(cases=len(values), rng=np.random.default_rng(0)))


def _mean(areas: Sequence[Areas]) -> Areas:
    return Areas(
        **{
            name: round(float(np.mean([getattr(one, name) for one in areas])), 5)
            for name in ("deletion", "insertion", "deletion_random", "insertion_random")
        }
    )


def certificate_table(certificates: Sequence[Certificate]) -> str:
    """Certificates as a Markdown table, in percent with 95 % intervals."""
    lines = [
        "| map | cases | hit | prior | other text | random weights | chance | margin | "
        "follows a moved lesion | deletion below random | insertion above random |",
        "|---" * 11 + "|",
    ]
    for one in certificates:
        for name, found in ((one.method, one.hits), ("- several places", one.several_places)):
            if found is None:
                continue
            moved = "-" if one.follows is None else f"{_shown(one.follows)} of {one.moved}"
            counted = f"top {found.top} of {found.cells}"
            lines.append(
                f"| {name}, {counted} | {found.cases} | {_shown(found.map)} | "
                f"{_shown(found.prior)} | {_shown(found.shuffled)} | {_shown(found.randomised)} | "
                f"{100 * found.chance:.0f} | {_shown(found.margin)} | {moved} | "
                f"{_shown(one.deletion_gain)} | {_shown(one.insertion_gain)} |"
            )
    return "\n".join(lines)


def _shown(found: Rate) -> str:
    return f"{100 * found.value:.0f} ({100 * found.low:.0f} to {100 * found.high:.0f})"
