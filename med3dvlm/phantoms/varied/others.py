"""What is no body of a person: animals, test objects, volumes of something else altogether."""

from collections.abc import Callable

import numpy as np

from med3dvlm.phantoms.canvas import Canvas, Lumps, Point
from med3dvlm.phantoms.texture import cloud_bank, crop, noise_bank, thread_bank
from med3dvlm.phantoms.varied.limbs import draw_limb
from med3dvlm.phantoms.varied.tissues import Enhanced

Draw = Callable[[Canvas, Enhanced, np.random.Generator], None]


def draw_other(name: str, canvas: Canvas, acquisition: Enhanced, rng: np.random.Generator) -> None:
    """Paint something of `DRAWN` into the middle of the canvas."""
    DRAWN[name](canvas, acquisition, rng)


def _middle(canvas: Canvas) -> Point:
    z, y, x = ((axis[0] + axis[-1]) / 2 for axis in (canvas.z, canvas.y, canvas.x))
    return float(x), float(y), float(z)


def _animal(canvas: Canvas, acquisition: Enhanced, rng: np.random.Generator) -> None:
    """A narrow, deep body with its spine at the back, four legs below it, lungs and a liver."""
    x, y, z = _middle(canvas)
    size = float(rng.uniform(0.5, 1.05))
    wide, deep = 58 * size, float(rng.uniform(66, 92)) * size
    muscle, bone = acquisition.hu("muscle"), acquisition.hu("cortex")
    for dz in (-70, 70):
        for side in (-1, 1):
            root: Point = (x + side * 0.6 * wide, y - 0.5 * deep, z + dz * size)
            foot: Point = (x + side * 0.7 * wide, y - 1.5 * deep, z + (dz + 30) * size)
            draw_limb(canvas, [(root, 18 * size), (foot, 8 * size)], acquisition, fat_mm=2.0)
    length = 1.4 * float(canvas.z[-1] - canvas.z[0])
    canvas.blob((x, y, z), (wide + 5, deep + 5, length), acquisition.hu("fat"))
    canvas.blob((x, y, z), (wide, deep, length), muscle)
    canvas.blob((x, y - 4, z), (wide - 8, deep - 10, length), -60.0)
    for side in (-1, 1):
        canvas.blob((x + side * 0.42 * wide, y, z + 60), (0.4 * wide, 0.7 * deep, 90), -880.0)
    canvas.blob(
        (x, y - 0.3 * deep, z + 60), (0.4 * wide, 0.42 * deep, 42), acquisition.hu("myocardium")
    )
    canvas.blob(
        (x, y, z - 50),
        (0.8 * wide, 0.7 * deep, 40),
        acquisition.hu("liver"),
        lumps=Lumps(0.3, 2, 1),
    )
    for step in np.arange(float(canvas.z[0]), float(canvas.z[-1]), 19 * size):
        canvas.blob((x, y + 0.72 * deep, float(step)), (9 * size, 8 * size, 8 * size), bone)
        canvas.blob((x, y + 0.95 * deep, float(step)), (3 * size, 12 * size, 4 * size), bone)


def _test_object(canvas: Canvas, acquisition: Enhanced, rng: np.random.Generator) -> None:
    """A cylinder of water or plastic with rods, as scanners are checked with."""
    del acquisition
    x, y, z = _middle(canvas)
    radius = float(rng.uniform(60, 110))
    long = float(canvas.z[-1] - canvas.z[0]) * float(rng.uniform(0.4, 1.2))
    base = float(rng.choice([0.0, 0.0, 45.0, 120.0, -100.0]))
    low, high = z - long / 2, z + long / 2
    canvas.column([(x, y, low), (x, y, high)], [radius + 6] * 2, 120.0)
    canvas.column([(x, y, low), (x, y, high)], [radius] * 2, base)
    count = int(rng.integers(0, 12))
    for i in range(count):
        angle = 2 * np.pi * i / count
        way = radius * float(rng.choice([0.55, 0.75]))
        rod: list[Point] = [
            (x + way * float(np.cos(angle)), y + way * float(np.sin(angle)), h) for h in (low, high)
        ]
        hu = float(rng.choice([-1000, -200, -35, 120, 340, 900]))
        canvas.column(rod, [float(rng.uniform(2, 14))] * 2, hu)


def _no_body(canvas: Canvas, acquisition: Enhanced, rng: np.random.Generator) -> None:
    """Noise, waves, blocks or clouds over the whole range of values."""
    del acquisition
    z, y, x = canvas.axes(canvas.box((0, 0, 0), (1e4, 1e4, 1e4)))
    kind = int(rng.integers(4))
    if kind == 0:
        canvas.hu += 1000 + float(rng.uniform(50, 400)) * crop(noise_bank(), canvas.shape, rng)
    elif kind == 1:
        wave = np.sin(z / rng.uniform(8, 60)) + np.sin(y / rng.uniform(8, 60)) + np.sin(x / 30)
        canvas.hu += (1000 + 300 * wave).astype(np.float32)
    elif kind == 2:
        canvas.hu += 900 + 350 * crop(cloud_bank(), canvas.shape, rng)
        canvas.hu += 500 * crop(thread_bank(), canvas.shape, rng)
    else:
        for _ in range(int(rng.integers(2, 14))):
            place = tuple(float(rng.choice(axis)) for axis in (canvas.x, canvas.y, canvas.z))
            radii = tuple(float(r) for r in rng.uniform(8, 70, 3))
            canvas.blob(place, radii, float(rng.uniform(-400, 1500)))  # type: ignore[arg-type]


DRAWN: dict[str, Draw] = {"animal": _animal, "test object": _test_object, "no body": _no_body}
