"""Where two texts differ, word by word.

differences("a large cyst", "a cyst")      # [("same", "a"), ("only first", "large"), ...]
"""

from difflib import SequenceMatcher
from typing import Literal, NamedTuple

Kind = Literal["same", "only first", "only second"]


class Passage(NamedTuple):
    """Consecutive words that both texts have, or only one of them."""

    kind: Kind
    text: str


def differences(first: str, second: str) -> list[Passage]:
    """The passages of both texts in order, ignoring case and surrounding punctuation.

    Common passages are worded as in the first text.
    """
    left, right = first.split(), second.split()
    matcher = SequenceMatcher(None, _keys(left), _keys(right), autojunk=False)
    found: list[Passage] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            found.append(Passage("same", " ".join(left[i:j])))
            continue
        if i < j:
            found.append(Passage("only first", " ".join(left[i:j])))
        if k < m:
            found.append(Passage("only second", " ".join(right[k:m])))
    return found


def _keys(words: list[str]) -> list[str]:
    return [word.lower().strip(".,;:!?()") or word for word in words]
