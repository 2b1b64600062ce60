"""Cells as colours, and attention, as files.

nifti, png, table = write_colours(colours, mapping, scan.volume, sheet, folder)
table = write_attention(shares, folder)
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from med3dvlm.explain.maps.saved import colour_rows, colours_over_voxels
from med3dvlm.ui.explain.saving import csv_of, new_folder
from med3dvlm.volumes.formats.nifti import save_colours
from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.volume import Volume

Floats = NDArray[np.float32]
NIFTI, PNG, CSV, ATTENTION = "colours.nii.gz", "colours.png", "colours.csv", "attention.csv"


def write_colours(
    colours: Floats, mapping: GridMap, volume: Volume, sheet: Image.Image, folder: Path
) -> tuple[Path, Path, Path]:
    """The files in a new folder below `folder`: on the scan's grid, the picture, a row for a cell.

    Args:
        colours: red, green and blue of each cell (N, 3), in [0, 1].
        mapping: where the cells lie in the volume.
        volume: the scan.
        sheet: the picture.
        folder: from which the files expire.
    """
    place = new_folder(folder)
    nifti, png, table = (place / name for name in (NIFTI, PNG, CSV))
    save_colours(colours_over_voxels(colours, mapping, volume.shape), volume, nifti)
    sheet.save(png)
    table.write_text(csv_of(colour_rows(colours, mapping, volume)), encoding="utf-8")
    return nifti, png, table


def write_attention(shares: Floats, folder: Path) -> Path:
    """A row for each layer and a column for each image token, in a new folder below `folder`."""
    table = new_folder(folder) / ATTENTION
    rows = [
        {"layer": layer} | {f"token {n}": f"{share:.6f}" for n, share in enumerate(row, start=1)}
        for layer, row in enumerate(shares, start=1)
    ]
    table.write_text(csv_of(rows), encoding="utf-8")
    return table
