"""A search in the model's own words: known names are replaced, a description by what it describes.

in_own_words("coronal CT with a broken back", reader)      # "coronal CT with a vertebral fracture"
in_own_words("a left kidney that can't drain", reader)     # "left hydronephrosis"

A search always asks whether something is there, so what it asks isn't read; a few words without a
verb would often be taken for small talk. What names and describes nothing known stays as typed.
"""

import re
from typing import Protocol

from med3dvlm.engine.understanding.lexicon import Found
from med3dvlm.engine.understanding.sentences import in_place
from med3dvlm.metrics.statements import sides_stated
from med3dvlm.phantoms.acquisition import PHASES, PLANES
from med3dvlm.phantoms.findings import KINDS

NEGATION = r"\b(?:no|not|without|free of|absence of|absent)\b"
NEGATED = re.compile(NEGATION, re.IGNORECASE)
# What stands between two things that are searched for at once, or before one that is to be absent.
JOINS = re.compile(
    rf"(\s*[,;&+]\s*|\s+(?:and|plus|but|as well as)\s+|\s*{NEGATION}\s*)", re.IGNORECASE
)

SEEN_AS = (*PLANES, *PHASES)  # a region is part of what describes a finding


class NamesFindings(Protocol):
    """What knows names and reads descriptions (`QuestionReader`)."""

    def names(self, text: str) -> list[Found]:
        """The known names in a text."""

    def described(self, text: str) -> str:
        """The kind of finding that a few words describe; empty if that is uncertain."""


def in_own_words(text: str, reader: NamesFindings) -> str:
    """What to search for instead of a text; the text itself if nothing of it is understood."""
    known = [one for one in reader.names(text) if one.sort == "kind"]
    if known:
        return _named(text, known)
    parts = JOINS.split(text)  # what is searched for, and every second time what joins it
    said = [part if odd % 2 else _described(part, reader) for odd, part in enumerate(parts)]
    both = all(
        own is not None for part, own in zip(parts[::2], said[::2], strict=True) if part.strip()
    )
    if len(parts) > 1 and (both or NEGATED.search(text)):
        return "".join(
            part if own is None else own for part, own in zip(parts, said, strict=True)
        ).strip()
    return _described(text, reader) or text


def _named(text: str, known: list[Found]) -> str:
    """A text with each known name in the model's own words."""
    for one in reversed(known):
        said = text[one.start : one.end]
        if said.lower() not in KINDS[one.name].names:
            text = text[: one.start] + KINDS[one.name].names[0] + text[one.end :]
    return text


def _described(text: str, reader: NamesFindings) -> str | None:
    """The finding that some words describe, with its place or side, plane and phase."""
    if not text.strip() or not (kind := reader.described(text.strip())):
        return None
    low, sides = text.lower(), sides_stated(text)
    place = max((place for place in KINDS[kind].places if place in low), key=len, default="")
    side = next(iter(sides)) if len(sides) == 1 and not place else ""
    own = f"{side} {KINDS[kind].names[0]}".strip()
    values = (one.name for one in reader.names(text) if one.name in SEEN_AS)
    return ", ".join((f"{own} {in_place(place)}" if place else own, *values))
