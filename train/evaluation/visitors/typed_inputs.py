"""Free inputs written by hand, each with what it asks, and how many of them are understood.

heard = understood(understanding, read_inputs("validation")[0])
heard.right_kind, heard.right_plan

No phantom and no language model takes part: it is the plan that is judged. An input of the kind
"off topic" may be answered like small talk or like what was not taught.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from med3dvlm.engine.understanding import own_words
from med3dvlm.engine.understanding.plan import Plan
from med3dvlm.engine.understanding.planning import Understanding
from med3dvlm.metrics.answer_kinds import AnswerKind
from med3dvlm.model.prompt import Turn
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.vocabulary.names.all import ORGAN_NAMES, VALUE_NAMES
from med3dvlm.phantoms.vocabulary.wishes import Intent, Tone, Wish
from train.evaluation.visitors.truth import REFUSED

FOLDER = Path(__file__).parent
# The answer to an earlier turn; what matters is what the turn asked.
ANSWERED = "Yes"
INTENTS: tuple[Intent, ...] = get_args(Intent)
# The second of two questions gets the same sentence for both.
UNTAUGHT: tuple[Intent, ...] = ("untaught", "off topic")
TONES: tuple[Tone, ...] = get_args(Tone)
Held = Literal["validation", "test"]
Wishes = tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """An input.

    Attributes:
        visitor: who typed it.
        texts: the turns of the conversation; the last one is judged.
        wanted: the wishes that would all do, each a tuple: a message can ask for two things.
    """

    visitor: str
    texts: tuple[str, ...]
    wanted: tuple[Wishes, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What an input was understood as, and whether that is right.

    Attributes:
        typed: the input.
        wishes: one for each question; None if it is asked as typed, in the model's own words.
        kind: of the answer, if the scan shows everything.
        right_kind: whether that kind fits.
        right_plan: whether what decides the answer was understood; a message that asks for two
            things is only half understood by a plan with one.
    """

    typed: Typed
    wishes: tuple[Wish | None, ...]
    kind: AnswerKind
    right_kind: bool
    right_plan: bool


def read_inputs(split: Held) -> list[Typed]:
    """All inputs of a split, in their order."""
    visitor, inputs = "", list[Typed]()
    file = FOLDER / f"typed_inputs_{split}.txt"
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            visitor = line.removeprefix("## ")
        elif line and not line.startswith("#"):
            wanted, _, text = line.partition(" | ")
            inputs.append(Typed(visitor, tuple(text.split(" // ")), tuple(_wanted(wanted))))
    return inputs


def understood(understanding: Understanding, typed: Typed) -> Heard:
    """How the last turn of an input is understood."""
    text, turns = typed.texts[-1], tuple(Turn(text, ANSWERED) for text in typed.texts[:-1])
    plan = understanding.plan(text, turns)
    wishes = tuple(part.wish or own_words.subject_of(text) for part in plan.all)
    kind = kind_of(plan)
    right_kind = any(kind in kinds_of(wanted) for wanted in typed.wanted)
    heard = {comparable(wish) for wish in wishes if wish is not None}
    meant = not heard or kind != "answer" or any(heard == {*wanted} for wanted in typed.wanted)
    return Heard(typed, wishes, kind, right_kind, right_plan=right_kind and meant)


def kind_of(plan: Plan) -> AnswerKind:
    """The kind of answer that a plan gets, if the scan shows everything."""
    kinds = [_kind_of(part) for part in plan.all]
    return "answer" if "answer" in kinds else kinds[0]


def _kind_of(plan: Plan) -> AnswerKind:
    if plan.wish is None:
        return "answer"
    if plan.wish.intent == "small talk":
        return "small talk"
    return "answer" if plan.question and plan.sure else "not taught"


def kinds_of(wishes: Wishes) -> tuple[AnswerKind, ...]:
    """The kinds of answer that a message may get; one that can partly be answered is to be."""
    intents = {wish.intent for wish in wishes}
    if intents == {"off topic"}:
        return REFUSED
    if intents == {"small talk"}:
        return ("small talk",)
    return ("not taught",) if intents <= set(UNTAUGHT) else ("answer",)


def comparable(wish: Wish) -> Wish:
    """A wish with what decides its answer, and nothing else."""
    sided = wish.side if wish.intent == "side check" else ""
    tone: Tone = wish.tone if wish.intent == "any abnormality" else "open"
    return Wish(
        intent="untaught" if wish.intent in UNTAUGHT else wish.intent,
        kind=wish.kind, organ=wish.organ, side=sided, value=wish.value, tone=tone,
    )  # fmt: skip


def _wanted(text: str) -> Iterator[Wishes]:
    for choice in text.split(" or "):
        yield tuple(wish_of(one) for one in choice.split(" + "))


def wish_of(text: str) -> Wish:
    """The wish that a line names: its intent, then what it is about.

    Raises:
        ValueError: it names no intent, or something unknown after it.
    """
    intent = max((one for one in INTENTS if f"{text} ".startswith(f"{one} ")), key=len)
    rest = text.removeprefix(intent).strip()
    side = next((side for side in ("left", "right") if rest.endswith(f" {side}")), "")
    about = rest.removesuffix(side).strip()
    tone = next((tone for tone in TONES if about == tone), None)
    if about and not (about in KINDS or about in ORGAN_NAMES or about in VALUE_NAMES or tone):
        raise ValueError(f"{text!r} is about nothing known")
    return Wish(
        intent=intent, side=side, tone=tone or "open",
        kind=about if about in KINDS else "", organ=about if about in ORGAN_NAMES else "",
        value=about if about in VALUE_NAMES else "",
    )  # fmt: skip
