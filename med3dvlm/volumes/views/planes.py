"""Three planes of a volume as one picture for notebooks and documents, with a map over them if any.

data = plane_picture(volume)                                    # PNG, through the middle
data = plane_picture(volume, center=(40, 60, 70), over=values)  # warm where a map is high
"""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from med3dvlm.volumes.views.body import sample
from med3dvlm.volumes.views.opening import opening_window
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

SIDE = 256  # pixels of the longest edge of a plane
GAP = 4
STRONGEST = 0.6  # how much of the grey a map may cover
FOR, AGAINST = (255.0, 120.0, 0.0), (0.0, 140.0, 255.0)  # colours of a map above and below zero


def plane_picture(
    volume: Volume,
    *,
    window: Window | None = None,
    center: tuple[float, float, float] | None = None,
    over: NDArray[Any] | None = None,
) -> bytes:
    """Axial, coronal and sagittal plane side by side, the patient's right and front on the left.

    Args:
        volume: the scan.
        window: grey scale; one that suits the scan when None.
        center: voxel `(z, y, x)` the planes go through; the middle when None.
        over: a number for each voxel of the volume; orange above zero, blue below.
    """
    grey = window or opening_window(volume, sample(volume))
    place = center or tuple((n - 1) / 2 for n in volume.shape)
    index = [min(max(round(p), 0), n - 1) for p, n in zip(place, volume.shape, strict=True)]
    edge = max(volume.extent_mm)
    most = float(np.abs(over).max()) or 1.0 if over is not None else 1.0
    panels = [
        _panel(
            grey.apply(_plane(volume.voxels, axis, index)),
            None if over is None else _plane(over, axis, index) / most,
            _size(volume, axis, edge),
        )
        for axis in range(3)
    ]
    width = sum(panel.width for panel in panels) + GAP * (len(panels) - 1)
    sheet = Image.new("RGB", (width, max(panel.height for panel in panels)))
    left = 0
    for panel in panels:
        sheet.paste(panel, (left, (sheet.height - panel.height) // 2))
        left += panel.width + GAP
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    return stream.getvalue()


def _plane(values: NDArray[Any], axis: int, index: list[int]) -> NDArray[Any]:
    """Rows from the top of the screen: front first, or head first."""
    plane: NDArray[Any] = np.take(values, index[axis], axis=axis)
    return plane if axis == 0 else plane[::-1]


def _size(volume: Volume, axis: int, edge_mm: float) -> tuple[int, int]:
    """Columns and rows of a plane in pixels, the same scale for all three."""
    rows, columns = (mm for number, mm in enumerate(volume.extent_mm) if number != axis)
    return max(1, round(SIDE * columns / edge_mm)), max(1, round(SIDE * rows / edge_mm))


def _panel(
    grey: NDArray[np.float32], share: NDArray[Any] | None, size: tuple[int, int]
) -> Image.Image:
    colours = np.repeat(255.0 * grey[..., None], 3, axis=-1)
    if share is not None:
        tint = np.where(share[..., None] > 0, FOR, AGAINST)
        cover = STRONGEST * np.abs(share)[..., None]
        colours = (1 - cover) * colours + cover * tint
    picture = Image.fromarray(np.rint(colours).astype(np.uint8))
    return picture.resize(size, Image.Resampling.BILINEAR)
