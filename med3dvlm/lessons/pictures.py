"""A slice to click in, and the same with what was clicked, what the model marks, and the truth.

data = slice_picture(volume, window, z)                         # WebP
data = slice_picture(volume, window, z, mask=mask, learner=(12, 40), model=(14, 38))
"""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from med3dvlm.lessons.scoring import Mask, Place
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

WIDE, TALLEST = 480, 480
TRUTH, LEARNER, MODEL = (80, 220, 190), (255, 176, 0), (110, 170, 255)
RADIUS, LINE = 11, 3
SIDES_PX = 18  # height of the letters R and L
QUALITY = 88


def slice_picture(
    volume: Volume, window: Window, z: int, *, mask: Mask | None = None,
    learner: Place | None = None, model: Place | None = None,
) -> bytes:  # fmt: skip
    """An axial slice at its true aspect, the patient's right on the left and lettered R.

    Args:
        volume: the scan.
        window: its grey scale.
        z: the slice.
        mask: drawn as an outline.
        learner: row and column, drawn as a ring.
        model: row and column, drawn as a square.
    """
    _, down, across = volume.spacing_mm
    rows, columns = volume.shape[1:]
    scale = min(WIDE / (columns * across), TALLEST / (rows * down))
    size = max(1, round(columns * across * scale)), max(1, round(rows * down * scale))
    grey = np.rint(255 * window.apply(volume.voxels[z])).astype(np.uint8)
    picture = Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC).convert("RGB")
    if mask is not None and mask.any():
        picture.paste(TRUTH, (0, 0), _outline(mask, size))
    pen = ImageDraw.Draw(picture)
    _letter_sides(pen, size)
    for place, colour, shape in ((model, MODEL, pen.rectangle), (learner, LEARNER, pen.ellipse)):
        if place is not None:
            x, y = (place[1] + 0.5) * across * scale, (place[0] + 0.5) * down * scale
            box = (x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS)
            shape(box, outline=colour, width=LINE)
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=QUALITY)
    return stream.getvalue()


def _letter_sides(pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    font = ImageFont.load_default(SIDES_PX)
    for x, letter, anchor in ((5, "R", "lm"), (size[0] - 5, "L", "rm")):
        pen.text(
            (x, size[1] // 2), letter, "white", font, anchor, stroke_width=2, stroke_fill="black"
        )


def _outline(mask: Mask, size: tuple[int, int]) -> Image.Image:
    inside = np.asarray(Image.fromarray((255 * mask).astype(np.uint8)).resize(size)) > 127
    grown = np.pad(inside, 2)
    rows, columns = inside.shape
    around = np.zeros_like(inside)
    for down in range(5):
        for across in range(5):
            around |= grown[down : down + rows, across : across + columns]
    return Image.fromarray(255 * (around & ~inside).astype(np.uint8))
