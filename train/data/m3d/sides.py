"""Swaps left and right in a text when its image is mirrored, so that it stays true.

mirrored_words("Cyst in the left kidney.")      # "Cyst in the right kidney."
mirrored_words("RUL nodule")                    # None: it has a side that can't be swapped safely
"""

import re

EXCHANGED = {"left": "right", "right": "left"}
WORD = re.compile(r"\b(left|right)(?=\b|ward|wards|sided|most)", re.IGNORECASE)
# An abbreviated side, or an organ or state whose name implies one: safer not to mirror at all.
UNSAFE = re.compile(
    r"\b(?:[RL](?:UL|ML|LL|UQ|LQ|CA|AD|MCA|ICA|V|A)?|Rt|Lt|rt|lt)\b|"
    r"\b(?:dextro\w*|levo\w*|laevo\w*|sinister|situs|lingul\w*|leave|leaves|right away|"
    r"left untreated|all right)\b",
)


def mirrored_words(text: str) -> str | None:
    """The text of the mirrored image, or None if that can't be worked out."""
    if UNSAFE.search(text):
        return None
    return WORD.sub(_exchanged, text)


def _exchanged(match: re.Match[str]) -> str:
    word = match[0]
    other = EXCHANGED[word.lower()]
    if word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


def mirrored_plane(series: str) -> bool:
    """Whether left-right runs along image rows: axial and coronal, by the series' name."""
    name = series.rpartition("/")[2].lower()
    return name.startswith(("axial", "coronal"))
