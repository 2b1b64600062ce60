"""Draws the chest: lungs with vessels, heart, great vessels, airways."""

import numpy as np

from med3dvlm.phantoms.acquisition import Acquisition
from med3dvlm.phantoms.anatomy import Anatomy, Organ
from med3dvlm.phantoms.canvas import Box, Canvas, Field, Point, clip01
from med3dvlm.phantoms.texture import crop, thread_bank

LUNG_HU = -865.0
LUNG_VESSEL_HU = 760.0
AIRWAY_HU = -985.0
MEDIASTINAL_FAT_HU = -95.0

ARCH: tuple[Point, ...] = (
    (-8, -14, 292), (-16, -22, 330), (-12, -16, 356), (4, 4, 368), (18, 26, 360), (24, 38, 340),
)  # fmt: skip


def lung_field(canvas: Canvas, anatomy: Anatomy, inside: Field, side: int) -> tuple[Box, Field]:
    """Coverage of one pleural cavity (side -1 right, 1 left) in its box."""
    dome = anatomy.dome_mm[0 if side < 0 else 1]
    box = canvas.box((side * 82.0, 0, dome + 100), (74.0, 125.0, 178.0))
    if box.empty:
        return box, np.zeros((0, 0, 0), np.float32)
    z, y, x = canvas.axes(box)
    floor = dome - 62 * ((x - side * 76) / 82) ** 2 - 20 * ((y + 10) / 80) ** 2
    floor = floor - 55 * np.maximum((y + 10) / 80, 0) ** 2
    # The cavity narrows towards the apex and stays off the midline.
    apex = 431 - 95 * ((x - side * 58) / 72) ** 2 - 70 * ((y - 8) / 80) ** 2
    coverage = z - floor
    np.minimum(coverage, 0.5 * (apex - z), out=coverage)
    coverage *= np.float32(1 / canvas.spacing_mm[0])
    coverage += np.float32(0.5)
    clip01(coverage)
    beside = clip01((side * x - 9) * np.float32(1 / canvas.spacing_mm[2]) + np.float32(0.5))
    coverage *= beside
    coverage *= inside[box]
    return box, coverage


def draw_lungs(
    canvas: Canvas, lungs: dict[str, tuple[Box, Field]], rng: np.random.Generator
) -> None:
    """Both lungs: air with a dependent gradient and vessels thinning towards the wall."""
    for name, side in (("right", -1), ("left", 1)):
        box, coverage = lungs[name]
        if box.empty:
            continue
        _, y, x = canvas.axes(box)
        central = np.clip(1.25 - np.hypot((x - side * 40) / 75, (y - 5) / 105), 0.25, 1)
        hu = crop(thread_bank(), coverage.shape, rng) * (np.float32(LUNG_VESSEL_HU) * central)
        hu += LUNG_HU + 0.28 * y
        canvas.paint(box, coverage, hu)


def draw_mediastinum(
    canvas: Canvas, anatomy: Anatomy, acquisition: Acquisition, rng: np.random.Generator
) -> None:
    """Fat, heart, great vessels, airways and oesophagus, from the outside in."""
    if canvas.z[-1] < 190:
        return
    x, y = anatomy.spine(320)
    canvas.blob((2, 4, 330), (33, 58, 118), MEDIASTINAL_FAT_HU)
    canvas.blob((x * 0.6, y * 0.7, 320), (24, 26, 130), MEDIASTINAL_FAT_HU)
    _draw_heart(canvas, anatomy.organs["heart"], acquisition)
    draw_aorta(canvas, anatomy, acquisition)
    vein, right = acquisition.hu("vein"), acquisition.hu("right heart")
    canvas.column([(-26, -10, 275), (-28, -10, 330), (-24, -14, 400)], [10, 9, 8], right)
    canvas.tube([(6, -26, 292), (10, -14, 322)], [14, 13], right)
    canvas.tube([(10, -14, 322), (-18, 2, 326), (-44, 6, 322)], [12, 10, 8], right)
    canvas.tube([(10, -14, 322), (30, 6, 330), (46, 16, 326)], [12, 10, 8], right)
    for points in (
        [(-12, -12, 366), (-24, -12, 400), (-30, -8, 440)],
        [(4, 0, 370), (12, -4, 440)],
        [(16, 20, 362), (24, 14, 440)],
    ):
        canvas.column(points, [6.0] * len(points), acquisition.hu("artery"))
    _draw_airways(canvas)
    canvas.column([(5, 24, 440), (8, 26, 330), (10, 22, 230), (22, 2, 205)], [6.5] * 4, 38)
    canvas.column([(5, 24, 440), (8, 26, 330)], [2.0] * 2, -300)
    canvas.blob((0, -4, 425), (26, 13, 16), acquisition.hu("gland") + 40)
    canvas.blob((0, 4, 425), (9, 9, 18), AIRWAY_HU)
    _draw_hila(canvas, vein, rng)


def _draw_heart(canvas: Canvas, heart: Organ, acquisition: Acquisition) -> None:
    fat = tuple(r + 5 for r in heart.radii)
    canvas.blob(heart.center, (fat[0], fat[1], fat[2]), -88, tilt=heart.tilt)
    canvas.blob(heart.center, heart.radii, acquisition.hu("myocardium"), tilt=heart.tilt)
    left, right = acquisition.hu("artery"), acquisition.hu("right heart")
    rx, ry, rz = heart.radii
    for place, size, blood in (
        ((0.30, 0.16, -0.25), (0.38, 0.44, 0.50), left),
        ((-0.20, -0.50, -0.20), (0.50, 0.30, 0.48), right),
        ((-0.10, 0.58, 0.38), (0.48, 0.34, 0.38), left),
        ((-0.66, 0.10, 0.10), (0.26, 0.44, 0.42), right),
    ):
        size_mm = (size[0] * rx, size[1] * ry, size[2] * rz)
        canvas.blob(heart.at(*place), size_mm, blood)


def draw_aorta(canvas: Canvas, anatomy: Anatomy, acquisition: Acquisition) -> None:
    """Ascending aorta, arch and thoracic descending aorta, with calcified plaques."""
    blood = acquisition.hu("artery")
    up, down = anatomy.ascending_aorta_mm / 2, anatomy.descending_aorta_mm / 2
    arch = [min(up, 17.0), min(down, 15.0) + 1, min(down, 15.0)]
    canvas.tube(ARCH, [up, up, *arch, down], blood)
    course = descending_course(anatomy)
    canvas.column(course, [down] * len(course), blood)
    plaques = {"none": 0, "moderate": 5, "severe": 14}[anatomy.calcification]
    for i in range(plaques):
        angle = 2.4 * i
        z = 230 + (i * 53) % 110
        x = float(np.interp(z, [course[-1][2], course[0][2]], [course[-1][0], course[0][0]]))
        y = float(np.interp(z, [course[-1][2], course[0][2]], [course[-1][1], course[0][1]]))
        place = (x + down * np.cos(angle), y + down * np.sin(angle), float(z))
        canvas.blob(place, (3.0, 3.0, 5.0), 850)


def descending_course(anatomy: Anatomy) -> list[Point]:
    """Centre line of the descending aorta, next to the spine, from its top to the diaphragm."""
    points: list[Point] = [ARCH[-1]]
    for z in (300.0, 250.0, 205.0):
        x, y = anatomy.spine(z)
        points.append((x + 22 - 8 * (z < 230), y - 12 - 8 * (z < 230), z))
    return points


def _draw_airways(canvas: Canvas) -> None:
    tracks: list[tuple[list[Point], list[float]]] = [
        ([(0, 6, 445), (0, 12, 345)], [8.5, 8.5]),
        ([(0, 12, 345), (-26, 14, 322), (-44, 16, 308)], [7.5, 6.5, 4.5]),
        ([(0, 12, 345), (32, 18, 316), (48, 20, 304)], [7.0, 6.0, 4.5]),
    ]
    for points, radii in tracks:
        canvas.tube(points, [r + 1.8 for r in radii], 20)
    for points, radii in tracks:
        canvas.tube(points, radii, AIRWAY_HU)


def _draw_hila(canvas: Canvas, blood: float, rng: np.random.Generator) -> None:
    """Segmental vessels fanning out of both hila."""
    for side in (-1, 1):
        root = np.array([side * 42.0, 10.0, 318.0])
        for _ in range(7):
            way = rng.normal(0, 1, 3)
            way[0] = side * (abs(way[0]) + 0.4)
            way /= np.linalg.norm(way)
            middle = root + way * 26
            end = middle + (way + rng.normal(0, 0.25, 3)) * 34
            points = [_point(p) for p in (root, middle, end)]
            canvas.tube(points, [5.0, 3.6, 2.0], blood)


def _point(place: np.ndarray) -> Point:
    x, y, z = (float(v) for v in place)
    return x, y, z
