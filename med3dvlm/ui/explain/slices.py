"""Two slices of a scan as one picture, on request with a ring around a place.

data = two_slices(volume, ABDOMEN, (40, 120, 60), ring_mm=30)     # WebP
"""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

WIDTH, TALLEST, GAP = 280, 280, 4
RING = "#ffb000"
QUALITY = 85
Voxel = tuple[float, float, float]
Pair = tuple[float, float]


def two_slices(
    volume: Volume, window: Window, center: Voxel, *, ring_mm: float = 0, beside: bool = True
) -> bytes:
    """An axial and a coronal slice through a voxel, at their true aspect.

    Args:
        volume: the scan.
        window: grey scale.
        center: voxel `(z, y, x)`; outside the scan, the nearest.
        ring_mm: diameter of a ring around it; 0 draws none.
        beside: side by side, or else one below the other.
    """
    z, y, x = (min(max(p, 0.0), n - 1.0) for p, n in zip(center, volume.shape, strict=True))
    dz, dy, dx = volume.spacing_mm
    voxels: NDArray[Any] = volume.voxels
    last = volume.shape[0] - 1
    panes = (
        _pane(voxels[round(z)], (dy, dx), window, (y, x), ring_mm),
        _pane(voxels[::-1, round(y)], (dz, dx), window, (last - z, x), ring_mm),  # head up
    )
    first, second = panes
    left, top = (first.width + GAP, 0) if beside else (0, first.height + GAP)
    size = max(first.width, left + second.width), max(first.height, top + second.height)
    sheet = Image.new("RGB", size)
    sheet.paste(first, (0, 0))
    sheet.paste(second, (left, top))
    return webp(sheet)


def webp(picture: Image.Image) -> bytes:
    """A picture as the bytes of a WebP file."""
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=QUALITY)
    return stream.getvalue()


def _pane(
    pixels: NDArray[Any], pixel_mm: Pair, window: Window, place: Pair, ring_mm: float
) -> Image.Image:
    rows_mm, columns_mm = (n * mm for n, mm in zip(pixels.shape, pixel_mm, strict=True))
    scale = min(WIDTH / columns_mm, TALLEST / rows_mm)
    size = max(1, round(columns_mm * scale)), max(1, round(rows_mm * scale))
    grey = np.rint(255 * window.apply(pixels)).astype(np.uint8)
    pane = Image.fromarray(grey).resize(size).convert("RGB")
    if ring_mm:
        down, across = ((p + 0.5) * mm * scale for p, mm in zip(place, pixel_mm, strict=True))
        radius = ring_mm * scale / 2 + 5
        around = (across - radius, down - radius, across + radius, down + radius)
        ImageDraw.Draw(pane).ellipse(around, outline=RING, width=2)
    return pane
