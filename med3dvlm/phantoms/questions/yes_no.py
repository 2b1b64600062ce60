"""Yes/no questions: yes is as frequent as no for every kind of finding."""

import numpy as np

from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.findings import KINDS, KINDS_IN
from med3dvlm.phantoms.questions.closed import placed, places_in
from med3dvlm.phantoms.questions.question import Question, QuestionType, yes_no_question
from med3dvlm.phantoms.questions.wording import PRESENCE_ASKED
from med3dvlm.phantoms.true_report import named, pick


def presence(rng: np.random.Generator, facts: Facts) -> Question | None:
    """Yes or no about a kind: present ones and absent ones are asked about equally often."""
    kinds = KINDS_IN[facts.acquisition.region]
    present = [kind for kind in kinds if facts.has(kind.name)]
    absent = [kind for kind in kinds if not facts.has(kind.name)]
    yes = bool(rng.random() < 0.5)
    if yes and not present:
        return None
    kind = pick(rng, present if yes else absent)
    name = pick(rng, kind.names)
    return yes_no_question("abnormality", named(pick(rng, PRESENCE_ASKED), name), yes=yes)


def plane_or_phase(rng: np.random.Generator, facts: Facts) -> Question:
    """Yes or no about plane, phase or region."""
    asked: tuple[tuple[QuestionType, str, tuple[str, ...], str], ...] = (
        ("plane", facts.acquisition.plane, PLANES, "Was this scan acquired in the {} plane?"),
        ("phase", facts.acquisition.phase, PHASES, "Is this the {} phase?"),
        ("organ", facts.acquisition.region, REGIONS, "Does the scan show the {}?"),
    )
    kind, truth, options, template = asked[int(rng.integers(len(asked)))]
    yes = bool(rng.random() < 0.5)
    said = truth if yes else pick(rng, [option for option in options if option != truth])
    return yes_no_question(kind, template.format(said), yes=yes)


def place_or_not(rng: np.random.Generator, facts: Facts) -> Question | None:
    """Yes or no about the place of a finding that is there."""
    finding = placed(rng, facts)
    if finding is None:
        return None
    kind = KINDS[finding.kind]
    yes = bool(rng.random() < 0.5)
    others = [place for place in places_in(kind, facts) if place != finding.place]
    place = finding.place if yes else pick(rng, others)
    name = pick(rng, kind.names)
    return yes_no_question("location", f"Is the {name} located here: {place}?", yes=yes)
