"""Yes/no questions: yes is as frequent as no for every kind of finding."""

import numpy as np

from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.questions.closed import placed, places_in
from med3dvlm.phantoms.questions.question import Question, QuestionType, yes_no_question
from med3dvlm.phantoms.questions.wording import PRESENCE_ASKED
from med3dvlm.phantoms.true_report import named, pick


def presence(rng: np.random.Generator, facts: Facts) -> Question | None:
    """Yes or no about a kind: present ones and absent ones are asked about equally often."""
    absent = [kind for kind in facts.deniable if not facts.has(kind.name)]
    yes = bool(rng.random() < 0.5)
    kinds = facts.kinds if yes else absent
    if not kinds:
        return None
    kind = pick(rng, kinds)
    name = pick(rng, kind.names)
    return yes_no_question("abnormality", named(pick(rng, PRESENCE_ASKED), name), yes=yes)


def plane_or_phase(rng: np.random.Generator, facts: Facts) -> Question | None:
    """Yes or no about plane, phase or region; what can't be seen is not asked."""
    acquisition = facts.acquisition
    asked: list[tuple[QuestionType, tuple[str, ...], tuple[str, ...], str]] = [
        ("plane", (acquisition.plane,), PLANES, "Was this scan acquired in the {} plane?"),
        ("phase", (acquisition.phase,), PHASES, "Is this the {} phase?"),
        ("organ", facts.regions, REGIONS, "Does the scan show the {}?"),
    ]
    if "phase" in facts.hidden:
        del asked[1]
    kind, true, options, template = pick(rng, asked)
    yes = bool(rng.random() < 0.5)
    fitting = [option for option in options if (option in true) == yes]
    if not fitting:
        return None
    # A single truth costs no draw: the seeds' questions rest on it.
    said = fitting[0] if yes and len(fitting) == 1 else pick(rng, fitting)
    return yes_no_question(kind, template.format(said), yes=yes)


def place_or_not(rng: np.random.Generator, facts: Facts) -> Question | None:
    """Yes or no about the place of a finding that is there."""
    finding = placed(rng, facts)
    if finding is None:
        return None
    kind = KINDS[finding.kind]
    yes = bool(rng.random() < 0.5)
    others = [place for place in places_in(kind, facts) if place != finding.place]
    if not (yes or others):
        return None
    place = finding.place if yes else pick(rng, others)
    name = pick(rng, kind.names)
    return yes_no_question("location", f"Is the {name} located here: {place}?", yes=yes)
