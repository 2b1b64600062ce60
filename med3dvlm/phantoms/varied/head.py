"""Head and neck: skull with brain, face with its air spaces, and what runs down to the chest."""

import numpy as np

from med3dvlm.phantoms.canvas import Canvas, Lumps, Point
from med3dvlm.phantoms.texture import cloud_bank, crop
from med3dvlm.phantoms.varied.person import Person
from med3dvlm.phantoms.varied.tissues import Enhanced

SKULL: Point = (0, 4, 648)
SKULL_MM: Point = (70, 90, 80)
BRAIN_HU, FLUID_HU, AIR_HU = 34.0, 8.0, -980.0
TOOTH_HU = 1800.0


def draw_neck(canvas: Canvas, acquisition: Enhanced) -> None:
    """Muscles, airway, gullet, thyroid and vessels between chest and skull."""
    if canvas.z[-1] < 436:
        return
    canvas.column([(0, 10, 446), (0, 8, 500), (0, 4, 575)], [54, 53, 56], acquisition.hu("muscle"))
    for side in (-1, 1):
        canvas.column([(side * 40, -14, 440), (side * 44, 10, 560)], [5.0, 4.0], -90)
        canvas.column(
            [(side * 26, -10, 430), (side * 30, 4, 560)], [4.5, 4.5], acquisition.hu("artery")
        )
        canvas.column(
            [(side * 34, -8, 430), (side * 40, 8, 560)], [6.5, 5.5], acquisition.hu("vein")
        )
        canvas.blob((side * 16, -30, 470), (11, 12, 22), acquisition.hu("gland") + 50)
    canvas.column([(0, -14, 440), (0, -26, 500), (0, -22, 545)], [11, 13, 12], 40)
    canvas.column([(0, -14, 440), (0, -26, 500), (0, -22, 560)], [8, 8, 9], AIR_HU)
    canvas.shell((0, -32, 506), (20, 16, 14), 4.0, 180)


def draw_head(
    canvas: Canvas, person: Person, acquisition: Enhanced, rng: np.random.Generator
) -> None:
    """Face first, then the skull and what is in it; drawn after the trunk."""
    if canvas.z[-1] < 535:
        return
    _draw_face(canvas, acquisition, fillings=bool(rng.random() < 0.3))
    x, y, z = (r * float(rng.uniform(0.94, 1.06)) for r in SKULL_MM)
    scalp = float(rng.uniform(5, 10))
    thick = float(rng.uniform(5, 9))
    canvas.blob(SKULL, (x + scalp, y + scalp, z + scalp), 0.5 * acquisition.hu("fat"))
    canvas.blob(SKULL, (x, y, z), 1.35 * acquisition.hu("cortex"))
    box, coverage = canvas.ellipsoid(SKULL, (x - thick, y - thick, z - thick))
    if not box.empty:
        texture = crop(cloud_bank(), coverage.shape, rng)
        canvas.paint(box, coverage, np.float32(BRAIN_HU) + np.float32(3.0) * texture)
    wide = 1 + max(person.age - 50, 0) / 50
    for side in (-1, 1):
        canvas.blob((side * 12 * wide, -6, 660), (5 * wide, 30, 13), FLUID_HU, tilt=0.2 * side)
        canvas.blob((side * 44, 30, 590), (13, 14, 10), AIR_HU + 300)
    canvas.blob((0, 8, 588), (58, 62, 6), 0.9 * acquisition.hu("cortex"))
    canvas.blob((0, 12, 588), (14, 16, 9), BRAIN_HU)
    for side in (-1, 1):
        canvas.blob((side * 31, -80, 620), (15, 15, 15), 12.0)


def _draw_face(canvas: Canvas, acquisition: Enhanced, *, fillings: bool) -> None:
    bone, muscle = acquisition.hu("cortex"), acquisition.hu("muscle")
    canvas.blob((0, -46, 582), (62, 66, 56), acquisition.hu("fat"), lumps=Lumps(0.1, 2.0, 1.0))
    canvas.blob((0, -40, 578), (54, 58, 50), muscle)
    canvas.blob((0, -100, 588), (14, 16, 20), acquisition.hu("skin"))
    # Cheek bones and jaws around their air.
    canvas.shell((0, -60, 602), (46, 38, 26), 3.0, 0.8 * bone)
    for side in (-1, 1):
        canvas.blob((side * 26, -66, 598), (15, 17, 17), AIR_HU)
        canvas.tube(
            [(side * 46, -20, 585), (side * 42, -50, 545), (side * 8, -92, 538)],
            [7.0, 8.0, 9.0],
            bone,
        )
    canvas.blob((0, -72, 602), (10, 24, 22), AIR_HU)
    for side in (-1, 1):
        canvas.blob((side * 5, -72, 600), (2.5, 20, 16), 30.0)
    canvas.tube([(-26, -72, 556), (0, -96, 556), (26, -72, 556)], [6.0] * 3, TOOTH_HU)
    if fillings:
        canvas.blob((22, -80, 558), (5, 5, 4), 3000.0)
    canvas.blob((0, -30, 570), (9, 8, 22), AIR_HU)
