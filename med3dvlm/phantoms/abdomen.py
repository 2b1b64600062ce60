"""Drawing the abdomen: liver, gallbladder, spleen, kidneys, stomach, bowel, vessels."""

from itertools import pairwise

import numpy as np

from med3dvlm.phantoms.acquisition import Acquisition
from med3dvlm.phantoms.anatomy import Anatomy, Organ
from med3dvlm.phantoms.canvas import Box, Canvas, Field, Lumps, Point, clip01, soft
from med3dvlm.phantoms.texture import cloud_bank, crop

BILE_HU = 9.0
GAS_HU = -960.0


def draw_upper_organs(
    canvas: Canvas,
    anatomy: Anatomy,
    acquisition: Acquisition,
    inside: Field,
    rng: np.random.Generator,
) -> None:
    """Everything below the diaphragm; drawn before the lungs, which cut it to the dome."""
    if canvas.z[-1] < 60 or canvas.z[0] > 262:
        return
    draw_stomach(canvas, anatomy.organs["stomach"], acquisition, inside)
    spleen = anatomy.organs["spleen"]
    _fill(canvas, spleen, acquisition.hu("spleen"), inside)
    if acquisition.phase == "arterial":
        _mottle(canvas, spleen, inside, 22.0, rng)
    for name in ("left liver lobe", "liver"):
        _fill(canvas, anatomy.organs[name], acquisition.hu("liver"), inside)
    draw_liver_vessels(canvas, anatomy.organs["liver"], acquisition)
    gallbladder = anatomy.organs["gallbladder"]
    canvas.blob(gallbladder.center, tuple_plus(gallbladder.radii, 1.6), 38)
    canvas.blob(gallbladder.center, gallbladder.radii, BILE_HU)


def tuple_plus(radii: Point, mm: float) -> Point:
    """Radii enlarged by `mm`."""
    x, y, z = radii
    return x + mm, y + mm, z + mm


def _fill(canvas: Canvas, organ: Organ, hu: float, inside: Field) -> None:
    box, coverage = canvas.ellipsoid(organ.center, organ.radii, tilt=organ.tilt, lumps=organ.lumps)
    if not box.empty:
        canvas.paint(box, coverage * inside[box], hu)


def _mottle(
    canvas: Canvas, organ: Organ, inside: Field, strength: float, rng: np.random.Generator
) -> None:
    """Uneven early enhancement."""
    box, coverage = canvas.ellipsoid(organ.center, organ.radii, tilt=organ.tilt)
    if not box.empty:
        texture = crop(cloud_bank(), coverage.shape, rng)
        canvas.hu[box] += coverage * inside[box] * texture * np.float32(strength)


def draw_liver_vessels(canvas: Canvas, liver: Organ, acquisition: Acquisition) -> None:
    """Portal branches from the hilum and hepatic veins from the top."""
    vein = acquisition.hu("vein")
    if acquisition.phase == "arterial":
        vein = acquisition.hu("liver") + 12
    hilum = liver.at(0.52, -0.12, -0.28)
    for x, y, z in ((-0.25, -0.1, -0.1), (-0.1, 0.35, -0.35), (-0.15, -0.45, 0.1)):
        canvas.tube(
            [hilum, liver.at(x, y, z), liver.at(1.9 * x - 0.2, 1.5 * y, 1.6 * z)],
            [6.5, 4.6, 2.6],
            vein,
        )
    top = liver.at(0.62, 0.42, 0.52)
    for x, y, z in ((-0.45, 0.25, 0.3), (-0.1, -0.35, 0.25), (0.5, -0.55, 0.15)):
        canvas.tube(
            [top, liver.at(x * 0.6, y * 0.8, z), liver.at(x * 1.3, y, z * 0.4)],
            [6.0, 4.4, 2.6],
            vein,
        )


def draw_stomach(canvas: Canvas, stomach: Organ, acquisition: Acquisition, inside: Field) -> None:
    """A sac with fluid at the back and gas in front (the patient is supine)."""
    wall = (4.5, acquisition.hu("bowel wall"))
    draw_hollow(canvas, stomach, wall, level=-0.35, fluid_hu=22.0, inside=inside)
    canvas.tube(
        [stomach.at(-0.1, -0.2, -0.8), stomach.at(-1.3, -0.3, -1.25), (-38, -18, 100)],
        [19, 14, 12],
        wall[1],
    )


def draw_hollow(
    canvas: Canvas,
    organ: Organ,
    wall: tuple[float, float],
    *,
    level: float,
    fluid_hu: float,
    inside: Field,
) -> Box:
    """A hollow organ: wall (mm, HU), fluid, and gas in front of the level (radii from centre)."""
    wall_mm, wall_hu = wall
    box, q = canvas.distance(organ.center, organ.radii, tilt=organ.tilt, lumps=organ.lumps)
    if box.empty:
        return box
    clip = inside[box]
    canvas.paint(box, soft(q, min(organ.radii), canvas.voxel_mm) * clip, wall_hu)
    _, y, _ = canvas.axes(box)
    front = organ.center[1] + level * organ.radii[1]
    gas = clip01((front - y) / np.float32(canvas.spacing_mm[1]) + np.float32(0.5))
    content = fluid_hu + gas * np.float32(GAS_HU - fluid_hu)
    canvas.paint(box, canvas.rings(q, organ.radii, wall_mm) * clip, content)
    return box


def draw_retroperitoneum(canvas: Canvas, anatomy: Anatomy, acquisition: Acquisition) -> None:
    """Kidneys, pancreas, great vessels and psoas muscles."""
    if canvas.z[0] > 262:
        return
    muscle = acquisition.hu("muscle")
    for side in (-1, 1):
        points: list[Point] = [
            (side * 30, 46, 130),
            (side * 42, 44, 40),
            (side * 56, 20, -60),
            (side * 72, -18, -120),
        ]
        canvas.column(points, [9, 20, 20, 15], muscle)
    _draw_pancreas(canvas, acquisition)
    for name in ("right kidney", "left kidney"):
        draw_kidney(canvas, anatomy, acquisition, name)
    draw_abdominal_vessels(canvas, anatomy, acquisition)


def _draw_pancreas(canvas: Canvas, acquisition: Acquisition) -> None:
    points: list[Point] = [(-26, -8, 100), (-8, -16, 118), (24, -14, 130), (66, 12, 146)]
    hu = acquisition.hu("pancreas")
    for i, point in enumerate(points):
        canvas.blob(point, (13, 11, 14), hu, lumps=Lumps(0.25, 3.0, float(i)))
    canvas.tube(points, [12, 9, 9, 8], hu)
    canvas.blob((-38, -2, 88), (11, 12, 26), acquisition.hu("bowel wall"))


def draw_kidney(canvas: Canvas, anatomy: Anatomy, acquisition: Acquisition, name: str) -> None:
    """Cortex, medulla, sinus fat, collecting system and ureter; dilated if a finding says so."""
    kidney = anatomy.organs[name]
    side = -1 if name.startswith("right") else 1
    inward = -side
    canvas.blob(kidney.center, kidney.radii, acquisition.hu("kidney cortex"), tilt=kidney.tilt)
    rx, ry, rz = kidney.radii
    medulla = acquisition.hu("kidney medulla")
    for dz in (-0.55, -0.18, 0.18, 0.55):
        reach = 0.30 * (1 - 0.6 * dz * dz)
        canvas.blob(
            kidney.at(-inward * reach, 0.05, dz), (0.38 * rx, 0.44 * ry, 0.15 * rz), medulla
        )
    canvas.blob(
        kidney.at(0.52 * inward, -0.05, 0), (0.52 * rx, 0.42 * ry, 0.55 * rz), -85, tilt=kidney.tilt
    )
    wide = anatomy.dilated_pelvis.get(name, 0.0)
    urine = acquisition.hu("urine in kidney") if wide == 0 else 6.0
    pelvis = (max(5.0, 0.5 * wide), max(4.5, 0.46 * wide), max(9.0, 0.62 * wide))
    canvas.blob(kidney.at(0.42 * inward, -0.05, 0), pelvis, urine)
    if wide:
        for dz in (-0.5, -0.17, 0.17, 0.5):
            canvas.blob(kidney.at(-0.12 * inward, 0.0, dz), (0.30 * wide,) * 3, urine)
    ureter = max(2.4, 0.2 * wide)
    start = kidney.at(0.75 * inward, 0.0, -0.25)
    way: list[Point] = [
        start,
        (side * 36, 28, 40),
        (side * 42, 18, -20),
        (side * 40, 30, -80),
        (side * 16, -12, -112),
    ]
    radii = [ureter, ureter, ureter if wide else 2.2, 2.0, 2.0]
    canvas.column(way, radii, urine if wide else max(urine, 30.0))


def aortic_course(anatomy: Anatomy) -> list[Point]:
    """Centre line of the abdominal aorta from the diaphragm to the bifurcation."""
    points = []
    for z in (205.0, 160.0, 110.0, 60.0, 12.0):
        x, y = anatomy.spine(z)
        points.append((x + 9, y - 30 - 0.02 * (205 - z), z))
    return points


def draw_abdominal_vessels(canvas: Canvas, anatomy: Anatomy, acquisition: Acquisition) -> None:
    """Aorta with plaques, inferior vena cava, portal and iliac vessels."""
    artery, vein = acquisition.hu("artery"), acquisition.hu("vein")
    course = aortic_course(anatomy)
    radius = anatomy.abdominal_aorta_mm / 2
    cava = [(x - 31, y + 4, z) for x, y, z in course]
    canvas.column([*cava, (-20, -4, 240)], [11.0] * len(cava) + [12.0], vein)
    canvas.tube([(-14, -12, 104), (-26, -22, 140), (-34, -26, 158)], [7, 7, 7], vein)
    canvas.tube([(-14, -12, 104), (40, 8, 140), (84, 32, 160)], [6.5, 5, 4.5], vein)
    canvas.column(course, [radius + 0.5, radius, radius, radius, radius], artery)
    for side in (-1, 1):
        down: list[Point] = [
            course[-1],
            (side * 34, 34, -42),
            (side * 52, 4, -96),
            (side * 66, -52, -142),
        ]
        canvas.column([(x, y + 9, z) for x, y, z in down], [7.5, 7, 6.5, 6.5], vein)
        canvas.column(down, [6.5, 5.5, 5.0, 5.0], artery)
    plaques = {"none": 0, "moderate": 6, "severe": 16}[anatomy.calcification]
    for i in range(plaques):
        x, y, z = course[1 + i % 3]
        angle, height = 2.4 * i, z - (i * 17) % 48
        place = (x + radius * np.cos(angle), y + radius * np.sin(angle), height)
        canvas.blob(place, (3.0, 3.0, 5.0), 850)


def draw_bowel(
    canvas: Canvas,
    anatomy: Anatomy,
    acquisition: Acquisition,
    inside: Field,
    rng: np.random.Generator,
) -> None:
    """Colon around the periphery, small-bowel loops in the middle."""
    if canvas.z[0] > 150:
        return
    wall = acquisition.hu("bowel wall")
    for _ in range(36):
        place = (
            float(rng.uniform(-80, 80)),
            float(rng.uniform(-70, 2)),
            float(rng.uniform(-84, 78)),
        )
        r = anatomy.bowel_radius_mm * float(rng.uniform(0.8, 1.15))
        long = float(rng.uniform(1.2, 1.9))
        radii = [r, r, r]
        radii[rng.integers(3)] *= long
        loop = Organ(place, (radii[0], radii[1], radii[2]), float(rng.normal(0, 0.3)), None)
        level = -0.1 if rng.random() < 0.12 else -2.0
        draw_hollow(canvas, loop, (3.0, wall), level=level, fluid_hu=26.0, inside=inside)
    _draw_colon(canvas, wall, inside, rng)


COLON: tuple[tuple[Point, ...], ...] = (
    ((-100, 16, -34), (-106, 20, 10), (-104, 14, 62), (-92, -14, 92)),
    ((-92, -14, 92), (-40, -70, 66), (10, -76, 58), (60, -66, 84), (98, -6, 128)),
    ((98, -6, 128), (110, 32, 96), (108, 34, 20), (98, 16, -40)),
    ((98, 16, -40), (62, -6, -70), (24, 24, -62), (0, 52, -84), (0, 50, -150)),
)


def _draw_colon(canvas: Canvas, wall: float, inside: Field, rng: np.random.Generator) -> None:
    """A tube of mottled stool with pockets of gas."""
    for part, width in zip(COLON, (23.0, 19.0, 17.0, 15.0), strict=True):
        for a, b in pairwise(part):
            box, coverage = canvas.segment(a, b, width, width)
            if box.empty:
                continue
            coverage *= inside[box]
            canvas.paint(box, coverage, wall)
            texture = crop(cloud_bank(), coverage.shape, rng)
            stool = np.where(texture > 0.9, np.float32(-620), 8 + 34 * texture)
            # The content starts where the wall is more than half a voxel deep.
            deep = clip01(1.6 * coverage - np.float32(0.75))
            canvas.paint(box, deep, stool.astype(np.float32))
