"""The belly: liver and spleen under the diaphragm, stomach, and bowel packed between them."""

from itertools import pairwise

import numpy as np

from med3dvlm.phantoms.abdomen import (
    BILE_HU,
    COLON,
    draw_hollow,
    draw_liver_vessels,
    tuple_plus,
)
from med3dvlm.phantoms.anatomy import Organ
from med3dvlm.phantoms.canvas import Box, Canvas, Field, clip01
from med3dvlm.phantoms.texture import cloud_bank, crop
from med3dvlm.phantoms.varied.person import Person
from med3dvlm.phantoms.varied.scene import VariedScene
from med3dvlm.phantoms.varied.thorax import dome

GAS_HU = -950.0


def draw_belly(scene: VariedScene) -> None:
    """Everything in front of the kidneys, from back to front of the painter."""
    if scene.canvas.z[-1] < -120 or scene.canvas.z[0] > 262:
        return
    drunk = _oral_contrast(scene.rng)
    _draw_small_bowel(scene, drunk)
    _draw_loops(scene, drunk)
    _draw_colon(scene, drunk)
    if scene.canvas.z[-1] < 20:
        return
    _draw_stomach(scene, drunk)
    _draw_spleen(scene)
    _draw_liver(scene)
    if scene.anatomy.gallbladder:
        gallbladder = scene.anatomy.organs["gallbladder"]
        scene.canvas.blob(gallbladder.center, tuple_plus(gallbladder.radii, 1.6), 38)
        scene.canvas.blob(gallbladder.center, gallbladder.radii, BILE_HU)


def _oral_contrast(rng: np.random.Generator) -> float:
    """HU of what fills stomach and bowel: mostly plain, sometimes swallowed contrast."""
    if rng.random() < 0.25:
        return float(rng.uniform(120, 380))
    return float(rng.uniform(5, 35))


def _draw_small_bowel(scene: VariedScene, drunk: float) -> None:
    """Loops as islands of a smooth field in the fat of the mesentery."""
    canvas = scene.canvas
    box = canvas.box((0, -30, 4), (118, 74, 104))
    if box.empty:
        return
    z, y, x = canvas.axes(box)
    field = crop(cloud_bank(), tuple(s.stop - s.start for s in box), scene.rng)
    # In fat people the loops lie far apart; towards the edge there are none.
    room = np.hypot(np.hypot(x / 108, (y + 30) / 62), z / 100)
    island = (
        field
        + np.float32(0.95 - 1.5 * scene.anatomy.fat.visceral)
        - 3.0 * np.maximum(room - 0.8, 0)
    )
    wall = clip01(1.8 * island + 0.5) * scene.inside[box]
    lumen = clip01(1.8 * (island - np.float32(0.55)) + 0.5) * wall
    canvas.paint(box, wall.astype(np.float32), scene.acquisition.hu("bowel wall"))
    share = float(scene.rng.choice([0.0, 0.35, 0.9], p=[0.5, 0.3, 0.2]))
    content = 22 + share * (drunk - 22)
    canvas.paint(box, (0.85 * lumen).astype(np.float32), content)
    gas = clip01(2.2 * (island - np.float32(scene.rng.uniform(1.7, 3.4))) - 0.012 * y - 0.3)
    canvas.paint(box, (gas * lumen).astype(np.float32), GAS_HU)


def _draw_loops(scene: VariedScene, drunk: float) -> None:
    """A few single loops, some with a level of gas over fluid."""
    rng = scene.rng
    wall = (3.0, scene.acquisition.hu("bowel wall"))
    for _ in range(int(rng.integers(2, 9))):
        place = (
            float(rng.uniform(-80, 80)), float(rng.uniform(-72, -10)), float(rng.uniform(-84, 90)),
        )  # fmt: skip
        r = scene.anatomy.bowel_radius_mm * float(rng.uniform(0.7, 1.2))
        radii = [r, r, r]
        radii[rng.integers(3)] *= float(rng.uniform(1.2, 2.4))
        loop = Organ(place, (radii[0], radii[1], radii[2]), float(rng.normal(0, 0.4)), None)
        level = float(rng.uniform(-0.7, 0.2)) if rng.random() < 0.35 else -2.0
        fluid = drunk if rng.random() < 0.5 else 22.0
        draw_hollow(scene.canvas, loop, wall, level=level, fluid_hu=fluid, inside=scene.inside)


def _draw_colon(scene: VariedScene, drunk: float) -> None:
    """A tube along the edge: stool, gas or nothing, as wide as it happens to be."""
    rng, canvas = scene.rng, scene.canvas
    gas_above = float(rng.uniform(0.5, 2.6))
    full = float(rng.uniform(0.75, 1.3))
    stool = drunk if rng.random() < 0.3 else float(rng.uniform(-20, 40))
    for part, width in zip(COLON, (23.0, 19.0, 17.0, 15.0), strict=True):
        shift = rng.normal(0, 7, 3)
        points = [tuple(p + s for p, s in zip(point, shift, strict=True)) for point in part]
        for a, b in pairwise(points):
            r = width * full * float(rng.uniform(0.75, 1.15))
            box, coverage = canvas.segment(a, b, r, r)
            if box.empty:
                continue
            coverage *= scene.inside[box]
            canvas.paint(box, coverage, scene.acquisition.hu("bowel wall"))
            texture = crop(cloud_bank(), coverage.shape, rng)
            _, y, _ = canvas.axes(box)
            airy = texture - np.float32(0.012) * (y - np.float32((a[1] + b[1]) / 2))
            content = np.where(airy > gas_above, np.float32(-820), stool + 30 * texture)
            deep = clip01(1.6 * coverage - np.float32(0.75))
            canvas.paint(box, deep, content.astype(np.float32))


def _draw_stomach(scene: VariedScene, drunk: float) -> None:
    rng = scene.rng
    stomach = scene.anatomy.organs["stomach"]
    size = float(rng.uniform(0.65, 1.3))
    x, y, z = stomach.radii
    bag = Organ(stomach.center, (x * size, y * size, z * size), stomach.tilt, stomach.lumps)
    wall = (float(rng.uniform(3, 8)), scene.acquisition.hu("bowel wall"))
    level = float(rng.choice([-2.0, rng.uniform(-0.8, 0.1)], p=[0.35, 0.65]))
    filled = drunk if rng.random() < 0.7 else float(rng.uniform(10, 60))
    draw_hollow(scene.canvas, bag, wall, level=level, fluid_hu=filled, inside=scene.inside)
    scene.canvas.tube(
        [bag.at(-0.1, -0.2, -0.8), bag.at(-1.2, -0.3, -1.2), (-38, -18, 100)], [19, 14, 12], wall[1]
    )


def _draw_spleen(scene: VariedScene) -> None:
    """Against the wall below the left dome; patchy in the early arterial phase."""
    canvas, spleen = scene.canvas, scene.anatomy.organs["spleen"]
    box, coverage = canvas.ellipsoid(
        spleen.center, spleen.radii, tilt=spleen.tilt, lumps=spleen.lumps
    )
    if box.empty:
        return
    z, y, x = canvas.axes(box)
    below = clip01(
        (dome(scene.anatomy, 1, y, x) - 3 - z) * np.float32(1 / canvas.spacing_mm[0]) + 0.5
    )
    coverage *= scene.inside[box] * below
    hu = np.float32(scene.acquisition.hu("spleen"))
    patchy = 22.0 if scene.acquisition.phase == "arterial" else 3.0
    canvas.paint(box, coverage, hu + patchy * crop(cloud_bank(), coverage.shape, scene.rng))


def _draw_liver(scene: VariedScene) -> None:
    """It fills the right below the diaphragm down to its edge, which rises towards the middle."""
    canvas, rng = scene.canvas, scene.rng
    hu = scene.acquisition.hu("liver")
    patchy = float(rng.uniform(0, 5))
    left = scene.anatomy.organs["left liver lobe"]
    box, coverage = canvas.ellipsoid(left.center, left.radii, tilt=left.tilt, lumps=left.lumps)
    if not box.empty:
        canvas.paint(
            box, coverage * scene.inside[box] * _under_dome(canvas, scene.anatomy, box), hu
        )
    box = canvas.box((-66, -4, 140), (94, 112, 112))
    if not box.empty:
        field = _right_lobe(canvas, scene.anatomy, box, float(rng.uniform(0.35, 0.75)))
        field *= scene.inside[box]
        texture = crop(cloud_bank(), field.shape, rng)
        canvas.paint(box, field, np.float32(hu) + np.float32(patchy) * texture)
    draw_liver_vessels(canvas, scene.anatomy.organs["liver"], scene.acquisition)


def _right_lobe(canvas: Canvas, person: Person, box: Box, slope: float) -> Field:
    """Coverage between diaphragm and lower edge, as far as the middle."""
    z, y, x = canvas.axes(box)
    per_z = np.float32(1 / canvas.spacing_mm[0])
    edge = person.liver_low_mm + slope * np.maximum(x + 128, 0) + 0.5 * np.maximum(y - 25, 0)
    edge = edge + 0.25 * np.maximum(-y - 30, 0)
    field = clip01((z - edge) * np.float32(0.5) * per_z + 0.5)
    field = field * _under_dome(canvas, person, box)
    liver = person.organs["liver"]
    middle = liver.center[0] + 0.95 * liver.radii[0] - 0.15 * (y + 20)
    # The lobe is thickest on the right and thins out towards the middle and behind.
    field *= clip01((middle - x) * np.float32(0.35 / canvas.spacing_mm[2]) + 0.5)
    body: Field = field.astype(np.float32)
    return body


def _under_dome(canvas: Canvas, person: Person, box: Box) -> Field:
    z, y, x = canvas.axes(box)
    gap = dome(person, -1, y, np.minimum(x, np.float32(-30))) - np.float32(3) - z
    return clip01(gap * np.float32(1 / canvas.spacing_mm[0]) + np.float32(0.5))
