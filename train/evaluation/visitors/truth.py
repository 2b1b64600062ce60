"""What a right answer to a visitor's question says, and whether a given answer says it.

verdict = judged(Wish(intent="presence", kind="gallstone"), facts, "There is no gallstone.")
verdict.right_kind, verdict.content          # True, 1.0 where there is none
"""

import re
from dataclasses import dataclass

from med3dvlm.metrics.answer_kinds import AnswerKind, answer_kind
from med3dvlm.metrics.answers import yes_or_no
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.true_report import ORGAN_WORDS, organs_of, read_findings
from med3dvlm.phantoms.vocabulary.names.organs import ORGAN_NAMES
from med3dvlm.phantoms.vocabulary.wishes import Intent, Wish
from train.evaluation.visitors.judges import JUDGES

OF_A_FINDING: tuple[Intent, ...] = (
    "presence", "side check", "place", "size", "count", "more than one",
)  # fmt: skip
REFUSED: tuple[AnswerKind, ...] = ("small talk", "not taught")
ELSEWHERE: tuple[AnswerKind, ...] = ("not taught", "not in scan")
# Answers to these broad questions may be long; all others are a short sentence.
WIDE: tuple[Intent, ...] = ("what is shown", "any abnormality", "report")
MOST_WORDS = 30


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on an answer.

    Attributes:
        wanted: the preferred one of the four kinds of answer.
        kind: the kind that was given.
        right_kind: whether that kind fits the question.
        content: how much of the content is right, 0 to 1; 0 if the kind is wrong.
    """

    wanted: AnswerKind
    kind: AnswerKind
    right_kind: bool
    content: float


def judged(wish: Wish, facts: Facts, said: str) -> Verdict:
    """Judge an answer against a phantom's ground truth.

    An answer from the image that doesn't address the question ("Axial" when asked about a stone)
    counts as the wrong kind.
    """
    wanted, kind = wanted_kinds(wish, facts), answer_kind(said)
    content: float | None = None
    if kind in wanted and not (kind == "answer" and beside_the_point(wish, said)):
        content = JUDGES[wish.intent](wish, facts, said) if kind == "answer" else 1.0
    return Verdict(wanted[0], kind, right_kind=content is not None, content=float(content or 0))


def wanted_kinds(wish: Wish, facts: Facts) -> tuple[AnswerKind, ...]:
    """The kinds of answer that fit; usually one."""
    region = facts.acquisition.region
    if wish.intent == "small talk":
        return ("small talk",)
    if wish.intent == "off topic":
        return REFUSED
    if wish.intent == "untaught":
        return ELSEWHERE if wish.value.endswith("elsewhere") else ("not taught",)
    if wish.intent == "organ":
        return ("answer",) if wish.organ in organs_of(region) else ("not in scan",)
    shown = wish.intent not in OF_A_FINDING or region in KINDS[wish.kind].regions
    return ("answer",) if shown else ("not in scan",)


def beside_the_point(wish: Wish, said: str) -> bool:
    """Whether an answer is about something else: another finding or organ, or a whole report."""
    if wish.intent not in WIDE and len(said.split()) > MOST_WORDS:
        return True
    if yes_or_no(said) is not None:
        return False
    kinds = {kind for kind, _ in read_findings(said)}
    if wish.intent in OF_A_FINDING and not wish.leans:
        return bool(kinds) and wish.kind not in kinds
    if wish.intent == "organ":
        organs = organs_named(said) | {KINDS[kind].organ for kind in kinds}
        return bool(organs) and wish.organ not in organs
    return wish.intent in WIDE and not kinds and len(organs_named(said)) == 1


def organs_named(said: str) -> set[str]:
    """Organs in a text, by the names that reports use."""
    low = said.lower()
    return {
        organ
        for organ in ORGAN_NAMES
        if re.search(rf"\b{organ}\b", low) or ORGAN_WORDS.get(organ, "?") in low
    }
