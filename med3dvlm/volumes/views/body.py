"""Where the body is in a scan: the box that a picture of it is fitted to.

sampled = sample(volume)
start, stop = body_box(sampled, volume)     # voxels, z, y, x

It works on blocks of about a cubic centimetre, so it is quick for scans of any size.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import auto_window

BLOCK_MM = 9.0
SAMPLES = 3  # of a block, along each axis
BODY_HU = -300
BODY_SHARE = 0.02  # of a plane of blocks; fewer are the table and what lies on it
BODY_BLOCKS = 8  # a body of fewer is none
# Without units, what is brighter than this part of the automatic window.
BODY_LEVEL = 0.12

Triple = tuple[int, int, int]
Blocks = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sampled:
    """Lowest, mean and highest value of each block, and the voxels along its edges."""

    low: Blocks
    mean: Blocks
    high: Blocks
    edges: Triple


def sample(volume: Volume) -> Sampled:
    """Blocks of a volume, from a few voxels of each; incomplete blocks are left out."""
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
        with np.errstate(invalid="ignore"):  # of infinities
            mean = np.asarray(_layers(mean, axis, edge // step)).mean(axis=0, dtype=np.float32)
    z, y, x = (edge // step * step for edge, step in zip(edges, steps, strict=True))
    return Sampled(
        low=low.astype(np.float32), mean=mean.astype(np.float32), high=high.astype(np.float32),
        edges=(z, y, x),
    )  # fmt: skip


def _layers(values: NDArray[Any], axis: int, count: int) -> list[NDArray[Any]]:
    """Every `count`-th plane along an axis, from the first, the second and so on."""
    whole = values.shape[axis] // count * count
    return [values[(slice(None),) * axis + (slice(first, whole, count),)] for first in range(count)]


def body_of(sampled: Sampled, volume: Volume) -> NDArray[np.bool_]:
    """Which blocks are body, and not the air around it."""
    if volume.unit == "HU":
        return sampled.mean > BODY_HU
    window = auto_window(volume)
    return sampled.mean > window.low + BODY_LEVEL * window.width


def body_box(sampled: Sampled, volume: Volume) -> tuple[Triple, Triple]:
    """First voxel of the body and the one after its last, with a block of air around it.

    The whole volume where there is no body in it.
    """
    body = body_of(sampled, volume)
    ranges = [_kept(body, axis) for axis in range(3)]
    if body.sum() < BODY_BLOCKS or not all(map(len, ranges)):
        return (0, 0, 0), volume.shape
    edges, counts = sampled.edges, body.shape
    start = [edge * max(0, kept[0] - 1) for edge, kept in zip(edges, ranges, strict=True)]
    # The last block may be followed by voxels that fill none.
    stop = [
        whole if kept[-1] + 2 >= count else edge * (kept[-1] + 2)
        for edge, kept, count, whole in zip(edges, ranges, counts, volume.shape, strict=True)
    ]
    return _triple(start), _triple(stop)


def reach_mm(sampled: Sampled, volume: Volume) -> float:
    """How far the body reaches along its longest axis; what is thin, as a table, is left out."""
    body = body_of(sampled, volume)
    return max(
        (kept[-1] - kept[0] + 1) * edge * mm if len(kept := _kept(body, axis)) else 0.0
        for axis, (edge, mm) in enumerate(zip(sampled.edges, volume.spacing_mm, strict=True))
    )


def _kept(body: NDArray[np.bool_], axis: int) -> NDArray[np.intp]:
    """Planes of blocks with enough body in them."""
    others = tuple(other for other in range(3) if other != axis)
    return np.flatnonzero(body.mean(axis=others) > BODY_SHARE)


def _triple(numbers: list[Any]) -> Triple:
    z, y, x = (int(number) for number in numbers)
    return z, y, x
