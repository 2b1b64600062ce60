"""A small picture of a volume for lists: an axial and a coronal slice side by side.

data = thumbnail(volume, ABDOMEN)                              # through the middle
data = thumbnail(volume, LUNG, center=(40, 60, 70), planes=("axial",))
data = slice_picture(stored, affine)                           # one stored slice
"""

import io
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from med3dvlm.volumes.orientation import Affine, to_canonical
from med3dvlm.volumes.views.heat import Heat, coloured
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

Plane = Literal["axial", "coronal"]
PANEL = (160, 120)  # columns and rows of one slice
GAP = 2
QUALITY = 80
# Rows and columns of a slice are cropped if at most SHARE of their pixels are brighter than the
# darkest pixel by more than STEP, a share of the window.
STEP, SHARE = 0.12, 0.02


def thumbnail(
    volume: Volume,
    window: Window,
    *,
    center: tuple[float, float, float] | None = None,
    planes: tuple[Plane, ...] = ("axial", "coronal"),
    heat: Heat | None = None,
) -> bytes:
    """A WebP picture, `PANEL` pixels for each plane.

    Args:
        volume: the scan.
        window: grey scale.
        center: voxel `(z, y, x)` the slices go through; the middle when None.
        planes: which slices, from left to right.
        heat: coloured over them.
    """
    place = center or tuple((n - 1) / 2 for n in volume.shape)
    index = [min(max(round(p), 0), n - 1) for p, n in zip(place, volume.shape, strict=True)]
    width, height = PANEL
    sheet = Image.new("RGB" if heat else "L", (len(planes) * (width + GAP) - GAP, height))
    for number, plane in enumerate(planes):
        over = _upright(heat.on(*_across(plane, index), volume.shape), plane) if heat else None
        panel = _panel(_slice(volume, plane, index), _pixel_mm(volume, plane), window, over)
        left = number * (width + GAP) + (width - panel.width) // 2
        sheet.paste(panel, (left, (height - panel.height) // 2))
    stream = io.BytesIO()
    sheet.save(stream, "WEBP", quality=QUALITY)
    return stream.getvalue()


def slice_picture(stored: NDArray[Any], affine: Affine, *, known: bool = True) -> bytes:
    """A WebP picture of one slice, upright if its orientation is known, windowed by its values.

    Args:
        stored: `[j, i]`.
        affine: from `(i, j, k, 1)` to LPS mm.
        known: whether the affine gives the patient's orientation.
    """
    lone, placed = stored[None].astype(np.float32), affine
    if known:
        lone, placed, _ = to_canonical(lone, affine)
    thin = int(np.argmin(lone.shape))
    dx, dy, dz = np.linalg.norm(placed[:3, :3], axis=0)
    steps = [float(step) for axis, step in enumerate((dz, dy, dx)) if axis != thin]
    pixels: NDArray[np.float32] = np.nan_to_num(np.take(lone, 0, axis=thin))
    low, high = np.percentile(pixels, [2, 99])
    window = Window(center=float(low + high) / 2, width=max(float(high - low), 1e-6))
    panel = _panel(pixels[::-1] if thin and known else pixels, (steps[0], steps[1]), window)
    stream = io.BytesIO()
    panel.save(stream, "WEBP", quality=QUALITY)
    return stream.getvalue()


def _slice(volume: Volume, plane: Plane, index: list[int]) -> NDArray[Any]:
    axis, number = _across(plane, index)
    return _upright(np.take(volume.voxels, number, axis=axis), plane)


def _across(plane: Plane, index: list[int]) -> tuple[int, int]:
    """The axis that a slice lies across, and where."""
    axis = 0 if plane == "axial" else 1
    return axis, index[axis]


def _upright(pixels: NDArray[Any], plane: Plane) -> NDArray[Any]:
    """Rows from the top of the screen: front first, or head first."""
    return pixels if plane == "axial" else pixels[::-1]


def _pixel_mm(volume: Volume, plane: Plane) -> tuple[float, float]:
    """Height and width of a pixel."""
    dz, dy, dx = volume.spacing_mm
    return (dy, dx) if plane == "axial" else (dz, dx)


def _panel(
    pixels: NDArray[Any], pixel_mm: tuple[float, float], window: Window,
    heat: NDArray[np.float32] | None = None,
) -> Image.Image:  # fmt: skip
    """The slice without its dark margins, scaled to fit the panel at its true aspect ratio."""
    whole = window.apply(pixels)
    cut = _bright_part(whole)
    grey = whole[cut]
    rows_mm, columns_mm = grey.shape[0] * pixel_mm[0], grey.shape[1] * pixel_mm[1]
    scale = min(PANEL[0] / columns_mm, PANEL[1] / rows_mm)
    size = (max(1, round(columns_mm * scale)), max(1, round(rows_mm * scale)))
    picture = Image.fromarray(np.rint(grey * 255).astype(np.uint8))
    shown = picture.resize(size, Image.Resampling.LANCZOS)
    return shown if heat is None else coloured(shown, heat[cut])


def _bright_part(grey: NDArray[np.float32]) -> tuple[slice, slice]:
    bright = grey > grey.min() + STEP
    rows, columns = (np.flatnonzero(bright.mean(axis=axis) > SHARE) for axis in (1, 0))
    if rows.size == 0 or columns.size == 0:
        return slice(None), slice(None)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
