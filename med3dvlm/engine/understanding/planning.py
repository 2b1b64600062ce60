"""What to do with a typed question: which question of the model's own it amounts to.

plan = Understanding(reader).plan("and on the left?", turns)
plan.question            # "Where is the kidney stone?"
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Protocol

from med3dvlm.choices import read_choices
from med3dvlm.engine.understanding import own_words
from med3dvlm.engine.understanding.about_us import is_about_us
from med3dvlm.engine.understanding.beyond import is_beyond, is_foreign
from med3dvlm.engine.understanding.idle_talk import is_for_fun, is_idle
from med3dvlm.engine.understanding.lexicon import Found
from med3dvlm.engine.understanding.parts import ASKING, clauses, lined_up
from med3dvlm.engine.understanding.plan import AS_TYPED, Plan, overview, own_question
from med3dvlm.engine.understanding.question_reader import OF_A_FINDING, Reading
from med3dvlm.engine.understanding.search_words import in_own_words
from med3dvlm.engine.understanding.set_phrases import (
    is_all_well,
    is_another_part,
    is_doubt,
    is_gist,
    is_more,
    is_other_side,
    is_problem,
    is_read_out,
    is_repeat,
    is_viewpoint,
    is_what_is_this,
    is_which_part,
    is_worry,
    side_alone,
)
from med3dvlm.model.prompt import Turn
from med3dvlm.phantoms.true_report import read_findings
from med3dvlm.phantoms.vocabulary.frames.measures import COUNT_ALL
from med3dvlm.phantoms.vocabulary.wishes import Wish

# Below this certainty the model says what it understood instead of answering.
UNSURE = 0.25
# How many earlier turns a short question may refer to.
REMEMBERED = 6
# A part of a message is told to be untaught only if that is rather sure.
CLEARLY = 0.5
# What was asked about before, said once more.
AGAIN = re.compile(
    r"\W*(?:and )?(?:is|are) (?:there|it there|they there)(?: any| one| some)?\W*", re.I
)
ONCE_MORE = re.compile(r"\b(?:again|more|repeat|same)\b", re.IGNORECASE)
# "With sizes and sides", of all that is found: a report has them.
OF_ALL = re.compile(
    r"\b(?:all|every|each|everything|findings?|abnormalit(?:y|ies)|lesions?)\b", re.IGNORECASE
)
# Asked of nothing in particular, "where" asks for the part of the body.
WHERE_IN_BODY = re.compile(r"\b(?:body|patient|person|we|this)\b", re.IGNORECASE)
# "And in the bladder?", after a question about a kidney stone.
IN_PLACE = re.compile(
    r"\W*(?:(?:and|or|no|not there|i mean|i meant|but|same|the same|rather|instead)\W+)*"
    r"(in|on|of|at|around|(?<=same )for)\b",
    re.IGNORECASE,
)
HOW_MANY = re.compile(r"\bhow many (?:different |separate |other )?([a-z]+)", re.IGNORECASE)
ELSE = re.compile(r"\b(else|other|others|further|more|besides|apart|additional)\b", re.IGNORECASE)


class Reads(Protocol):
    """What reads a question (`QuestionReader`)."""

    def corrected(self, text: str) -> str:
        """A text without misspelt words."""

    def read(self, text: str) -> Reading:
        """The wish behind a question."""

    def described(self, text: str) -> str:
        """The kind of finding that a few words describe."""

    def names(self, text: str) -> list[Found]:
        """The known names in a text."""


class Understanding:
    """Turns typed questions into plans."""

    def __init__(self, reader: Reads) -> None:
        self._reader = reader

    def plan(self, question: str, turns: Sequence[Turn] = ()) -> Plan:
        """How to answer a question that follows some turns."""
        text = question.strip()
        if not text or own_words.is_own(text):
            return AS_TYPED
        if before := _referred_to(text, turns):
            again = self._planned(before[-1].question.strip(), before[:-1])
            if again.question == own_words.REPORT and not ONCE_MORE.search(text):
                again = overview()  # which is shorter, and says what is doubted
            return replace(again, doubted=is_doubt(text))
        return self._planned(text, turns)

    def _planned(self, text: str, turns: Sequence[Turn]) -> Plan:
        """How to answer a message that speaks for itself."""
        if self._is_idle(text):  # before "congrats" is taken for a misspelt "contrast"
            return Plan(wish=Wish(intent="small talk"))
        text = self._in_place(self._reader.corrected(text), turns[-1].question if turns else "")
        asked = self._asked(text, turns)
        if len(asked) < 2:
            # After a story, the question is all there is to read, if it names what it is about.
            whole = not asked or not self._reader.names(asked[0].typed)
            return self._one(text, turns) if whole else replace(asked[0], typed="")
        report = next((plan for plan in asked if plan.question == own_words.REPORT), None)
        first, *others = (part for plan in asked for part in plan.all)
        return report or replace(first, also=tuple(others))

    def _in_place(self, text: str, before: str) -> str:
        """A question that gives the finding asked about before another place, in full."""
        place = IN_PLACE.match(text)
        if not before or place is None:
            return text
        where = text[place.start(1) :]
        if any(one.others for one in self._reader.names(before)):
            return f"{before.rstrip('?!. ')} {where}"  # a stone, wherever
        asked = f"{before} and {where}"
        return next(reversed(lined_up(asked, self._reader.names)), text)

    def _asked(self, text: str, turns: Sequence[Turn]) -> list[Plan]:
        """A plan for each of the different things that a message asks for."""
        asked: list[Plan] = []
        for said in clauses(text) or [text]:
            clause = self._in_place(said, asked[-1].typed if asked else "")
            before = (*turns, *(Turn(plan.question or plan.typed, "") for plan in asked))
            for part in lined_up(clause, self._reader.names) or [clause]:
                plan = replace(self._one(part, before), typed=part)
                if _counts(plan) and all(_subject(plan) != _subject(other) for other in asked):
                    asked.append(plan)
        return [] if all(plan.refused for plan in asked) else asked

    def _one(self, text: str, turns: Sequence[Turn]) -> Plan:
        """How to answer a single question."""
        known = self._known(text, turns)
        if known is not None:
            return known
        reading = self._reader.read(text)
        wish = reading.wish
        if turns and AGAIN.fullmatch(text):
            wish = self._completed(Wish(intent="presence"), turns, text)
        elif wish.intent == "presence" and not wish.kind:
            wish = Wish(intent="untaught")  # it names something, and that is nothing known
        elif wish.intent in OF_A_FINDING and not wish.kind:
            wish = self._completed(wish, turns, text)
        spoken_of: frozenset[str] = frozenset()
        if wish.intent == "count all" and (noun := HOW_MANY.search(text)):
            wish = wish if noun[1].lower() in counted_words() else Wish(intent="untaught")
        if wish.intent == "what is shown" and turns and ELSE.search(text):
            spoken_of = frozenset(filter(None, (self._kind_of(turn) for turn in turns)))
        return Plan(
            question=own_question(wish), wish=wish, sure=reading.certainty >= UNSURE,
            certainty=reading.certainty, spoken_of=spoken_of, others=reading.others,
            every=reading.every,
        )  # fmt: skip

    def _known(self, text: str, turns: Sequence[Turn]) -> Plan | None:
        """The plan for what is known by its words alone; None for all else."""
        said = " ".join(clauses(text)) or text
        told = self._without_subject(text, said, turns)
        if told is not None:
            return told
        if is_foreign(text) or is_beyond(said):
            return Plan(wish=Wish(intent="untaught"))
        sided = self._sided(text, turns)
        return Plan(question=own_question(sided), wish=sided) if sided else None

    def _without_subject(self, text: str, said: str, turns: Sequence[Turn]) -> Plan | None:
        """The plan for what names nothing: a worry, the gist, more, or what all this is."""
        if is_worry(said):
            return self._worried(turns)
        if is_more(said):
            return self._more(turns)
        if is_about_us(said) or self._is_idle(text):
            return Plan(wish=Wish(intent="small talk"))
        return _of_everything(text, said) or self._part_shown(text, said, turns)

    def _is_idle(self, text: str) -> bool:
        return is_for_fun(text) or (is_idle(text) and not self._reader.names(text))

    def _part_shown(self, text: str, said: str, turns: Sequence[Turn]) -> Plan | None:
        """The plan for what asks, without a name, for the part of the body."""
        region = Plan(question=own_words.REGION, wish=Wish(intent="region"))
        if is_another_part(text):
            return region
        part = is_which_part(said)
        if not (part or is_what_is_this(said)) or (turns and self._kind_of(turns[-1])):
            return None
        return region if part else replace(region, also=(overview(),))

    def _worried(self, turns: Sequence[Turn]) -> Plan:
        """What to say of a worry: the finding just spoken of, or else all findings."""
        kind = self._kind_of(turns[-1]) if turns else ""
        plan = overview()
        if kind:
            wish = Wish(intent="presence", kind=kind)
            plan = Plan(question=own_question(wish), wish=wish)
        return replace(plan, worried=True)

    def _more(self, turns: Sequence[Turn]) -> Plan:
        """Place and size of the finding just spoken of, or else a report."""
        kind = self._kind_of(turns[-1]) if turns else ""
        if not kind:
            return Plan(question=own_words.REPORT, wish=Wish(intent="report"))
        asked = (Wish(intent="place", kind=kind), Wish(intent="size", kind=kind))
        place, size = (Plan(question=own_question(wish), wish=wish) for wish in asked)
        return replace(place, also=(size,))

    def _sided(self, text: str, turns: Sequence[Turn]) -> Wish | None:
        """What a message asks that names a side and nothing else, after a question of a finding."""
        side = side_alone(text)
        if not side and not is_other_side(text):
            return None
        asked = Wish(intent="side check", side=side) if side else Wish(intent="place")
        wish = self._completed(asked, turns, text)
        return wish if wish.kind else None

    def searched_for(self, text: str) -> str:
        """A search in the model's own words."""
        if not any(one.sort == "kind" for one in self._reader.names(text)):
            corrected = self._reader.corrected(text)
            own = in_own_words(corrected, self._reader)
            if own != corrected:
                return own
        return in_own_words(text, self._reader)

    def _completed(self, wish: Wish, turns: Sequence[Turn], text: str) -> Wish:
        """A follow-up with the finding of the latest turn that is about one."""
        for turn in reversed(turns[-REMEMBERED:]):
            if kind := self._kind_of(turn):
                return replace(wish, kind=kind)
        # How many, of nothing in particular: how many findings.
        if wish.intent == "place" and WHERE_IN_BODY.search(text):
            return Wish(intent="region")
        if wish.intent in ("place", "size") and OF_ALL.search(text):
            return Wish(intent="report")
        return replace(wish, intent="count all") if wish.intent == "count" else wish

    def _kind_of(self, turn: Turn) -> str:
        """The finding that a turn asks about, or else that its answer states."""
        own = own_words.subject_of(turn.question)
        asked = (own or self._reader.read(turn.question).wish).kind
        stated = {kind for kind, _ in read_findings(turn.answer)}
        return asked or (stated.pop() if len(stated) == 1 else "")


@cache
def counted_words() -> frozenset[str]:
    """The words with which findings are counted: how many diseases."""
    lines = " ".join(COUNT_ALL.of("training")).lower()
    return frozenset(re.findall(r"[a-z]+", lines))


def _of_everything(text: str, said: str) -> Plan | None:
    """The plan for what asks for the whole scan: the gist, its plane, if all is well, a report."""
    if is_gist(text) or is_problem(said):
        return overview()
    if is_viewpoint(said):
        return Plan(question=own_question(Wish(intent="plane")), wish=Wish(intent="plane"))
    if is_all_well(said):
        return replace(overview(), wish=Wish(intent="any abnormality", tone="well"))
    if is_read_out(said):
        return Plan(question=own_words.REPORT, wish=Wish(intent="report"))
    return None


def _referred_to(text: str, turns: Sequence[Turn]) -> Sequence[Turn]:
    """The turns up to the one that a message doubts or wants again; none if it is about none."""

    def refers(said: str) -> bool:
        return is_doubt(said) or is_repeat(said)

    if not refers(text):
        return ()
    while turns and refers(turns[-1].question.strip()):
        turns = turns[:-1]
    return turns if turns and read_choices(turns[-1].question) is None else ()


def _counts(plan: Plan) -> bool:
    """Whether a part of a message is a question of its own."""
    if plan.refused:
        return plan.certainty >= (CLEARLY if ASKING.match(plan.typed) else 1)
    return bool(plan.question) and plan.sure


def _subject(plan: Plan) -> tuple[str, ...]:
    """What tells the questions of a message apart; what was not taught is refused only once."""
    assert plan.wish is not None
    wish = plan.wish
    if plan.worried:
        return ("worried",)
    return ("",) if plan.refused else (wish.intent, wish.kind, wish.organ, wish.value)
