"""Questions used only in training: conversations with follow-ups, single organs, whole reports."""

import numpy as np

from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.findings import KINDS, Finding
from med3dvlm.phantoms.questions.open_ended import open_abnormalities
from med3dvlm.phantoms.questions.question import Question, open_question, yes_no_question
from med3dvlm.phantoms.questions.wording import (
    FOLLOWING_LOCATION,
    NO_REGION,
    PRESENCE_ASKED,
    REGION_ASKED,
    REPORT_ASKED,
    SIZE_ASKED,
    STATE_ASKED,
)
from med3dvlm.phantoms.true_report import describe, named, pick, true_report


def converse(facts: Facts, rng: np.random.Generator) -> tuple[Question, ...]:
    """A short conversation whose later questions lean on the first."""
    absent = [kind for kind in facts.deniable if not facts.has(kind.name)]
    if not facts.findings and not absent:
        return (region_question(rng, facts),)
    if not facts.findings or (rng.random() < 0.15 and absent):
        name = pick(rng, pick(rng, absent).names)
        first = yes_no_question("abnormality", named(pick(rng, PRESENCE_ASKED), name), yes=False)
        return first, open_abnormalities(rng, facts)
    finding = pick(rng, facts.findings)
    kind = KINDS[finding.kind]
    name = pick(rng, kind.names)
    turns = [yes_no_question("abnormality", named(pick(rng, PRESENCE_ASKED), name), yes=True)]
    if finding.place:
        turns.append(open_question("location", pick(rng, FOLLOWING_LOCATION), finding.place))
    if kind.sized or finding.kind == "ascites":
        turns.append(_size(rng, finding, name))
    return tuple(turns)


def _size(rng: np.random.Generator, finding: Finding, name: str) -> Question:
    kind = KINDS[finding.kind]
    size = kind.size_class(finding.size_mm)
    answer = f"{size}, about {finding.size_mm} mm" if kind.sized else size
    return open_question("other", named(pick(rng, SIZE_ASKED), name), answer)


def region_question(rng: np.random.Generator, facts: Facts) -> Question:
    """Which part of the body."""
    region = facts.acquisition.region
    answer = NO_REGION if region == "other" else region
    return open_question("other", pick(rng, REGION_ASKED), answer)


def organ_state(rng: np.random.Generator, facts: Facts) -> Question:
    """A sentence about one organ, affected, normal or not in the scan."""
    kinds = {finding.kind: KINDS[finding.kind] for finding in facts.findings}
    affected = [kind.organ for kind in kinds.values()]
    free = [organ for organ in facts.organs if organ not in affected]
    if not affected and not free:
        organ = pick(rng, [kind.organ for kind in KINDS.values()])
        return open_question(
            "other", pick(rng, STATE_ASKED).format(organ=organ), f"The {organ} is not in this scan."
        )
    organ = pick(rng, affected if affected and (rng.random() < 0.6 or not free) else free)
    lines = [
        describe(finding, rng) for finding in facts.findings if kinds[finding.kind].organ == organ
    ]
    answer = " ".join(lines) or f"The {organ} appears normal."
    return open_question("other", pick(rng, STATE_ASKED).format(organ=organ), answer)


def report_question(rng: np.random.Generator, facts: Facts, *, variant: int = 0) -> Question:
    """The whole report."""
    text = true_report(facts, variant=variant).text
    return Question(kind="other", form="open", question=pick(rng, REPORT_ASKED), answer=text)
