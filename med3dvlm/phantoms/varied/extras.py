"""Harmless things that scans show beside any finding: calcium, clips, lines, ports, small cysts.

None of them is a finding of `KINDS`: cysts stay well below the smallest reported one, metal is
never in a hip, calcium is in walls, cartilage, nodes and veins.
"""

import numpy as np

from med3dvlm.phantoms.canvas import Point
from med3dvlm.phantoms.varied.scene import VariedScene

METAL_HU, CALCIUM_HU = 2800.0, 750.0
STREAK_HU = 1500.0


def draw_extras(scene: VariedScene) -> tuple[Point, ...]:
    """Paints what this person happens to have; returns the places of metal that throws streaks."""
    rng = scene.rng
    metal: list[Point] = []
    if rng.random() < 0.5:
        _calcify(scene)
    if rng.random() < 0.35:
        _small_cysts(scene)
    for chance, draw in ((0.08, _wires), (0.08, _screws), (0.08, _port), (0.06, _pacemaker)):
        if rng.random() < chance:
            metal += draw(scene)
    if rng.random() < 0.12:
        _line(scene)
    if rng.random() < 0.1:
        _clips(scene)
    return tuple(metal)


def _calcify(scene: VariedScene) -> None:
    """Coronary arteries, valves, nodes of the hilum, iliac arteries, veins of the pelvis."""
    rng = scene.rng
    heart = scene.anatomy.organs["heart"]
    if scene.anatomy.age > 50:
        for _ in range(int(rng.integers(0, 7))):
            u, v = (float(a) for a in rng.uniform(-0.7, 0.7, 2))
            scene.canvas.blob(heart.at(u, -0.75, v), (2.2, 2.2, 4.0), CALCIUM_HU)
    places: list[Point] = [(-46, 8, 318), (48, 10, 314), (30, -2, 350)]
    for x, y, z in places:
        if rng.random() < 0.15:
            scene.canvas.blob((x, y, z), (3.5, 3.0, 3.5), CALCIUM_HU)
    for _ in range(int(rng.integers(0, 6))):
        side = float(rng.choice([-1, 1]))
        place = (
            side * float(rng.uniform(30, 56)),
            float(rng.uniform(10, 40)),
            float(rng.uniform(-150, -100)),
        )
        scene.canvas.blob(place, (1.8, 1.8, 1.8), CALCIUM_HU)


def _small_cysts(scene: VariedScene) -> None:
    """A few of 4 to 9 mm in liver and kidneys, which no report mentions."""
    for name in ("liver", "right kidney", "left kidney"):
        organ = scene.anatomy.organs[name]
        for _ in range(int(scene.rng.integers(0, 3))):
            u, v, w = (float(a) for a in scene.rng.uniform(-0.6, 0.6, 3))
            r = float(scene.rng.uniform(2, 4.5))
            scene.canvas.blob(organ.at(u, v, w), (r, r, r), 8.0)


def _wires(scene: VariedScene) -> list[Point]:
    """Wires of a sternotomy."""
    front = -92.0 * scene.anatomy.girth
    for z in (290.0, 315.0, 340.0, 365.0, 388.0):
        scene.canvas.blob((float(scene.rng.uniform(-5, 5)), front + 4, z), (5, 2.5, 2.0), METAL_HU)
    return []


def _screws(scene: VariedScene) -> list[Point]:
    """Rods and screws of a lumbar fusion."""
    heights = (28.0, 64.0, 99.0)
    metal: list[Point] = []
    for side in (-1, 1):
        rod: list[Point] = []
        for z in heights:
            x, y = scene.anatomy.spine(z)
            rod.append((x + side * 24, y + 34, z))
            scene.canvas.tube(
                [(x + side * 24, y + 32, z), (x + side * 12, y - 8, z)], [2.8, 2.4], METAL_HU
            )
            metal.append((x + side * 16, y + 14, z))
        scene.canvas.tube(rod, [2.8] * len(rod), METAL_HU)
    return metal


def _port(scene: VariedScene) -> list[Point]:
    """A chamber below the collar bone with its line to the heart."""
    side = float(scene.rng.choice([-1, 1]))
    front = -88.0 * scene.anatomy.girth
    place: Point = (side * 72, front - 0.2 * scene.anatomy.fat.front_mm, 378)
    scene.canvas.blob(place, (11, 7, 11), 1600.0)
    scene.canvas.tube(
        [place, (side * 30, -40, 420), (-26, -14, 380), (-28, -10, 300)], [2.0] * 4, 700
    )
    return [place]


def _pacemaker(scene: VariedScene) -> list[Point]:
    """A flat box in front of the left shoulder with leads into the right heart."""
    place: Point = (86, -86.0 * scene.anatomy.girth - 0.2 * scene.anatomy.fat.front_mm, 384)
    scene.canvas.blob(place, (22, 6, 22), METAL_HU)
    heart = scene.anatomy.organs["heart"]
    for end in (heart.at(-0.3, -0.4, -0.5), heart.at(-0.66, 0.1, 0.2)):
        scene.canvas.tube([place, (34, -34, 420), (-24, -14, 390), end], [1.8] * 4, 1500)
    return [place]


def _line(scene: VariedScene) -> None:
    """A venous line, or a tube through the gullet into the stomach."""
    if scene.rng.random() < 0.5:
        scene.canvas.tube([(-30, -8, 440), (-26, -14, 380), (-28, -10, 310)], [1.8] * 3, 600)
        return
    stomach = scene.anatomy.organs["stomach"].center
    scene.canvas.tube([(4, 22, 445), (8, 26, 330), (12, 20, 225), stomach], [2.0] * 4, 350)


def _clips(scene: VariedScene) -> None:
    """Clips where something was taken out."""
    places: list[Point] = [(-44, -30, 112), (30, 30, -60), (-30, 28, -70), (70, 10, 120)]
    x, y, z = places[int(scene.rng.integers(len(places)))]
    for _ in range(int(scene.rng.integers(2, 5))):
        dx, dy, dz = (float(d) for d in scene.rng.uniform(-9, 9, 3))
        scene.canvas.blob((x + dx, y + dy, z + dz), (1.5, 1.5, 3.0), METAL_HU)


def draw_streaks(scene: VariedScene, metal: tuple[Point, ...]) -> None:
    """Bright and dark rays in the slices that hold metal."""
    canvas = scene.canvas
    for place in metal:
        box = canvas.box(place, (110, 90, 12))
        if box.empty:
            continue
        z, y, x = canvas.axes(box)
        dx, dy = x - place[0], y - place[1]
        rays = np.cos(9 * np.arctan2(dy, dx) + float(scene.rng.uniform(0, 6)))
        rays = rays * np.exp(-(((z - place[2]) / 6) ** 2)) / (np.hypot(dx, dy) + 14)
        body = canvas.hu[box] > -300
        canvas.hu[box] += (body * rays * np.float32(STREAK_HU)).astype(np.float32)
