"""The benchmark's questions about a phantom: yes/no by vocabulary and frames, and free questions.

asked = draw_questions(facts, rng, split="test")
asked[0].texts, asked[0].wish           # a dialogue of one or two questions
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np

from med3dvlm.metrics.statements import sides_stated
from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS, Region
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.findings import KINDS, KINDS_IN, Kind
from med3dvlm.phantoms.true_report import organs_of
from med3dvlm.phantoms.vocabulary.lexicon import REGISTERS, Register, Split
from med3dvlm.phantoms.vocabulary.names.all import KIND_NAMES, ORGAN_NAMES
from med3dvlm.phantoms.vocabulary.wishes import UNTAUGHT_VALUES, Intent, Tone, Voice, Wish, worded

T = TypeVar("T")
Part = Literal["yes/no", "free", "follow-up"]
# How often each is asked among questions that the image answers.
ANSWERED: dict[Intent, float] = {
    "presence": 4, "side check": 1.5, "place": 2, "size": 1.5, "count": 1, "more than one": 0.4,
    "count all": 0.7, "organ": 3, "any abnormality": 2, "what is shown": 1.5, "report": 1,
    "plane": 0.7, "plane check": 0.4, "phase": 0.7, "phase check": 0.4, "contrast": 0.7,
    "region": 0.7, "region check": 0.4,
}  # fmt: skip
# Shares of free questions by expected answer: from the image, about a part that isn't shown, about
# something untaught, small talk.
WANTED_SHARES = (0.5, 0.15, 0.2, 0.15)
FREE_EACH = 3
PRESENT_SHARE = 0.5
PLACED: tuple[Intent, ...] = ("side check", "place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A dialogue of one or two questions; the last one is judged.

    Attributes:
        part: which part of the benchmark it belongs to.
        texts: as typed.
        wish: what the last one asks.
        register: of the name it uses; empty if it names nothing.
        own_frames: whether its sentence frame occurs in training.
    """

    part: Part
    texts: tuple[str, ...]
    wish: Wish
    register: Register | Literal[""]
    own_frames: bool = False


def draw_questions(
    facts: Facts, rng: np.random.Generator, *, split: Split, free: int = FREE_EACH
) -> list[Asked]:
    """Yes/no questions in every register and both sets of frames, free questions, a follow-up."""
    asked = [
        yes_no(facts, rng, Voice(split=split, registers=(register,), own_frames=own))
        for register in REGISTERS
        for own in (True, False)
    ]
    asked += [free_question(facts, rng, split) for _ in range(free)]
    return [*asked, follow_up(facts, rng, split)]


def yes_no(facts: Facts, rng: np.random.Generator, voice: Voice) -> Asked:
    """Whether a finding is present, asked about present and absent ones of the region alike."""
    wish = Wish(intent="presence", kind=_kind(facts, rng).name)
    made = worded(rng, wish, voice)
    return Asked(
        part="yes/no", texts=(made.text,), wish=wish, register=made.register,
        own_frames=voice.own_frames,
    )  # fmt: skip


def free_question(facts: Facts, rng: np.random.Generator, split: Split) -> Asked:
    """Anything a visitor might type."""
    draw = (answered_wish, unseen_wish, untaught_wish, idle_wish)
    wish = draw[int(rng.choice(len(draw), p=WANTED_SHARES))](facts, rng)
    made = worded(rng, wish, Voice(split=split))
    return Asked(part="free", texts=(made.text,), wish=wish, register=made.register)


def follow_up(facts: Facts, rng: np.random.Generator, split: Split) -> Asked:
    """A question about a finding that is usually present, and a short one referring to it."""
    kind = _kind(facts, rng, share=0.8)
    first = Wish(intent="presence", kind=kind.name)
    intents: list[Intent] = ["presence", "what is shown", "count"]
    intents += ["place", "side check"] if _has_sides(kind) else []
    intents += ["size"] if kind.sized else []
    then = replace(_about(facts, rng, _pick(rng, intents), kind), leans=True)
    if then.intent == "presence":
        others = [other for other in KINDS_IN[facts.acquisition.region] if other is not kind]
        then = replace(then, kind=_pick(rng, others).name)
    voice = Voice(split=split)
    texts = (worded(rng, first, voice).text, worded(rng, then, voice).text)
    return Asked(part="follow-up", texts=texts, wish=then, register="")


def answered_wish(facts: Facts, rng: np.random.Generator) -> Wish:
    """A question that the image answers."""
    shares = np.array(list(ANSWERED.values()))
    intent = list(ANSWERED)[int(rng.choice(len(ANSWERED), p=shares / shares.sum()))]
    region = facts.acquisition.region
    if intent == "organ":
        return Wish(intent=intent, organ=_organ(facts, rng), tone=_tone(rng))
    if intent == "any abnormality":
        return Wish(intent=intent, tone=_pick(rng, ("well", "ill")))
    checks: dict[Intent, tuple[Sequence[str], str]] = {
        "plane check": (PLANES, facts.acquisition.plane),
        "phase check": (PHASES, facts.acquisition.phase),
        "region check": (REGIONS, region),
    }
    if intent in checks:
        options, truth = checks[intent]
        others = [option for option in options if option != truth]
        return Wish(intent=intent, value=truth if rng.random() < 0.5 else _pick(rng, others))
    if intent in ("presence", "side check", "place", "size", "count", "more than one"):
        share = PRESENT_SHARE if intent == "presence" else 0.8
        return _about(facts, rng, intent, _kind(facts, rng, share=share, intent=intent))
    return Wish(intent=intent)


def unseen_wish(facts: Facts, rng: np.random.Generator) -> Wish:
    """A question about a finding or an organ of a body region that the scan doesn't show."""
    region = facts.acquisition.region
    if rng.random() < 0.5:
        unseen = [organ for organ in ORGAN_NAMES if organ not in organs_of(region)]
        return Wish(intent="organ", organ=_pick(rng, unseen), tone=_tone(rng))
    others = [kind for kind in KINDS.values() if region not in kind.regions]
    kind = _pick(rng, others)
    intents: list[Intent] = ["presence", "presence", "place" if _has_sides(kind) else "count"]
    return Wish(intent=_pick(rng, intents), kind=kind.name)


def untaught_wish(_: Facts, rng: np.random.Generator) -> Wish:
    """A question about age, treatment, other findings and organs, or in another language."""
    values = ["question", "question", "finding", "finding", *UNTAUGHT_VALUES]
    return Wish(intent="untaught", value=_pick(rng, values))


def idle_wish(_: Facts, rng: np.random.Generator) -> Wish:
    """Small talk such as a greeting, or something unrelated to the scan."""
    return Wish(intent="small talk" if rng.random() < 0.7 else "off topic")


def _about(facts: Facts, rng: np.random.Generator, intent: Intent, kind: Kind) -> Wish:
    side = ""
    if intent == "side check":
        place = next((f.place for f in facts.findings if f.kind == kind.name), "")
        named = sorted(sides_stated(place))
        side = named[0] if named and rng.random() < 0.5 else _pick(rng, ("left", "right"))
    return Wish(intent=intent, kind=kind.name, side=side)


def _kind(
    facts: Facts,
    rng: np.random.Generator,
    *,
    share: float = PRESENT_SHARE,
    intent: Intent = "presence",
) -> Kind:
    """A kind of the region that fits the question, present in a given share of the cases."""
    suited = [kind for kind in KINDS_IN[facts.acquisition.region] if _suits(kind, intent)]
    present = [kind for kind in suited if facts.has(kind.name)]
    absent = [kind for kind in suited if not facts.has(kind.name)]
    return _pick(rng, present if present and rng.random() < share else absent or present)


def _suits(kind: Kind, intent: Intent) -> bool:
    if intent in PLACED:
        return _has_sides(kind)
    if intent == "size":
        return kind.sized
    if intent in ("count", "more than one"):
        return any(term.count == "one" for term in KIND_NAMES[kind.name].terms[:3])
    return True


def _has_sides(kind: Kind) -> bool:
    return bool(kind.places) and all(sides_stated(place) for place in kind.places)


def _organ(facts: Facts, rng: np.random.Generator) -> str:
    region: Region = facts.acquisition.region
    affected = [kind.organ for kind in facts.kinds]
    free = [organ for organ in organs_of(region) if organ not in affected]
    return _pick(rng, affected if affected and rng.random() < 0.5 else free)


def _tone(rng: np.random.Generator) -> Tone:
    tones: tuple[Tone, ...] = ("well", "ill", "open")
    return _pick(rng, tones)


def _pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    return options[int(rng.integers(len(options)))]
