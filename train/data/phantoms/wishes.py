"""What visitors may ask, drawn at random, with the labels that the reader must find.

sentence = draw_sentence(rng, split="training")
sentence.text, sentence.labels["intent"]       # "any sign of gallstones", "presence"
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast, get_args

import numpy as np

from med3dvlm.model.reader import Slots
from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.vocabulary.lexicon import Split
from med3dvlm.phantoms.vocabulary.names.all import ORGAN_NAMES
from med3dvlm.phantoms.vocabulary.wishes import (
    THEN_FRAMES,
    UNTAUGHT_VALUES,
    Intent,
    Tone,
    Voice,
    Wish,
    worded,
)

T = TypeVar("T")
INTENTS: tuple[Intent, ...] = get_args(Intent)
TONES: tuple[Tone, ...] = get_args(Tone)
SIDES = ("left", "right")
SLOTS = Slots(
    intent=INTENTS, kind=("", *KINDS), organ=("", *ORGAN_NAMES), side=("", *SIDES),
    value=("", *PLANES, *PHASES, *REGIONS), tone=TONES,
)  # fmt: skip
# How often each is drawn; findings that are untaught are as frequent as those that are taught.
WEIGHTS: dict[Intent, float] = {
    "presence": 6, "side check": 2, "place": 2, "size": 2, "count": 1.5, "more than one": 0.7,
    "count all": 0.7, "organ": 4, "any abnormality": 1.5, "what is shown": 1.2, "report": 1,
    "plane": 0.7, "plane check": 0.5, "phase": 0.7, "phase check": 0.5, "contrast": 0.7,
    "region": 0.7, "region check": 0.5, "small talk": 1.4, "untaught": 5.5, "off topic": 0.8,
}  # fmt: skip
OF_A_FINDING: tuple[Intent, ...] = (
    "presence", "side check", "place", "size", "count", "more than one",
)  # fmt: skip
CHECKED: dict[Intent, Sequence[str]] = {
    "plane check": PLANES, "phase check": PHASES, "region check": REGIONS,
}  # fmt: skip
UNTAUGHT = ("question", "question", "finding", "finding", "finding", *UNTAUGHT_VALUES)
LEANING, OWN_FRAMES = 0.15, 0.1


@dataclass(frozen=True, slots=True)
class Sentence:
    """A question as typed, the wish behind it, and its label in every slot."""

    text: str
    wish: Wish
    labels: dict[str, str]


def draw_sentence(rng: np.random.Generator, *, split: Split) -> Sentence:
    """A random question in the words of a split."""
    wish = draw_wish(rng)
    own = wish.intent == "presence" and rng.random() < OWN_FRAMES
    text = worded(rng, wish, Voice(split=split, own_frames=own and not wish.leans)).text
    return Sentence(text, wish, labels_of(wish))


def draw_wish(rng: np.random.Generator) -> Wish:
    """A random wish."""
    shares = np.array([WEIGHTS[intent] for intent in INTENTS])
    intent = INTENTS[int(rng.choice(len(INTENTS), p=shares / shares.sum()))]
    if intent in OF_A_FINDING:
        side = _pick(rng, SIDES) if intent == "side check" else ""
        leans = intent in THEN_FRAMES and rng.random() < LEANING
        return Wish(intent=intent, kind=_pick(rng, list(KINDS)), side=side, leans=leans)
    if intent == "organ":
        return Wish(intent=intent, organ=_pick(rng, list(ORGAN_NAMES)), tone=_pick(rng, TONES))
    if intent == "any abnormality":
        return Wish(intent=intent, tone=_pick(rng, ("well", "ill")))
    if intent == "untaught":
        return Wish(intent=intent, value=_pick(rng, UNTAUGHT))
    value = _pick(rng, CHECKED[intent]) if intent in CHECKED else ""
    leans = intent in THEN_FRAMES and rng.random() < LEANING
    return Wish(intent=intent, value=value, leans=leans)


def labels_of(wish: Wish) -> dict[str, str]:
    """What the text alone tells: a question that leans on the one before names no kind."""
    silent = wish.leans and wish.intent != "presence"
    return {
        "intent": wish.intent,
        "kind": "" if silent else wish.kind,
        "organ": wish.organ,
        "side": wish.side,
        "value": "" if wish.intent == "untaught" else wish.value,
        "tone": wish.tone,
    }


# The slots that decide the answer, besides the intent.
DECIDING: dict[Intent, tuple[str, ...]] = {
    **dict.fromkeys(OF_A_FINDING, ("kind",)),
    "side check": ("kind", "side"),
    "organ": ("organ",),
    **dict.fromkeys(CHECKED, ("value",)),
}
REFUSED = ("untaught", "off topic")


def right_slots(wanted: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Whether everything that decides the answer was found."""
    intent = wanted["intent"]
    if intent in REFUSED:
        return found["intent"] in REFUSED
    slots = ("intent", *DECIDING.get(cast("Intent", intent), ()))
    return all(wanted[slot] == found[slot] for slot in slots)


def _pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    return options[int(rng.integers(len(options)))]
