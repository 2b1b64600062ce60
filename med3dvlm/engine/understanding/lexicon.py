"""The names that visitors use, looked up in a text: exact, before any network is asked.

lexicon = Lexicon()
lexicon.find("any sign of water on the lungs?")     # [Found("kind", "pleural effusion", ...)]

Matching ignores capitals, punctuation and plurals; short abbreviations must be in capitals where
they would be another word otherwise ("cap"). The longest name wins: in "liver cyst" it is the
cyst, not the liver.
"""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from med3dvlm.phantoms.vocabulary.frames.direct import DIRECT
from med3dvlm.phantoms.vocabulary.lexicon import SPLITS, Names, Split, Term
from med3dvlm.phantoms.vocabulary.names.all import (
    KIND_NAMES,
    ORGAN_NAMES,
    UNTAUGHT_NAMES,
    VALUE_NAMES,
)

Sort = Literal["kind", "organ", "value", "untaught"]
Known = tuple[Sort, str, Term]
WORD = re.compile(r"[A-Za-z0-9#]+")
# Abbreviations up to this length count in capitals only.
SHORT = 3
# As many letters tell a word's root: nephro.
ROOT = 6
# Words of grammar.
LITTLE = frozenset(
    WORD.findall("""
    i is are be have has had got do does can could you see there it that this these in on of at to
    from by with and or not no for as like into up out over all me my too very much many any left
    right some one two what which how who we they them their its be been was were will
""")
)
ARTICLES = frozenset({"a", "an", "the", "my", "your", "his", "her"})
TAUGHT: Mapping[Sort, Mapping[str, Names]] = {
    "kind": KIND_NAMES, "organ": ORGAN_NAMES, "value": VALUE_NAMES,
}  # fmt: skip

_MAKING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a text: what it names, and where it stands (characters).

    `others` are what it means as well, as a stone may lie in a kidney and in the gallbladder.
    """

    sort: Sort
    name: str
    start: int
    end: int
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


class Lexicon:
    """All names of some splits; evaluation leaves out those of the split that it asks in."""

    def __init__(self, splits: Sequence[Split] = SPLITS) -> None:
        self._names: dict[tuple[str, ...], set[tuple[Sort, str]]] = {}
        self._capitals: dict[tuple[str, ...], set[tuple[Sort, str]]] = {}
        known = [one for one in _terms() if one[2].split in splits]
        self.terms = tuple(term for _, _, term in known)
        for sort, name, term in known:
            self._add(sort, name, term)
        self._plain = _plain(known)
        self._hints = _hints(known)
        self._longest = max(map(len, (*self._names, *self._capitals)))

    def _add(self, sort: Sort, name: str, term: Term) -> None:
        short = term.register == "abbreviation" and len(term.text) <= SHORT
        table = self._capitals if short and term.text.isupper() else self._names
        for text in {term.text, term.plural}:
            words = tuple(text.split()) if table is self._capitals else key(text)
            table.setdefault(words, set()).add((sort, name))

    def find(self, text: str) -> list[Found]:
        """The names in a text, in their order; none overlap."""
        words = [_Word(match[0], match.start(), match.end()) for match in WORD.finditer(text)]
        shouted = text.isupper()
        found, at = list[Found](), 0
        while at < len(words):
            count, meant = self._longest_at(words[at : at + self._longest], shouted=shouted)
            if meant is not None:
                found.append(Found(*meant, words[at].start, words[at + count - 1].end))
            at += count
        return found

    def hints(self, text: str) -> bool:
        """Whether some word, besides organs and regions, is one that findings are named with."""
        words = (word for word in key(text) if word not in self._plain)
        return any(word[:ROOT] in self._hints for word in words)

    def _longest_at(
        self, words: Sequence[_Word], *, shouted: bool
    ) -> tuple[int, tuple[Sort, str] | None]:
        """The words that the longest name takes here, and the one thing that it can mean."""
        for count in range(len(words), 0, -1):
            plain = [word.text for word in words[:count]]
            meant = self._names.get(key(" ".join(plain)), set())
            if not shouted or len(words) == 1:
                meant = meant | self._capitals.get(tuple(plain), set())
            # A name with an article in front would also match without it, a word later.
            if len(meant) == 1 and plain[0].lower() not in ARTICLES:
                return count, next(iter(meant))
        return 1, None


def whole_lexicon() -> Lexicon:
    """The names of all splits: one for everybody, made once, however many ask at the same time."""
    with _MAKING:
        return _made()


@cache
def _made() -> Lexicon:
    return Lexicon()


def _hints(known: Sequence[Known]) -> frozenset[str]:
    """The roots of the words with which findings are named, or asked about without a name."""
    named = [term.text for sort, _, term in known if sort == "kind"]
    direct = [line for frames in DIRECT.values() for line in frames.of("training")]
    return frozenset(word[:ROOT] for text in (*named, *direct) for word in key(text))


def _plain(known: Sequence[Known]) -> frozenset[str]:
    """Words that point to no finding: of grammar, and organs and regions by themselves."""
    places = (key(term.text) for sort, _, term in known if sort in ("organ", "value"))
    return LITTLE | {word for words in places if len(words) == 1 for word in words}


def key(text: str) -> tuple[str, ...]:
    """The words of a name, without capitals, punctuation, articles and plural endings."""
    words = (word.lower() for word in WORD.findall(text))
    return tuple(_singular(word) for word in words if word not in ARTICLES)


def _singular(word: str) -> str:
    plain = len(word) > SHORT and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plain else word


def _terms() -> Iterator[Known]:
    """Every name that can be looked up.

    Without its sign, "spleen ++" would be the spleen; "liver and kidneys" names two organs.
    """
    for sort, things in TAUGHT.items():
        for name, names in things.items():
            yield from (
                (sort, name, term) for term in names.terms
                if "+" not in term.text and not (sort == "value" and " and " in term.text)
            )  # fmt: skip
    for names in UNTAUGHT_NAMES.values():
        yield from (("untaught", "", term) for term in names.terms)
