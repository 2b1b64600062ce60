"""Pictures of how the model is built, on the model's own input.

draw_lattice(voxels, z), draw_field(field, voxels, edges_mm), draw_levels(stop.picture)     # PNG
"""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from med3dvlm.explain.structure.lattice import stem_lines
from med3dvlm.explain.structure.receptive import Field, Sides

Bytes = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]
# Of the lines along depth, height and width: light, middle and dark for eyes without colour.
LINES = np.array([(255, 214, 90), (60, 200, 180), (70, 120, 255)], np.float64)
HEAT = np.array((255, 176, 0), np.float64)
CELL, REACH = (255, 255, 255), (90, 170, 255)
WIDE, GAP, TALL = 384, 6, 300
STRENGTH = 0.75


def draw_lattice(voxels: Floats, z: int) -> bytes:
    """A slice of the input that lies on the stem's lines, and the one after it, side by side."""
    lines = stem_lines(voxels.shape)
    panes = []
    for layer in (z, z + 1):
        grey = np.repeat(255 * voxels[layer][..., None].astype(np.float64), 3, axis=2)
        grey = 0.8 * grey
        for axis in (1, 2, 0):  # dots along depth last, so that they are not covered
            read = lines[axis][layer]
            grey[read] = (1 - STRENGTH) * grey[read] + STRENGTH * LINES[axis]
        scale = max(2, round(WIDE / voxels.shape[2]))
        size = (voxels.shape[2] * scale, voxels.shape[1] * scale)
        pane = Image.fromarray(np.rint(grey).astype(np.uint8))
        panes.append(pane.resize(size, Image.Resampling.NEAREST))
    return _beside(panes)


def draw_field(field: Field, voxels: Floats, edges_mm: Sides) -> bytes:
    """An axial and a coronal slice through the middle of a cell, with what it sees."""
    z, y, _ = ((a + b - 1) // 2 for a, b in zip(field.begin, field.end, strict=True))
    heat = np.sqrt(_smoothed(field.slopes))
    heat = heat / (float(heat.max()) or 1.0)
    boxes = (
        (field.begin, field.end, CELL), (field.reach_begin, field.reach_end, REACH),
    )  # fmt: skip
    dz, dy, dx = edges_mm
    axial = _pane(voxels[z], heat[z], (dy, dx), [(a[1:], b[1:], c) for a, b, c in boxes])
    coronal = _pane(
        voxels[:, y], heat[:, y], (dz, dx), [((a[0], a[2]), (b[0], b[2]), c) for a, b, c in boxes]
    )
    flipped = coronal.transpose(Image.Transpose.FLIP_TOP_BOTTOM)  # head up
    return _beside([axial, flipped])


def draw_levels(values: Floats, *, longest: int = 96) -> bytes:
    """Numbers as grey squares, the largest white; the longer edge is about `longest` pixels."""
    span = float(np.ptp(values)) or 1.0
    grey = np.rint(255 * (values - values.min()) / span).astype(np.uint8)
    rows, columns = grey.shape
    scale = max(1, round(longest / max(rows, columns)))
    size = (columns * scale, max(rows * scale, 10))
    return _png(Image.fromarray(grey).resize(size, Image.Resampling.NEAREST))


def _smoothed(slopes: Floats, block: int = 4) -> Floats:
    """Means over blocks, back at full size, so that the stem's lattice doesn't show."""
    pads = [(0, -n % block) for n in slopes.shape]
    padded = np.pad(slopes, pads)
    d, h, w = (n // block for n in padded.shape)
    means = padded.reshape(d, block, h, block, w, block).mean(axis=(1, 3, 5))
    whole = means.repeat(block, 0).repeat(block, 1).repeat(block, 2)
    cut: Floats = whole[tuple(slice(n) for n in slopes.shape)]
    return cut


def _pane(
    voxels: Floats, heat: Floats, pixel_mm: tuple[float, float],
    boxes: list[tuple[tuple[int, ...], tuple[int, ...], tuple[int, int, int]]],
) -> Image.Image:  # fmt: skip
    grey = np.repeat(255 * voxels[..., None].astype(np.float64), 3, axis=2)
    alpha = STRENGTH * heat[..., None]
    mixed = Image.fromarray(np.rint((1 - alpha) * grey + alpha * HEAT).astype(np.uint8))
    rows, columns = voxels.shape
    scale = min(WIDE / (columns * pixel_mm[1]), TALL / (rows * pixel_mm[0]))
    down, across = pixel_mm[0] * scale, pixel_mm[1] * scale
    pane = mixed.resize((max(1, round(columns * across)), max(1, round(rows * down))))
    pen = ImageDraw.Draw(pane)
    for (top, left), (bottom, right), colour in boxes:
        pen.rectangle(
            (left * across, top * down, right * across - 1, bottom * down - 1),
            outline=colour, width=2,
        )  # fmt: skip
    return pane


def _beside(panes: list[Image.Image]) -> bytes:
    wide = sum(pane.width for pane in panes) + GAP * (len(panes) - 1)
    sheet = Image.new("RGB", (wide, max(pane.height for pane in panes)))
    left = 0
    for pane in panes:
        sheet.paste(pane, (left, 0))
        left += pane.width + GAP
    return _png(sheet)


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()
