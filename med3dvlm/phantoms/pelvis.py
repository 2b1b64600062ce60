"""Draws the pelvis: bones, muscles, bladder and adjacent organs."""

from typing import TypeVar

import numpy as np

from med3dvlm.phantoms.acquisition import Acquisition
from med3dvlm.phantoms.anatomy import Anatomy
from med3dvlm.phantoms.canvas import Canvas, Field, Point, clip01

PLATE_MM = 11.0
Number = TypeVar("Number", float, Field)


def draw_pelvis(canvas: Canvas, anatomy: Anatomy, acquisition: Acquisition) -> None:
    """Muscles first, then bones, then the organs between them."""
    if canvas.z[0] > 42:
        return
    _draw_muscles(canvas, acquisition)
    _draw_sacrum(canvas, acquisition)
    for side in (-1, 1):
        draw_iliac_wing(canvas, acquisition, side)
        _draw_hip(canvas, acquisition, side)
    draw_bladder(canvas, anatomy, acquisition)


def _draw_muscles(canvas: Canvas, acquisition: Acquisition) -> None:
    muscle = acquisition.hu("muscle")
    for side in (-1, 1):
        canvas.blob((side * 84, 66, -78), (62, 42, 92), muscle, tilt=0.15 * side)
        canvas.blob((side * 122, -14, -100), (38, 46, 96), muscle)
        canvas.blob((side * 72, 4, -160), (66, 78, 62), muscle)
        canvas.blob((side * 48, 22, -118), (14, 36, 34), muscle)
        canvas.blob((side * 30, -66, -168), (26, 24, 46), muscle)
        canvas.blob((side * 92, 58, -84), (66, 4, 74), -95, tilt=0.2 * side)


def _draw_sacrum(canvas: Canvas, acquisition: Acquisition) -> None:
    cortex, marrow = acquisition.hu("cortex"), acquisition.hu("marrow")
    points: list[Point] = [(0, 52, -34), (0, 64, -58), (0, 74, -82), (0, 76, -104), (0, 68, -122)]
    for (x, y, z), rx, ry in zip(points, (50, 42, 32, 22, 12), (19, 16, 13, 10, 8), strict=True):
        canvas.blob((x, y, z), (rx, ry, 17), cortex * 0.8)
        canvas.blob((x, y, z), (rx - 3, ry - 3, 15.5), marrow)
    for side in (-1, 1):
        for z in (-44, -68, -90):
            canvas.blob((side * 17, 64, z), (4.5, 6, 5), -20)


def iliac_point(side: int, u: float, v: float) -> Point:
    """A point on the iliac wing: u from front (-1) to sacrum (1), v from hip (0) to crest (1)."""
    x = HIP_X + v * (_crest_x(u) - HIP_X)
    return side * x, HIP_Y + v * u * WING_Y, HIP_Z + v * (_crest_z(u) - HIP_Z)


HIP_X, HIP_Y, HIP_Z, WING_Y = 84.0, 12.0, -84.0, 48.0


def _crest_x(u: Number) -> Number:
    return 92.0 - 30.0 * u + 10.0 * (1 - u * u)


def _crest_z(u: Number) -> Number:
    return -16.0 - 12.0 * u + 34.0 * (1 - u * u)


def draw_iliac_wing(canvas: Canvas, acquisition: Acquisition, side: int) -> None:
    """A bent plate, thick at the rim: cortex around marrow."""
    box = canvas.box((side * 84.0, HIP_Y, -32.0), (54.0, 62.0, 66.0))
    if box.empty:
        return
    z, y, x = canvas.axes(box)
    rise = clip01((z - HIP_Z) / np.float32(70.0))
    u = np.clip((y - HIP_Y) / (WING_Y * (0.25 + 0.75 * rise)), -1.3, 1.3)
    v = np.clip((z - HIP_Z) / (_crest_z(np.clip(u, -1, 1)) - HIP_Z), 0, 1.4)
    middle = HIP_X + v * (_crest_x(np.clip(u, -1, 1)) - HIP_X)
    half = PLATE_MM * (0.55 + 0.25 * np.maximum(v, 1 - v) ** 4 + 0.25 * u**4 / 3)
    sz, sy, sx = canvas.spacing_mm
    edges = clip01((1.0 - np.abs(u)) * (WING_Y / sy) + 0.5)
    edges = edges * clip01((1.0 - v) * (80.0 / sz) + 0.5)
    for bone, shrink in (("cortex", 0.0), ("marrow", 2.4)):
        plate = clip01((half - shrink - np.abs(side * x - middle)) / np.float32(sx) + 0.5)
        canvas.paint(box, (plate * edges).astype(np.float32), acquisition.hu(bone))


def _draw_hip(canvas: Canvas, acquisition: Acquisition, side: int) -> None:
    cortex, marrow = acquisition.hu("cortex"), acquisition.hu("marrow")
    hip: Point = (side * 88, 8, -104)
    canvas.shell(hip, (33, 33, 33), 6.0, cortex)
    canvas.blob((side * 112, 6, -118), (24, 24, 26), 40)
    canvas.blob(hip, (24, 24, 24), cortex)
    canvas.blob(hip, (21.5, 21.5, 21.5), marrow + 90)
    shaft: list[Point] = [hip, (side * 118, 14, -132), (side * 124, 12, -200)]
    canvas.tube(shaft, [14, 19, 16], cortex)
    canvas.tube(shaft, [11.5, 16, 10], marrow * 0.7)
    for points, r in (
        ([(side * 66, -20, -108), (side * 34, -52, -118), (side * 6, -62, -124)], 8.0),
        ([(side * 6, -62, -126), (side * 32, -28, -158), (side * 56, 30, -166)], 7.0),
        ([(side * 74, 34, -112), (side * 60, 42, -160)], 12.0),
    ):
        canvas.tube(points, [r] * len(points), cortex)
        canvas.tube(points, [r - 2.5] * len(points), marrow)


def draw_bladder(canvas: Canvas, anatomy: Anatomy, acquisition: Acquisition) -> None:
    """Bladder with excreted contrast layering posteriorly; uterus or prostate and rectum behind."""
    uterus = anatomy.organs["uterus"]
    canvas.blob(uterus.center, uterus.radii, acquisition.hu("gland"), lumps=uterus.lumps)
    canvas.blob((0, 50, -112), (16, 15, 42), acquisition.hu("bowel wall"))
    canvas.blob((2, 46, -108), (9, 8, 30), -420)
    bladder = anatomy.organs["bladder"]
    rx, ry, rz = bladder.radii
    canvas.blob(bladder.center, (rx + 3.5, ry + 3.5, rz + 3.5), acquisition.hu("bowel wall"))
    box, coverage = canvas.ellipsoid(bladder.center, bladder.radii)
    if box.empty:
        return
    _, y, _ = canvas.axes(box)
    settled = np.clip((y - bladder.center[1]) / (0.5 * ry) + 0.6, 0.45, 1)
    plain = 4.0
    urine = plain + settled * (acquisition.hu("urine in bladder") - plain)
    canvas.paint(box, coverage, urine.astype(np.float32))
