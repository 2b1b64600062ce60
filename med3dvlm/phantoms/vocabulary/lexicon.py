"""Terms that visitors use, by register and by split: what a split holds no other split says.

    for term in terms_of(KIND_NAMES["pleural effusion"], registers=("lay",), split="test"):
        term.with_article, term.plural         # "water on the lungs", "water on the lungs"

A term is written with the article it takes: `a spot on the lung` is one thing, `many gallstones`
several, `fluid on the lung` takes none. Terms are parted by slashes. Terms that differ by a letter
or an ending stand in one split, so that a model that has read one has not read the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

Register = Literal["own", "radiological", "lay", "abbreviation"]
Split = Literal["training", "validation", "test"]
Count = Literal["one", "many", "none"]
REGISTERS: tuple[Register, ...] = get_args(Register)
OTHER_REGISTERS: tuple[Register, ...] = ("radiological", "lay", "abbreviation")
SPLITS: tuple[Split, ...] = get_args(Split)

# The last word of a noun stands before one of these: spots on the lung.
AFTER_NOUN = (
    " of ", " in ", " on ", " at ", " by ", " around ", " behind ", " between ", " under ",
    " above ", " below ", " beside ", " next to ", " outside ", " inside ", " over ", " that ",
    " with ", " within ", " near ", " to ", " bigger ", " pressing ", " growing ", " surrounded ",
    " full ",
)  # fmt: skip
PLURALS = {
    "calculus": "calculi", "metastasis": "metastases", "vertebra": "vertebrae", "focus": "foci",
    "viscus": "viscera", "prosthesis": "prostheses", "body": "bodies", "artery": "arteries",
    "cavity": "cavities", "opacity": "opacities", "density": "densities", "biopsy": "biopsies",
    "deformity": "deformities", "secondary": "secondaries", "malignancy": "malignancies",
    "arthroplasty": "arthroplasties", "hemiarthroplasty": "hemiarthroplasties", "ovary": "ovaries",
    "thrombosis": "thromboses", "met": "mets", "pericardium": "pericardia", "belly": "bellies",
    "something": "things", "thing": "things",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """A name of something.

    Attributes:
        text: without an article.
        count: whether it is one thing, several, or takes no article.
        register: whose word it is.
        split: where it may be used.
    """

    text: str
    count: Count
    register: Register
    split: Split

    @property
    def with_article(self) -> str:
        """As it stands after "there is"."""
        if self.count != "one":
            return self.text
        vowel = self.text[0] in "aeiou" or (
            self.register == "abbreviation" and self.text[0] in "AEFHILMNORSX"
            and self.text[:2].isupper()
        )  # fmt: skip
        return f"{'an' if vowel else 'a'} {self.text}"

    @property
    def plural(self) -> str:
        """Several of it."""
        if self.count != "one":
            return self.text
        cut = min((at for word in AFTER_NOUN if (at := self.text.find(word)) > 0), default=None)
        noun, rest = (self.text, "") if cut is None else (self.text[:cut], self.text[cut:])
        before, _, last = noun.rpartition(" ")
        return f"{before} {plural_of(last)}{rest}".strip()


def plural_of(noun: str) -> str:
    """Of one word."""
    if noun in PLURALS:
        return PLURALS[noun]
    if noun.endswith(("s", "x", "sh", "ch")):
        return f"{noun}es"
    return f"{noun}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Terms of one register, parted by slashes, by split."""

    training: str = ""
    validation: str = ""
    test: str = ""

    def of(self, split: Split) -> tuple[str, ...]:
        """The terms of a split as they are written."""
        text: str = getattr(self, split)
        return tuple(part.strip() for part in text.split(" / ")) if text else ()


NOTHING = Words()


@dataclass(frozen=True, kw_only=True)
class Names:
    """All other names of one thing, by register and split."""

    radiological: Words = NOTHING
    lay: Words = NOTHING
    abbreviation: Words = NOTHING
    own: tuple[str, ...] = field(default=())

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Every term; own names are of the training split."""
        others = [
            read_term(text, register, split)
            for register in OTHER_REGISTERS
            for split in SPLITS
            for text in getattr(self, register).of(split)
        ]
        return (*(read_term(text, "own", "training") for text in self.own), *others)


def read_term(text: str, register: Register, split: Split) -> Term:
    """A term from how it is written: with its article."""
    first, _, rest = text.partition(" ")
    counts: dict[str, Count] = {"a": "one", "an": "one", "many": "many"}
    if rest and first in counts:
        return Term(rest, counts[first], register, split)
    return Term(text, "none", register, split)


def terms_of(
    names: Names, *, registers: Sequence[Register] = REGISTERS, split: Split
) -> tuple[Term, ...]:
    """Terms of some registers and a split; own names belong to every split."""
    return tuple(
        term
        for term in names.terms
        if term.register in registers and (term.register == "own" or term.split == split)
    )
