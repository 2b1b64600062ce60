"""A map: one number for each cell of a grid over a volume, and what it means.

placement = cells_over(seen.mapping, (3, 6, 6), stride=16)
shown = Map(values=values, mapping=placement, legend="lung nodule", means="", means_not="")
shown.as_bytes()               # for an overlay
truth = shares(mask, placement)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import ConfigError
from med3dvlm.volumes.grid import Grid, GridMap, Triple

Floats = NDArray[np.float32]
# What a map means, and what it doesn't.
Meaning = tuple[str, str]
LOW_STRIDE, HIGH_STRIDE = 32, 64
MIDDLE = 128


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Map:
    """A grid over the volume.

    Attributes:
        values: `[z, y, x]`, one number a cell.
        mapping: where the cells lie in the volume; its `grid` is the shape of `values`.
        legend: what the colours show, in a few words.
        means: what the map means, in one sentence.
        means_not: what it doesn't mean, in one sentence.
        signed: whether values below zero speak against what values above zero speak for.
    """

    values: Floats
    mapping: GridMap
    legend: str
    means: str
    means_not: str
    signed: bool = True

    def __post_init__(self) -> None:
        if self.values.shape != self.mapping.grid:
            raise ConfigError(
                f"a map of shape {self.values.shape} doesn't fit a grid of {self.mapping.grid}"
            )

    def as_bytes(self) -> NDArray[np.uint8]:
        """Values as 0 to 255; of a signed map 128 is zero, and both directions scale alike."""
        values: NDArray[np.float64] = np.nan_to_num(self.values.astype(np.float64))
        if self.signed:
            levels = MIDDLE + 127 * values / (float(np.abs(values).max()) or 1.0)
        else:
            levels = 255 * (values - values.min()) / (float(np.ptp(values)) or 1.0)
        shown: NDArray[np.uint8] = np.rint(levels).astype(np.uint8)
        return shown


def cells_over(seen: GridMap, cells: Grid, *, stride: int) -> GridMap:
    """Where an encoder's cells lie in the volume.

    Cell i of an axis is centred on voxel `stride * i` of the model's input, because every layer of
    the encoder is padded alike on both sides; so the first cell begins half a cell before the
    input, and only its second half lies on it.

    Args:
        seen: where the model's input lies in the volume.
        cells: number of cells along each axis.
        stride: voxels of the input from one cell to the next (32 for low tokens, 64 for high).
    """
    starts, stops = [], []
    for first, scale, count in zip(seen.start, seen.scale, cells, strict=True):
        begin = first - scale * (stride - 1) / 2
        starts.append(round(begin))
        stops.append(max(round(begin + count * stride * scale), round(begin) + 1))
    return GridMap(start=_triple(starts), stop=_triple(stops), grid=cells)


def over_cells(
    parts: Floats, seen: GridMap, shape: Sequence[int], *, stride: int, legend: str, means: Meaning
) -> Map:
    """The map of one number per token of an encoder.

    Args:
        parts: (N,), or anything that has the cells in that order.
        seen: where the model's input lies in the volume.
        shape: number of cells along each axis; their product is N.
        stride: voxels of the input from one cell to the next.
        legend: what the colours show.
        means: what the map means, and what it doesn't.
    """
    d, h, w = shape
    return Map(
        values=parts.reshape(d, h, w),
        mapping=cells_over(seen, (d, h, w), stride=stride),
        legend=legend,
        means=means[0],
        means_not=means[1],
    )


def cell_at(mapping: GridMap, voxel: tuple[float, float, float]) -> Triple:
    """The cell that a voxel of the volume lies in, or the nearest one."""
    place = mapping.to_grid(voxel)
    return _triple([min(max(round(p), 0), n - 1) for p, n in zip(place, mapping.grid, strict=True)])


def shares(mask: NDArray[np.bool_], mapping: GridMap) -> Floats:
    """Share of a mask's voxels that each cell holds; the shares add up to 1 (or 0 if empty)."""
    places = []
    for axis, found in enumerate(np.nonzero(mask)):
        index = (found + 0.5 - mapping.start[axis]) / mapping.scale[axis]
        places.append(np.clip(np.floor(index).astype(np.int64), 0, mapping.grid[axis] - 1))
    counts = np.bincount(
        np.ravel_multi_index(tuple(places), mapping.grid), minlength=int(np.prod(mapping.grid))
    )
    held: Floats = (counts / max(counts.sum(), 1)).astype(np.float32).reshape(mapping.grid)
    return held


def _triple(numbers: list[int]) -> Triple:
    z, y, x = numbers
    return z, y, x
