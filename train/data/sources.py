"""What a stage needs to know of its data: rows, what is in a step, and what is held out.

Sources are phantoms (`train/data/phantoms/sources.py`) and data in M3D's layout
(`train/data/m3d/sources.py`). A batch holds its pictures in one of two ways:
- `volume`, bytes (B, 1, D, H, W), with `gain`, `offset` and `mirrored` of each row, which the
  encoder sees in the step (`train/data/look.py`);
- `low` and `high`, tokens (B, N, C) of an encoder that doesn't learn, computed once before.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from med3dvlm.model.prompt import Turn
from train.loop.stage import Batch

Rows = NDArray[np.int64]


class Pairs(NamedTuple):
    """Volumes with a text each.

    Attributes:
        pictures: see above; `positives`, bool (B, B), where more than a volume's own text (columns)
            may be true of it (rows).
        texts: one for each volume.
    """

    pictures: Batch
    texts: list[str]


class Talks(NamedTuple):
    """Volumes with what is asked and answered about each.

    Attributes:
        pictures: see above; `sighted`, 0 where the image is blanked; and, for data with labels,
            `attributes`, `places` and `sizes` (`train/data/phantoms/labels.py`).
        conversations: of each volume, each on its own; empty where nothing is said.
    """

    pictures: Batch
    conversations: list[list[list[Turn]]]


class Source(Protocol):
    """Rows to learn from."""

    def __len__(self) -> int:
        """Rows of an epoch."""

    def corpus(self) -> Iterator[str]:
        """Texts that new tokenizers learn from."""


class PairSource(Source, Protocol):
    """What stage 1 learns from."""

    def batch(self, step: int, rows: Rows) -> Pairs:
        """Some rows of a step; a function of step and rows alone."""

    def held_out(self, count: int) -> Iterator[Pairs]:
        """At most so many held-out rows, some at a time, the same each time."""


class TalkSource(Source, Protocol):
    """What stages 2 and 3 learn from."""

    def batch(self, step: int, rows: Rows, *, speaks: bool) -> Talks:
        """Some rows of a step; without conversations where the step has no words."""

    def held_out(self, count: int) -> Iterator[Talks]:
        """At most so many held-out rows, some at a time, the same each time."""
