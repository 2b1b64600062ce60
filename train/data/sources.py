"""What a stage needs from its data: the rows, the content of a step, and the held-out rows.

Sources are phantoms (`train/data/phantoms/sources.py`) and data in M3D's layout
(`train/data/m3d/sources.py`). A batch holds its images in one of two ways:
- `volume`, bytes (B, 1, D, H, W), with `gain`, `offset` and `mirrored` for each row; the encoder
  runs during the step (`train/data/look.py`);
- `low` and `high`, tokens (B, N, C) of a frozen encoder, computed once beforehand.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from med3dvlm.model.prompt import Turn
from train.loop.stage import Batch

Rows = NDArray[np.int64]


class Pairs(NamedTuple):
    """Volumes, each with a text.

    Attributes:
        pictures: see above; with `positives`, bool (B, B), if other texts (columns) than its own
            may be true of a volume (rows).
        texts: one for each volume.
    """

    pictures: Batch
    texts: list[str]


class Talks(NamedTuple):
    """Volumes with conversations about each.

    Attributes:
        pictures: see above; with `sighted`, 0 if the image is blanked, and for data with labels
            `attributes`, `places` and `sizes` (`train/data/phantoms/labels.py`).
        conversations: of each volume, independent of each other; empty in a step without text.
    """

    pictures: Batch
    conversations: list[list[list[Turn]]]


class Source(Protocol):
    """Rows to learn from."""

    def __len__(self) -> int:
        """Rows of an epoch."""

    def corpus(self) -> Iterator[str]:
        """Texts to train new tokenizers on."""


class PairSource(Source, Protocol):
    """What stage 1 learns from."""

    def batch(self, step: int, rows: Rows) -> Pairs:
        """The given rows of a step; depends on step and rows only."""

    def held_out(self, count: int) -> Iterator[Pairs]:
        """At most so many held-out rows, some at a time, the same each time."""


class TalkSource(Source, Protocol):
    """What stages 2 and 3 learn from."""

    def batch(self, step: int, rows: Rows, *, speaks: bool) -> Talks:
        """The given rows of a step; without conversations unless `speaks`."""

    def held_out(self, count: int) -> Iterator[Talks]:
        """At most so many held-out rows, some at a time, the same each time."""
