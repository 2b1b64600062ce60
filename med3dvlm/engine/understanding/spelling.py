"""Puts misspelt words right before a question is read: the reader knows few misspellings.

spelling = Spelling(lexicon.terms, common=tokenizer.vocab)
spelling.corrected("kidny stoen, r u sure? sbo")     # "kidney stone, r u sure? SBO"

Only what is no English word is touched, and only if a word of a known name is as near as a slip of
the finger. An abbreviation that isn't another word gets the
capitals that it is known by.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache

from med3dvlm.phantoms.vocabulary.frames.base import english_words
from med3dvlm.phantoms.vocabulary.hurry import SHORT_FORMS
from med3dvlm.phantoms.vocabulary.lexicon import Term

WORD = re.compile(r"[A-Za-z]+")
# Shorter words have too many neighbours.
SHORTEST = 4
# From this length on a word may differ in two places.
LONG = 8
# A longer text in capitals alone is shouted, and no abbreviation.
SHOUTED = 8


# Other words that a phone makes of medical ones, where they are told by what stands beside.
HEARD = (
    (re.compile(r"\bplural\b(?= (?:effusion|infusion|fluid|e?ff?usion)s?)", re.I), "pleural"),
    (re.compile(r"(?<=pleural )infusion|(?<=pericardial )infusion", re.I), "effusion"),
    (re.compile(r"\bbowl\b(?= (?:obstruct|block|loop|ileus))", re.I), "bowel"),
    (
        re.compile(r"\b(?:gold|gall?|goal|gull|ball)[- ]?(?:stoned|stone)\b|\bgaul stone\b", re.I),
        "gallstone",
    ),
    (re.compile(r"(?<=kidney )(?:stoned|stain|stove|stome)\b", re.I), "stone"),
    (
        re.compile(
            r"(?<=liver )(?:sister|quist|sist)\b|(?<=kidney )(?:sister|quist|sist)\b|"
            r"(?<=ovarian )(?:sister|quist|sist)\b",
            re.I,
        ),
        "cyst",
    ),
    (re.compile(r"\b(?:a|an) (?:quist|sist)\b", re.I), "a cyst"),
    (re.compile(r"\b(?:new|knew)[- ]?(?:moan|moh?n)(?:ia|ya|er)\b", re.I), "pneumonia"),
    (re.compile(r"\b(?:vertical|vertebrate)(?= (?:body )?fracture)", re.I), "vertebral"),
    (re.compile(r"\bspline\b(?! (?:fit|curve))", re.I), "spleen"),
    (re.compile(r"\badrenaline(?= (?:mass|nodule|gland|tumou?r|lesion|adenoma))", re.I), "adrenal"),
    (re.compile(r"\b(?:free hair|3 air)\b", re.I), "free air"),
    (re.compile(r"\b(?:asides|a sites|accidies|assists)\b(?=\W*$)", re.I), "ascites"),
)


class Spelling:
    """The words of known names, and the words that are left as they are."""

    def __init__(self, terms: Sequence[Term], *, common: Collection[str]) -> None:
        """The known names; `common` has English words at large, in lower case."""
        short = [term for term in terms if term.register == "abbreviation"]
        whole = [term for term in terms if term.register != "abbreviation"]
        self._often = Counter(_words(whole))
        self._capitals: dict[str, str] = {
            word.lower(): word
            for term in short for word in WORD.findall(term.text) if word.isupper()
        }  # fmt: skip
        self._english = {*common, *english_words(), *SHORT_FORMS.values()}
        self._left = {*self._english, *_words(terms)}

    def corrected(self, text: str) -> str:
        """The text with every misspelt word replaced."""
        for heard, meant in HEARD:
            text = heard.sub(meant, text)
        shouted = text.isupper() and len(text) > SHOUTED
        return WORD.sub(lambda match: self._word(match[0], shouted=shouted), text)

    def _word(self, word: str, *, shouted: bool) -> str:
        low = word.lower()
        if word == low in self._capitals and low not in self._english and len(low) > 1:
            return self._capitals[low]
        if low in self._left or len(low) < SHORTEST or (word.isupper() and not shouted):
            return word
        return self._nearest(low) or word

    def _nearest(self, word: str) -> str | None:
        """The known word that is nearest, the more frequent one of two; None if none is near."""
        far = 2 if len(word) >= LONG else 1
        near = [
            (distance(word, known), -often, known)
            for known, often in self._often.items()
            if known[0] == word[0] and len(known) >= SHORTEST and abs(len(known) - len(word)) <= far
        ]
        return min((one for one in near if one[0] <= far), default=(0, 0, None))[2]


def _words(terms: Sequence[Term]) -> list[str]:
    return [word.lower() for term in terms for word in WORD.findall(f"{term.text} {term.plural}")]


@cache
def distance(one: str, other: str) -> int:
    """How many letters were left out, put in, replaced or swapped with the next."""
    if not one or not other:
        return len(one) + len(other)
    if one[-1] == other[-1]:
        return distance(one[:-1], other[:-1])
    steps = [
        distance(one[:-1], other), distance(one, other[:-1]), distance(one[:-1], other[:-1]),
    ]  # fmt: skip
    if one[-2:] == other[-2:][::-1] and len(one) > 1:
        steps.append(distance(one[:-2], other[:-2]))
    return 1 + min(steps)
