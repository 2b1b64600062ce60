"""Sentence patterns by split; no pattern is in two splits.

The many patterns of training are in text files, one per line; the few held-out ones are in code.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from med3dvlm.phantoms.vocabulary.lexicon import Split

TRAINING = Path(__file__).parent / "training"
FOREIGN = "other_languages"


@dataclass(frozen=True)
class Frames:
    """Patterns of one kind of question, one per line."""

    training: str
    validation: str
    test: str

    @cached_property
    def lines(self) -> dict[Split, tuple[str, ...]]:
        """The patterns of each split."""
        return {
            "training": _lines(self.training),
            "validation": _lines(self.validation),
            "test": _lines(self.test),
        }

    def of(self, split: Split) -> tuple[str, ...]:
        """The patterns of a split."""
        return self.lines[split]


def written(*names: str) -> str:
    """The patterns in some files of `training/`."""
    return "\n".join((TRAINING / f"{name}.txt").read_text(encoding="utf-8") for name in names)


@cache
def english_words() -> frozenset[str]:
    """Every word of the English patterns of training, in lower case."""
    paths = (path for path in TRAINING.rglob("*.txt") if path.stem != FOREIGN)
    return frozenset(word for path in paths for word in _words(path))


@cache
def foreign_words() -> frozenset[str]:
    """The words of patterns in other languages that no English one has, in lower case."""
    return frozenset(_words(TRAINING / f"{FOREIGN}.txt")) - english_words()


def _words(path: Path) -> list[str]:
    return re.findall(r"[^\W\d_]+", path.read_text(encoding="utf-8").lower())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
