"""Sentence patterns by split: what one split asks in, no other does."""

from dataclasses import dataclass
from functools import cached_property

from med3dvlm.phantoms.vocabulary.lexicon import Split


@dataclass(frozen=True)
class Frames:
    """Patterns of one kind of question, a line each."""

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


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
