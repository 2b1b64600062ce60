"""A map as a volume on the scan's grid, and as rows for a table; colours of cells likewise.

overlay = over_voxels(shown, volume)       # a Volume: each voxel has the number of its cell
rows = cell_rows(shown, volume)            # cell, its middle in mm, its number
painted = colours_over_voxels(colours, mapping, volume.shape)     # each voxel: its cell's colour
rows = colour_rows(colours, mapping, volume)
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from med3dvlm.explain.maps.map import Floats, Map
from med3dvlm.volumes.grid import Grid, GridMap
from med3dvlm.volumes.volume import Volume

PLACE = ("z", "y", "x", "left_mm", "posterior_mm", "superior_mm")
COLUMNS = (*PLACE, "value")
COLOUR_COLUMNS = (*PLACE, "red", "green", "blue")


def over_voxels(shown: Map, volume: Volume) -> Volume:
    """The number of its cell for each voxel of the scan, 0 outside the cells; nothing is smoothed.

    It lies where the scan lies, so that any viewer shows it over the scan.
    """
    places, inside = _cells_of(shown.mapping, volume.shape)
    values = shown.values[places]
    values[~inside] = 0
    notes = (f"A map, not a scan: {shown.legend}.", shown.means, shown.means_not)
    return replace(
        volume, voxels=np.ascontiguousarray(values, np.float32), unit="arbitrary", notes=notes
    )


def cell_rows(shown: Map, volume: Volume) -> list[dict[str, float]]:
    """A row for each cell: its index, its middle in millimetres and its number, highest first."""
    rows = []
    for flat in np.argsort(-shown.values, axis=None, kind="stable"):
        z, y, x = (int(i) for i in np.unravel_index(flat, shown.values.shape))
        numbers = (*_place(shown.mapping, (z, y, x), volume), float(shown.values[z, y, x]))
        rows.append(dict(zip(COLUMNS, numbers, strict=True)))
    return rows


def colours_over_voxels(colours: Floats, mapping: GridMap, shape: Grid) -> NDArray[np.uint8]:
    """Red, green and blue `[z, y, x, 3]` of the cell of each voxel; black outside the cells.

    Args:
        colours: of each cell (N, 3), in [0, 1].
        mapping: where the cells lie in the volume.
        shape: of the volume.
    """
    places, inside = _cells_of(mapping, shape)
    painted: NDArray[np.uint8] = np.rint(255 * colours).astype(np.uint8)
    painted = painted.reshape(*mapping.grid, 3)[places]
    painted[~inside] = 0
    return painted


def colour_rows(colours: Floats, mapping: GridMap, volume: Volume) -> list[dict[str, float]]:
    """A row for each cell: its index, its middle in millimetres and its colour, in [0, 1]."""
    rows = []
    for cell, colour in zip(np.ndindex(mapping.grid), colours, strict=True):
        z, y, x = cell
        numbers = (*_place(mapping, (z, y, x), volume), *(round(float(c), 4) for c in colour))
        rows.append(dict(zip(COLOUR_COLUMNS, numbers, strict=True)))
    return rows


def _cells_of(
    mapping: GridMap, shape: Grid
) -> tuple[tuple[NDArray[np.int64], ...], NDArray[np.bool_]]:
    """The cell of each voxel as an index of cells, and which voxels lie within the cells."""
    places, inside = [], []
    for axis, count in enumerate(shape):
        index = (np.arange(count) + 0.5 - mapping.start[axis]) / mapping.scale[axis]
        cells = np.floor(index).astype(np.int64)
        places.append(np.clip(cells, 0, mapping.grid[axis] - 1))
        inside.append((cells >= 0) & (cells < mapping.grid[axis]))
    within = inside[0][:, None, None] & inside[1][:, None] & inside[2]
    return np.ix_(*places), within


def _place(mapping: GridMap, cell: Grid, volume: Volume) -> tuple[float, ...]:
    middle = volume.millimetres(mapping.to_voxel(cell))
    return (*cell, *(round(mm, 1) for mm in middle))
