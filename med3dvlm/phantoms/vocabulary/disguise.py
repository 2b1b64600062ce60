"""How people really type: politely, hastily, in two sentences, without capitals, with typos.

disguised(rng, "Is there a gallstone?", split="test")    # "sorry to ask, is there gallstoen"
"""

import re
from collections.abc import Sequence

import numpy as np

from med3dvlm.phantoms.vocabulary.frames.base import Frames, written
from med3dvlm.phantoms.vocabulary.hurry import hurried
from med3dvlm.phantoms.vocabulary.lexicon import Split

BEFORE = Frames(
    training=written("padding/before"),
    validation="""
        Dear doctor,
        Pardon me,
        Hey,
        Tell me please,
    """,
    test="""
        If you don't mind,
        Good morning,
        Sorry to bother you,
        May I ask:
    """,
)
AFTER = Frames(
    training=written("padding/after"),
    validation="""
        pls
        Many thanks.
        Cheers.
    """,
    test="""
        plz
        Much obliged.
        Thank you so much!
    """,
)
STORIES = Frames(
    training=written("padding/stories"),
    validation="""
        My husband had this CT today.
        I can't sleep.
        She lost ten kilos.
        The GP said nothing.
        Tummy ache since Monday.
    """,
    test="""
        This is my father's scan.
        I've got a bad feeling.
        45F, abdominal pain.
        Nobody explained the results to me.
        We came from the emergency room.
    """,
)
NEIGHBOURS = {
    "a": "s", "b": "v", "c": "x", "d": "s", "e": "r", "f": "g", "g": "h", "h": "j", "i": "o",
    "j": "k", "k": "l", "l": "k", "m": "n", "n": "m", "o": "p", "p": "o", "q": "w", "r": "t",
    "s": "d", "t": "r", "u": "i", "v": "b", "w": "e", "x": "c", "y": "t", "z": "x",
}  # fmt: skip
SHORTEST_WITH_SLIP = 5
# How often each disguise is put on, independently of the others.
POLITE, STORY, LOWER, SHOUT, UNMARKED, BARE, SLIP = 0.12, 0.08, 0.35, 0.03, 0.3, 0.08, 0.12


def disguised(rng: np.random.Generator, text: str, *, split: Split) -> str:
    """The question as somebody might type it; about a third are unchanged.

    Training is hurried as well. Held-out questions stay as they were, so that figures compare.
    """
    if rng.random() < 0.3:
        return text
    if split == "training":
        text = hurried(rng, text)
    if rng.random() < BARE:
        text = without_articles(text)
    if rng.random() < SLIP:
        text = slipped(rng, text)
    if rng.random() < POLITE:
        text = polite(rng, text, split)
    if rng.random() < STORY:
        text = f"{_pick(rng, STORIES.of(split))} {text}"
    if rng.random() < UNMARKED:
        text = text.rstrip("?. ") or text
    share = rng.random()
    return text.upper() if share < SHOUT else (text.lower() if share < SHOUT + LOWER else text)


def polite(rng: np.random.Generator, text: str, split: Split) -> str:
    """The question with a polite phrase before or after it."""
    if rng.random() < 0.6:
        opening = text if re.match(r"[A-Z]{2}|I\b", text) else text[:1].lower() + text[1:]
        return f"{_pick(rng, BEFORE.of(split))} {opening}"
    return f"{text} {_pick(rng, AFTER.of(split))}"


def without_articles(text: str) -> str:
    """The question in note style: is there gallstone."""
    return re.sub(r"\b(?:a|an|the|my) (?=\w)", "", text)


def slipped(rng: np.random.Generator, text: str) -> str:
    """One typo in a long word: letters swapped, omitted, doubled or mistyped."""
    places = [m for m in re.finditer(r"[a-z]+", text) if len(m[0]) >= SHORTEST_WITH_SLIP]
    if not places:
        return text
    word = places[int(rng.integers(len(places)))]
    at = word.start() + 1 + int(rng.integers(len(word[0]) - 2))
    here, after = text[at], text[at + 1]
    made = (after + here, after, here + here + after, NEIGHBOURS[here] + after)
    return text[:at] + made[int(rng.integers(len(made)))] + text[at + 2 :]


def _pick(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]
