"""Open questions: the answer in words."""

import numpy as np

from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.questions.closed import placed
from med3dvlm.phantoms.questions.question import Question, open_question
from med3dvlm.phantoms.questions.wording import (
    ABNORMALITIES_ASKED,
    LOCATION_ASKED,
    NO_PLANE,
    ORGANS_ASKED,
    PHASE_ASKED,
    PLANE_ASKED,
)
from med3dvlm.phantoms.true_report import joined, named, pick


def open_plane(rng: np.random.Generator, facts: Facts) -> Question:
    """The plane in words, or that there is none to be seen."""
    plane = facts.acquisition.plane
    answer = NO_PLANE if plane == "none" else plane
    return open_question("plane", pick(rng, PLANE_ASKED), answer)


def open_phase(rng: np.random.Generator, facts: Facts) -> Question | None:
    """The phase in words."""
    if "phase" in facts.hidden:
        return None
    return open_question("phase", pick(rng, PHASE_ASKED), facts.acquisition.phase)


def open_organs(rng: np.random.Generator, facts: Facts) -> Question:
    """Every affected organ, or none."""
    organs = list(dict.fromkeys(kind.organ for kind in facts.kinds))
    return open_question("organ", pick(rng, ORGANS_ASKED), joined(organs) or "none")


def open_abnormalities(rng: np.random.Generator, facts: Facts) -> Question:
    """Every kind that is present, or none."""
    names = [kind.name for kind in facts.kinds]
    return open_question("abnormality", pick(rng, ABNORMALITIES_ASKED), joined(names) or "none")


def open_location(rng: np.random.Generator, facts: Facts) -> Question | None:
    """The place of a finding in words."""
    finding = placed(rng, facts)
    if finding is None:
        return None
    name = pick(rng, KINDS[finding.kind].names)
    return open_question("location", named(pick(rng, LOCATION_ASKED), name), finding.place)
