"""Terms that visitors use, by register and split; no term is in two splits.

    for term in terms_of(KIND_NAMES["pleural effusion"], registers=("lay",), split="test"):
        term.with_article, term.plural         # "water on the lungs", "water on the lungs"

A term is written with the article it takes: `a spot on the lung` is singular, `many gallstones`
plural, `fluid on the lung` takes none. Slashes and line ends separate terms. Terms that differ
only by a letter or an ending are in the same split, so that a model hasn't read a near-copy of a
held-out term. Training terms are in `training_words/`, so that whoever adds some doesn't read
those held out for validation and test, which are in `names/`.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

Register = Literal["own", "radiological", "lay", "abbreviation"]
Split = Literal["training", "validation", "test"]
Count = Literal["one", "many", "none"]
REGISTERS: tuple[Register, ...] = get_args(Register)
OTHER_REGISTERS: tuple[Register, ...] = ("radiological", "lay", "abbreviation")
SPLITS: tuple[Split, ...] = get_args(Split)
TRAINING_WORDS = Path(__file__).parent / "training_words"

# The last word of a noun stands before one of these: spots on the lung, a lung squeezed by fluid.
AFTER_NOUN = re.compile(
    r" (?:of|in|on|at|by|around|behind|between|under|above|below|beside|next to|outside|inside|"
    r"over|that|with|within|near|to|into|from|for|like|as|where|you|down|out|too|deep|full|twice|"
    r"bigger|larger|being|blown|bathed|coming|crushed|drowned|gone|grown|growing|holding|leaving|"
    r"let|losing|made|pressed|pressing|pushed|retracted|rolling|shaped|sitting|squeezed|stuck|"
    r"surrounded|swimming|tangled|tied|(?:broken|filled|swollen) (?:in|with)) "
)
# What begins like "you": a urinary stone, a unilocular cyst, a UTI.
YOU = re.compile(r"[Ee]u|[Uu](?:r[aeio]|t[er]|ni[lfqtv])|U[A-Z]*\b")
PLURALS = {
    "calculus": "calculi", "vertebra": "vertebrae", "focus": "foci", "viscus": "viscera",
    "thrombus": "thrombi", "bronchus": "bronchi", "diverticulum": "diverticula", "met": "mets",
    "pericardium": "pericardia", "foot": "feet", "tooth": "teeth", "leaf": "leaves",
    "something": "things", "thing": "things",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """A name for something.

    Attributes:
        text: without an article.
        count: whether it is singular, plural, or takes no article.
        register: who uses it.
        split: where it may be used.
    """

    text: str
    count: Count
    register: Register
    split: Split

    @property
    def with_article(self) -> str:
        """The term as it follows "there is"."""
        if self.count != "one":
            return self.text
        vowel = (self.text[0].lower() in "aeiou" and not YOU.match(self.text)) or (
            self.register == "abbreviation" and self.text[0] in "AEFHILMNORSX"
            and self.text[:2].isupper()
        )  # fmt: skip
        return f"{'an' if vowel else 'a'} {self.text}"

    @property
    def plural(self) -> str:
        """The term in the plural."""
        if self.count != "one":
            return self.text
        after = AFTER_NOUN.search(self.text)
        cut = after.start() if after else len(self.text)
        noun, rest = self.text[:cut], self.text[cut:]
        rest = rest.replace(" that is ", " that are ").replace(" that has ", " that have ")
        before, _, last = noun.rpartition(" ")
        return f"{before} {plural_of(last)}{rest}".strip()


def plural_of(noun: str) -> str:
    """The plural of one word."""
    if noun in PLURALS:
        return PLURALS[noun]
    if noun.endswith("sis"):
        return f"{noun[:-2]}es"
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    if noun.endswith(("s", "x", "sh", "ch")):
        return f"{noun}es"
    return f"{noun}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Terms of one register by split, separated by slashes or line ends."""

    training: str = ""
    validation: str = ""
    test: str = ""

    def of(self, split: Split) -> tuple[str, ...]:
        """The terms of a split as written."""
        text: str = getattr(self, split)
        return tuple(re.split(r" / |\n", text.strip())) if text else ()


NOTHING = Words()


@dataclass(frozen=True, kw_only=True)
class Names:
    """All synonyms for one thing, by register and split."""

    radiological: Words = NOTHING
    lay: Words = NOTHING
    abbreviation: Words = NOTHING
    own: tuple[str, ...] = field(default=())

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Every term; own names belong to the training split."""
        others = [
            read_term(text, register, split)
            for register in OTHER_REGISTERS
            for split in SPLITS
            for text in getattr(self, register).of(split)
        ]
        return (*(read_term(text, "own", "training") for text in self.own), *others)


def with_training(held_out: Mapping[str, Names], *, file: str) -> dict[str, Names]:
    """Names completed by the training terms of a file in `training_words/`."""
    read = tomllib.loads((TRAINING_WORDS / f"{file}.toml").read_text(encoding="utf-8"))

    def words(thing: str, register: Register) -> Words:
        held: Words = getattr(held_out[thing], register)
        return replace(held, training=read[thing].get(register, ""))

    return {
        thing: replace(
            names,
            radiological=words(thing, "radiological"),
            lay=words(thing, "lay"),
            abbreviation=words(thing, "abbreviation"),
        )
        for thing, names in held_out.items()
    }


def read_term(text: str, register: Register, split: Split) -> Term:
    """Parse a term written with its article."""
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
