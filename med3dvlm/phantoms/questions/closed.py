"""Questions with choices, whose other options are as likely to be true as the answer."""

from collections import defaultdict
from functools import cache
from itertools import combinations, product

import numpy as np

from med3dvlm.phantoms.acquisition import PHASES, PLANES, Region
from med3dvlm.phantoms.facts import FINDING_COUNTS, Facts
from med3dvlm.phantoms.findings import KINDS, KINDS_IN, Finding, Kind
from med3dvlm.phantoms.questions.question import Question, closed_question
from med3dvlm.phantoms.questions.wording import (
    ABNORMALITY_ASKED,
    LOCATION_ASKED,
    ORGAN_ASKED,
    PHASE_ASKED,
    PLANE_ASKED,
)
from med3dvlm.phantoms.true_report import named, organs_of, pick


def closed_plane(rng: np.random.Generator, facts: Facts) -> Question | None:
    """Three planes to choose from; nothing where no plane can be seen."""
    plane = facts.acquisition.plane
    if plane not in PLANES:
        return None
    return closed_question(
        rng, "plane", pick(rng, PLANE_ASKED), plane, [p for p in PLANES if p != plane]
    )


def closed_phase(rng: np.random.Generator, facts: Facts) -> Question | None:
    """Four phases to choose from."""
    if "phase" in facts.hidden:
        return None
    phase = facts.acquisition.phase
    return closed_question(
        rng, "phase", pick(rng, PHASE_ASKED), phase, [p for p in PHASES if p != phase]
    )


def closed_organ(rng: np.random.Generator, facts: Facts) -> Question | None:
    """An affected organ among three unaffected ones of the same region, without a giveaway.

    Organs with more kinds of finding are more often the answer, which an image-blind reader could
    exploit; so a question is asked less often the more its options favour its answer.
    """
    if not facts.findings:
        return None
    region = facts.acquisition.region
    affected = list(dict.fromkeys(kind.organ for kind in facts.kinds))
    free = [organ for organ in facts.organs if organ not in affected]
    others = _draw(rng, free, 3)
    if not others:
        return None
    answer = pick(rng, affected)
    odds = organ_odds(region).get(frozenset((answer, *others)), {})
    if odds and rng.random() * odds[answer] > min(odds.values()):
        return None
    return closed_question(rng, "organ", pick(rng, ORGAN_ASKED), answer, others)


@cache
def organ_odds(region: Region) -> dict[frozenset[str], dict[str, float]]:
    """For each set of options, how often each option would be the answer."""
    odds: dict[frozenset[str], dict[str, float]] = {}
    for count, share in enumerate(FINDING_COUNTS):
        sets = list(combinations(KINDS_IN[region], count))
        for kinds in sets:
            affected = {kind.organ for kind in kinds}
            free = [organ for organ in organs_of(region) if organ not in affected]
            choices = list(combinations(free, min(3, len(free))))
            for answer, others in product(affected, choices):
                row = odds.setdefault(frozenset((answer, *others)), defaultdict(float))
                row[answer] += share / (len(sets) * len(affected) * len(choices))
    return odds


def closed_abnormality(rng: np.random.Generator, facts: Facts) -> Question | None:
    """A present kind among three absent ones that the same region could show."""
    if not facts.findings:
        return None
    absent = [kind.name for kind in facts.deniable if not facts.has(kind.name)]
    others = _draw(rng, absent, 3)
    if not others:
        return None
    answer = pick(rng, [finding.kind for finding in facts.findings])
    return closed_question(rng, "abnormality", pick(rng, ABNORMALITY_ASKED), answer, others)


def closed_location(rng: np.random.Generator, facts: Facts) -> Question | None:
    """The place of a finding among the others that its kind can have."""
    finding = placed(rng, facts)
    if finding is None:
        return None
    kind = KINDS[finding.kind]
    others = [place for place in places_in(kind, facts) if place != finding.place]
    others = _draw(rng, others, 3)
    if not others:
        return None
    question = named(pick(rng, LOCATION_ASKED), pick(rng, kind.names))
    return closed_question(rng, "location", question, finding.place, others)


def places_in(kind: Kind, facts: Facts) -> list[str]:
    """The places of a kind that this scan shows."""
    return [place for name, place in facts.in_view if name == kind.name]


def placed(rng: np.random.Generator, facts: Facts) -> Finding | None:
    """One of the findings that have a place."""
    found = [finding for finding in facts.findings if finding.place]
    return pick(rng, found) if found else None


def _draw(rng: np.random.Generator, options: list[str], count: int) -> list[str]:
    """Up to `count` different options, each as likely as the others."""
    count = min(count, len(options))
    if count == 0:
        return []
    # numpy samples in a different order with shares than without; the seeds' questions rely on it.
    equal = np.full(len(options), 1 / len(options))
    picked = rng.choice(len(options), count, replace=False, p=equal)
    return [options[int(i)] for i in picked]
