"""A map as files: NIfTI on the scan's grid, a picture of its strongest slice, a table of its cells.

nifti, png, table = write_map(shown, volume, window, folder)
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.maps.saved import cell_rows, over_voxels
from med3dvlm.ui.components.viewer import DIVERGING, HEAT, ColourMap, Overlay
from med3dvlm.ui.explain.saving import csv_of, new_folder
from med3dvlm.volumes.formats.nifti import save_nifti
from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

NIFTI, PNG, CSV = "map.nii.gz", "map.png", "map.csv"
OPACITY = 0.5
LONGEST_PX = 768
Voxel = tuple[float, float, float]
Shape = tuple[int, int, int]


def overlay_of(shown: Map) -> Overlay:
    """A map as colours over the scan: orange in favour, blue against."""
    return Overlay(
        values=shown.as_bytes(),
        mapping=shown.mapping,
        legend=shown.legend,
        ends=("against", "for") if shown.signed else ("little", "much"),
        colours=colours_of(shown),
        opacity=OPACITY,
    )


def colours_of(shown: Map) -> ColourMap:
    """Two directions for a signed map, else one."""
    return DIVERGING if shown.signed else HEAT


def strongest(shown: Map, shape: Shape) -> Voxel:
    """The middle of that part of the highest cell that lies within the scan."""
    cell = np.unravel_index(int(np.argmax(shown.values)), shown.values.shape)
    middles = []
    for index, first, scale, count in zip(
        cell, shown.mapping.start, shown.mapping.scale, shape, strict=True
    ):
        begin = float(np.clip(first + index * scale, 0, count))
        end = float(np.clip(first + (index + 1) * scale, 0, count))
        middles.append(float(np.clip((begin + end) / 2 - 0.5, 0, count - 1)))
    z, y, x = middles
    return z, y, x


def cells_of(
    mapping: GridMap, axis: int, count: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The cell of each voxel along an axis, and whether the map covers it."""
    index = np.floor((np.arange(count) + 0.5 - mapping.start[axis]) / mapping.scale[axis])
    last = mapping.grid[axis] - 1
    return np.clip(index, 0, last).astype(np.int64), (index >= 0) & (index <= last)


def write_map(shown: Map, volume: Volume, window: Window, folder: Path) -> tuple[Path, ...]:
    """The files in a new folder below `folder`, from which they expire."""
    place = new_folder(folder)
    nifti, png, table = (place / name for name in (NIFTI, PNG, CSV))
    save_nifti(over_voxels(shown, volume), nifti)
    draw_map(shown, volume, window).save(png)
    table.write_text(csv_of(cell_rows(shown, volume)), encoding="utf-8")
    return nifti, png, table


def draw_map(
    shown: Map, volume: Volume, window: Window, *, z: int | None = None
) -> Image.Image:  # fmt: skip
    """An axial slice with the map's colours over it, by default that of the strongest cell."""
    z = round(strongest(shown, volume.shape)[0]) if z is None else z
    grey = np.rint(255 * window.apply(volume.voxels[z])).astype(np.uint8)
    (_, inside), (y, in_y), (x, in_x) = (
        cells_of(shown.mapping, axis, count) for axis, count in enumerate(volume.shape)
    )
    layer = cells_of(shown.mapping, 0, volume.shape[0])[0][z]
    bytes_ = shown.as_bytes()[layer][np.ix_(y, x)]
    colours = _table(colours_of(shown).stops)[bytes_]  # (rows, columns, RGBA)
    colours[~(in_y[:, None] & in_x[None, :] & inside[z])] = 0
    alpha = OPACITY * colours[..., 3:] / 255
    mixed = (1 - alpha) * grey[..., None] + alpha * colours[..., :3]
    picture = Image.fromarray(np.rint(mixed).astype(np.uint8))
    _, y_mm, x_mm = volume.spacing_mm
    height, width = volume.shape[1] * y_mm, volume.shape[2] * x_mm
    scale = LONGEST_PX / max(height, width)
    return picture.resize((max(1, round(width * scale)), max(1, round(height * scale))))


def _table(stops: Sequence[tuple[float, int, int, int, int]]) -> NDArray[np.float64]:
    """Red, green, blue and alpha of each of 256 values: (256, 4)."""
    at = np.array(stops, dtype=np.float64)
    values = np.arange(256) / 255
    return np.stack([np.interp(values, at[:, 0], at[:, c]) for c in range(1, 5)], axis=1)
