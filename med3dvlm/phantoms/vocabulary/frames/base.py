"""Sentence patterns by split; no pattern is in two splits.

The many patterns of training are in text files, one per line; the few held-out ones are in code.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from med3dvlm.phantoms.vocabulary.lexicon import Split

TRAINING = Path(__file__).parent / "training"


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


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
