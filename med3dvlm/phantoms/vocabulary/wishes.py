"""What a visitor may want to know, and how to phrase it in the words of a register and a split.

wish = Wish(intent="presence", kind="gallstone")
worded(rng, wish, Voice(split="test", registers=("lay",))).text    # "r/o a gall stone"
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from med3dvlm.phantoms.questions.wording import PRESENCE_ASKED
from med3dvlm.phantoms.vocabulary.disguise import disguised
from med3dvlm.phantoms.vocabulary.frames import (
    direct,
    follow_ups,
    measures,
    organs,
    overview,
    presence,
    settings,
    small_talk,
    untaught,
)
from med3dvlm.phantoms.vocabulary.frames.base import Frames
from med3dvlm.phantoms.vocabulary.lexicon import REGISTERS, Names, Register, Split, Term, terms_of
from med3dvlm.phantoms.vocabulary.names.all import (
    KIND_NAMES,
    ORGAN_NAMES,
    UNTAUGHT_NAMES,
    VALUE_NAMES,
)

T = TypeVar("T")
Intent = Literal[
    "presence", "side check", "place", "size", "count", "more than one", "count all",
    "organ", "any abnormality", "what is shown", "report",
    "plane", "plane check", "phase", "phase check", "contrast", "region", "region check",
    "small talk", "untaught", "off topic",
]  # fmt: skip
# What a yes means: that all is well, that something is wrong, or nothing (an open question).
Tone = Literal["well", "ill", "open"]

INTENT_FRAMES: Mapping[Intent, Frames] = {
    "presence": presence.PRESENCE, "side check": presence.SIDE_CHECK, "place": presence.PLACE,
    "size": measures.SIZE, "count": measures.COUNT, "more than one": measures.MORE_THAN_ONE,
    "count all": measures.COUNT_ALL, "what is shown": overview.WHAT_IS_SHOWN,
    "report": overview.REPORT, "plane": settings.PLANE, "plane check": settings.PLANE_CHECK,
    "phase": settings.PHASE, "phase check": settings.PHASE_CHECK,
    "contrast": settings.CONTRAST_GIVEN, "region": settings.REGION,
    "region check": settings.REGION_CHECK, "small talk": small_talk.SMALL_TALK,
    "off topic": untaught.OFF_TOPIC,
}  # fmt: skip
THEN_FRAMES: Mapping[Intent, Frames] = {
    "presence": follow_ups.THEN_PRESENCE, "side check": follow_ups.THEN_SIDE_CHECK,
    "place": follow_ups.THEN_PLACE, "size": follow_ups.THEN_SIZE, "count": follow_ups.THEN_COUNT,
    "what is shown": follow_ups.THEN_MORE,
}  # fmt: skip
TONE_FRAMES: Mapping[tuple[Intent, Tone], Frames] = {
    ("organ", "well"): organs.ORGAN_WELL, ("organ", "ill"): organs.ORGAN_ILL,
    ("organ", "open"): organs.ORGAN_OPEN, ("any abnormality", "well"): overview.ALL_WELL,
    ("any abnormality", "ill"): overview.ANY_ABNORMALITY,
}  # fmt: skip
# What `Wish.value` says of an untaught question, and what it is worded with.
UNTAUGHT_VALUES: Mapping[str, tuple[Frames, Names | None]] = {
    "question": (untaught.UNTAUGHT_QUESTIONS, None),
    "language": (untaught.OTHER_LANGUAGES, None),
    "finding": (presence.PRESENCE, UNTAUGHT_NAMES["finding"]),
    "finding elsewhere": (presence.PRESENCE, UNTAUGHT_NAMES["finding elsewhere"]),
    "organ": (untaught.UNTAUGHT_ORGAN, UNTAUGHT_NAMES["organ"]),
    "organ elsewhere": (untaught.UNTAUGHT_ORGAN, UNTAUGHT_NAMES["organ elsewhere"]),
}
DIRECT_SHARE = 0.06
# Asked of things that can be counted: no one counts fluid.
COUNTED: tuple[Intent, ...] = ("count", "more than one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for.

    Attributes:
        intent: the kind of question.
        kind: of finding, if it is about one.
        organ: if it is about one.
        side: left or right, if one is named.
        value: the plane, phase or region named; of an untaught question, a key of
            `UNTAUGHT_VALUES`.
        tone: of a question about an organ or any abnormality.
        leans: a follow-up that omits what the previous question named.
    """

    intent: Intent
    kind: str = ""
    organ: str = ""
    side: str = ""
    value: str = ""
    tone: Tone = "open"
    leans: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Who asks: the split, the registers, and whether in training's own sentences.

    Attributes:
        split: source of frames and terms; own names belong to every split.
        registers: sources of terms, all equally likely.
        own_frames: ask about presence in the sentences used in training.
        plain: add no politeness, haste or typos.
    """

    split: Split
    registers: tuple[Register, ...] = REGISTERS
    own_frames: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Worded:
    """A question as typed, and the register of the term it uses (empty if it names nothing)."""

    text: str
    register: Register | Literal[""]


def worded(rng: np.random.Generator, wish: Wish, voice: Voice) -> Worded:
    """Phrase a wish as a question.

    Raises:
        AssertionError: the split has no term of these registers for the thing asked about.
    """
    if _asked_directly(rng, wish, voice):
        text = _pick(rng, direct.DIRECT[wish.kind].of(voice.split))
        return Worded(_put_on(rng, text, voice), "lay")
    frame = _pick(rng, _frames(wish, voice))
    names = names_of(wish)
    term = None
    if names is not None and "{" in frame.replace("{side}", ""):
        terms = terms_of(names, registers=voice.registers, split=voice.split)
        assert terms, f"no term for {wish} in {voice}"
        if wish.intent in COUNTED:
            terms = tuple(term for term in terms if term.count == "one") or terms
        term = _pick(rng, _by_register(rng, terms))
    text = filled(rng, frame, term, side=wish.side)
    if not voice.own_frames:
        text = _put_on(rng, text, voice)
    return Worded(text, term.register if term else "")


def names_of(wish: Wish) -> Names | None:
    """The names of the thing that is asked about; None if nothing is named."""
    if wish.intent == "untaught":
        return UNTAUGHT_VALUES[wish.value][1]
    if wish.organ:
        return ORGAN_NAMES[wish.organ]
    if wish.value:
        return VALUE_NAMES[wish.value]
    return KIND_NAMES[wish.kind] if wish.kind else None


def filled(rng: np.random.Generator, frame: str, term: Term | None, *, side: str = "") -> str:
    """A frame filled with a term, in the singular or plural like the term."""
    text = frame.replace("{side}", side)
    if term is not None:
        owner = "my" if rng.random() < 0.25 else "the"
        for mark, make in MARKS.items():
            text = text.replace(mark, make(term))
        text = text.replace("{organ}", f"{owner} {term.text}")
    first = text[:1]
    if frame.startswith("{") and (term is None or term.register != "abbreviation"):
        first = first.upper() if frame.startswith("{Is}") or rng.random() < 0.5 else first
    return first + text[1:]


def _several(term: Term) -> bool:
    return term.count == "many"


MARKS: Mapping[str, Callable[[Term], str]] = {
    "{a}": lambda term: term.with_article,
    "{name}": lambda term: term.text,
    "{bare}": lambda term: term.text,
    "{value}": lambda term: term.text,
    "{the}": lambda term: f"the {term.text}",
    "{many}": lambda term: term.plural,
    "{is}": lambda term: "are" if _several(term) else "is",
    "{Is}": lambda term: "Are" if _several(term) else "Is",
    "{it}": lambda term: "they" if _several(term) else "it",
    "{es}": lambda term: "" if _several(term) else "es",
    "{s}": lambda term: "" if _several(term) else "s",
}


def _frames(wish: Wish, voice: Voice) -> tuple[str, ...]:
    if wish.intent == "presence" and voice.own_frames:
        return tuple(frame.replace("a {name}", "{a}") for frame in PRESENCE_ASKED)
    if wish.intent == "untaught":
        return UNTAUGHT_VALUES[wish.value][0].of(voice.split)
    if wish.leans:
        return THEN_FRAMES[wish.intent].of(voice.split)
    frames = TONE_FRAMES.get((wish.intent, wish.tone)) or INTENT_FRAMES[wish.intent]
    return frames.of(voice.split)


def _asked_directly(rng: np.random.Generator, wish: Wish, voice: Voice) -> bool:
    possible = wish.intent == "presence" and "lay" in voice.registers and not voice.own_frames
    return possible and not wish.leans and rng.random() < DIRECT_SHARE


def _by_register(rng: np.random.Generator, terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Terms of one register, chosen with equal probability."""
    registers = sorted({term.register for term in terms})
    chosen = _pick(rng, tuple(registers))
    return tuple(term for term in terms if term.register == chosen)


def _put_on(rng: np.random.Generator, text: str, voice: Voice) -> str:
    return text if voice.plain else disguised(rng, text, split=voice.split)


def _pick(rng: np.random.Generator, options: tuple[T, ...]) -> T:
    return options[int(rng.integers(len(options)))]
