"""A map as a volume on the scan's grid, and as rows for a table.

overlay = over_voxels(shown, volume)       # a Volume: each voxel has the number of its cell
rows = cell_rows(shown, volume)            # cell, its middle in mm, its number
"""

from dataclasses import replace

import numpy as np

from med3dvlm.explain.maps.map import Map
from med3dvlm.volumes.volume import Volume

COLUMNS = ("z", "y", "x", "left_mm", "posterior_mm", "superior_mm", "value")


def over_voxels(shown: Map, volume: Volume) -> Volume:
    """The number of its cell for each voxel of the scan, 0 outside the cells; nothing is smoothed.

    It lies where the scan lies, so that any viewer shows it over the scan.
    """
    places, inside = [], []
    for axis, count in enumerate(volume.shape):
        index = (np.arange(count) + 0.5 - shown.mapping.start[axis]) / shown.mapping.scale[axis]
        cells = np.floor(index).astype(np.int64)
        places.append(np.clip(cells, 0, shown.mapping.grid[axis] - 1))
        inside.append((cells >= 0) & (cells < shown.mapping.grid[axis]))
    values = shown.values[np.ix_(*places)]
    values[~(inside[0][:, None, None] & inside[1][:, None] & inside[2])] = 0
    notes = (f"A map, not a scan: {shown.legend}.", shown.means, shown.means_not)
    return replace(
        volume, voxels=np.ascontiguousarray(values, np.float32), unit="arbitrary", notes=notes
    )


def cell_rows(shown: Map, volume: Volume) -> list[dict[str, float]]:
    """A row for each cell: its index, its middle in millimetres and its number, highest first."""
    rows = []
    for flat in np.argsort(-shown.values, axis=None, kind="stable"):
        z, y, x = (int(i) for i in np.unravel_index(flat, shown.values.shape))
        middle = volume.millimetres(shown.mapping.to_voxel((z, y, x)))
        numbers = (z, y, x, *(round(mm, 1) for mm in middle), float(shown.values[z, y, x]))
        rows.append(dict(zip(COLUMNS, numbers, strict=True)))
    return rows
