"""The window a scan is shown in first: one that suits what is in it.

opening_window(volume)     # BRAIN for a head, a wider one where contrast would be saturated

It works on blocks of about a cubic centimetre: bone is uneven within one, blood with contrast even.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import ABDOMEN, BRAIN, Window, auto_window

BLOCK_MM = 9.0
SAMPLES = 3  # of a block, along each axis
BODY_HU = -300
BODY_SHARE = 0.02  # of a plane of blocks; fewer are the table and what lies on it

# Even blocks as bright as this hold contrast medium; bone and metal are uneven.
BRIGHT_HU = 150
EVEN_HU = 250
LEAST_CONTRAST = 0.009  # of the body; less of it is dense bone
ABOVE_CONTRAST = 1.15  # white begins so far above the contrast
WORTH_HU = 40  # widening by less is not worth an unusual window

# A head, in shares of its blocks: much bone, much even brain, hardly any fat, and not large.
BONE_HU = 300
HEAD_BONE, HEAD_BRAIN, HEAD_FAT, HEAD_MM = 0.3, 0.2, 0.15, 300.0
BRAIN_HU, BRAIN_EVEN_HU = (10, 60), 120
FAT_HU = (-150, -30)

Triple = tuple[int, int, int]
Blocks = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sampled:
    """Lowest, mean and highest value of each block, and the voxels along its edges."""

    low: Blocks
    mean: Blocks
    high: Blocks
    edges: Triple


def opening_window(volume: Volume) -> Window:
    """The window to begin with; quick for scans of any size."""
    if volume.unit != "HU":
        return auto_window(volume)
    sampled = _sample(volume)
    body = sampled.mean > BODY_HU
    small = max(_extents(body, sampled.edges, volume.spacing_mm)) < HEAD_MM
    return BRAIN if small and _is_head(sampled, body) else _soft_window(sampled, body)


def _sample(volume: Volume) -> _Sampled:
    edges = [
        min(n, max(1, round(BLOCK_MM / mm)))
        for n, mm in zip(volume.shape, volume.spacing_mm, strict=True)
    ]
    steps = [max(1, edge // SAMPLES) for edge in edges]
    thinned: NDArray[Any] = volume.voxels[:: steps[0], :: steps[1], :: steps[2]]
    low = mean = high = thinned
    for axis, (edge, step) in enumerate(zip(edges, steps, strict=True)):
        low = np.minimum.reduce(_layers(low, axis, edge // step))
        high = np.maximum.reduce(_layers(high, axis, edge // step))
        mean = np.asarray(_layers(mean, axis, edge // step)).mean(axis=0, dtype=np.float32)
    z, y, x = (edge // step * step for edge, step in zip(edges, steps, strict=True))
    return _Sampled(
        low=low.astype(np.float32), mean=mean.astype(np.float32), high=high.astype(np.float32),
        edges=(z, y, x),
    )  # fmt: skip


def _layers(values: NDArray[Any], axis: int, count: int) -> list[NDArray[Any]]:
    """Every `count`-th plane along an axis, from the first, the second and so on."""
    whole = values.shape[axis] // count * count
    return [values[(slice(None),) * axis + (slice(first, whole, count),)] for first in range(count)]


def _extents(body: NDArray[np.bool_], edges: Triple, spacing: Sequence[float]) -> list[float]:
    """How far the body reaches along z, y, x, in mm; what is thin, as a table, is left out."""
    extents = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        kept = np.flatnonzero(body.mean(axis=others) > BODY_SHARE)
        blocks = int(kept[-1] - kept[0]) + 1 if kept.size else 0
        extents.append(blocks * edges[axis] * spacing[axis])
    return extents


def _is_head(sampled: _Sampled, body: NDArray[np.bool_]) -> bool:
    mean, span = sampled.mean, sampled.high - sampled.low
    brain = (mean > BRAIN_HU[0]) & (mean < BRAIN_HU[1]) & (span < BRAIN_EVEN_HU)
    fat = (mean > FAT_HU[0]) & (mean < FAT_HU[1])
    bone = body & (sampled.high > BONE_HU)
    whole = max(1, int(body.sum()))
    bony, brainy, fatty = (int(part.sum()) / whole for part in (bone, brain, fat))
    return bony > HEAD_BONE and brainy > HEAD_BRAIN and fatty < HEAD_FAT


def _soft_window(sampled: _Sampled, body: NDArray[np.bool_]) -> Window:
    """`ABDOMEN`, made wider where there is enough contrast medium to be white in it."""
    even = sampled.high - sampled.low < EVEN_HU
    contrast = sampled.mean[(sampled.low >= BRIGHT_HU) & even]
    if contrast.size < LEAST_CONTRAST * max(1, int(body.sum())):
        return ABDOMEN
    high = 10 * round(ABOVE_CONTRAST * float(np.percentile(contrast, 75)) / 10)
    if high < ABDOMEN.high + WORTH_HU:
        return ABDOMEN
    return Window(name="Contrast", center=(high + ABDOMEN.low) / 2, width=high - ABDOMEN.low)
