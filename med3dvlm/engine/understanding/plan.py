"""What a typed question was understood as: a question of the model's own, or what it asks instead.

plan.question            # "Where is the kidney stone?", shown as how the question was understood
plan.wish                # None if it is asked as it was typed
"""

from dataclasses import dataclass, replace

from med3dvlm.engine.understanding import own_words
from med3dvlm.engine.understanding.question_reader import OF_A_FINDING, REFUSED
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.vocabulary.wishes import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a question was understood as.

    Attributes:
        question: in the model's own words; empty where there are none for it.
        wish: what it asks; None passes the question on as it is.
        sure: whether to answer it, rather than ask back.
        certainty: of the reading, 0 to 1.
        spoken_of: kinds of finding that "anything else?" leaves out.
        others: wishes that it could mean instead, if the scan doesn't show what this one is about.
        every: whether it means all of them that the scan can show.
        doubted: whether the answer to an earlier question was doubted, which is answered again.
        worried: whether it asks what the findings mean to a person.
        typed: the words of it, if it is one of several questions in a message.
        also: the other questions of the message.
    """

    question: str = ""
    wish: Wish | None = None
    sure: bool = True
    certainty: float = 1.0
    spoken_of: frozenset[str] = frozenset()
    others: tuple[Wish, ...] = ()
    every: bool = False
    doubted: bool = False
    worried: bool = False
    typed: str = ""
    also: tuple["Plan", ...] = ()

    @property
    def all(self) -> tuple["Plan", ...]:
        """A plan for each question of the message."""
        return (replace(self, also=()), *self.also)

    @property
    def understood(self) -> str:
        """The message in the model's own words."""
        return " ".join(plan.question for plan in self.all if plan.question)

    @property
    def refused(self) -> bool:
        """Whether it asks for what was not taught."""
        return self.wish is not None and self.wish.intent in REFUSED


AS_TYPED = Plan()


def overview() -> Plan:
    """All findings."""
    return Plan(question=own_words.ABNORMALITIES, wish=Wish(intent="what is shown"))


def own_question(wish: Wish) -> str:
    """The question of the model's own that a wish amounts to; empty if there is none."""
    if wish.intent in OF_A_FINDING:
        if not wish.kind:
            return ""
        placed = wish.intent in ("place", "side check") and KINDS[wish.kind].places
        of = own_words.place_question if placed else own_words.presence_question
        return of(wish.kind)
    if wish.intent == "organ":
        return own_words.organ_question(wish.organ)
    if wish.intent == "region check":
        return own_words.region_check(wish.value)
    return OVERALL.get(wish.intent, "")


OVERALL = {
    "any abnormality": own_words.ABNORMALITIES, "what is shown": own_words.ABNORMALITIES,
    "count all": own_words.ABNORMALITIES, "report": own_words.REPORT,
    "plane": own_words.PLANE, "plane check": own_words.PLANE, "phase": own_words.PHASE,
    "phase check": own_words.PHASE, "contrast": own_words.PHASE, "region": own_words.REGION,
}  # fmt: skip
