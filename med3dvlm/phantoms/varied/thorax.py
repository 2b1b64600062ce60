"""The chest: lungs as full or empty as they are breathed, mediastinum as wide as it is fat."""

import numpy as np

from med3dvlm.phantoms.anatomy import Anatomy
from med3dvlm.phantoms.canvas import Box, Canvas, Field, clip01
from med3dvlm.phantoms.texture import crop, thread_bank
from med3dvlm.phantoms.varied.person import Person
from med3dvlm.phantoms.varied.tissues import Enhanced

Lungs = dict[str, tuple[Box, Field]]
FAT_HU = -98.0
EMPTY: Field = np.zeros((0, 0, 0), np.float32)


def dome(anatomy: Anatomy, side: int, y: Field, x: Field) -> Field:
    """Height of the diaphragm at (y, x): high in the middle of each side, low along the wall."""
    top = anatomy.dome_mm[0 if side < 0 else 1]
    floor = np.float32(top) - 62 * ((x - side * 74) / 82) ** 2 - 20 * ((y + 10) / 80) ** 2
    lowered: Field = (floor - 55 * np.maximum((y + 10) / 80, 0) ** 2).astype(np.float32, copy=False)
    return lowered


def lung_fields(canvas: Canvas, person: Person, inside: Field) -> Lungs:
    """Coverage of each pleural cavity in its box, right and left."""
    return {
        name: _lung(canvas, person, inside, side) for name, side in (("right", -1), ("left", 1))
    }


def _lung(canvas: Canvas, person: Person, inside: Field, side: int) -> tuple[Box, Field]:
    top = person.dome_mm[0 if side < 0 else 1]
    box = canvas.box((side * 80.0, 0, top + 90), (78.0, 125.0, 190.0))
    if box.empty:
        return box, EMPTY
    z, y, x = canvas.axes(box)
    apex = 433 - 95 * ((x - side * 58) / 74) ** 2 - 70 * ((y - 8) / 84) ** 2
    coverage = z - dome(person, side, y, x)
    np.minimum(coverage, 0.5 * (apex - z), out=coverage)
    coverage *= np.float32(1 / canvas.spacing_mm[0])
    coverage += np.float32(0.5)
    clip01(coverage)
    beside = (side * x - _middle(person, side, z, y)) * np.float32(1 / canvas.spacing_mm[2])
    coverage *= clip01(beside + np.float32(0.5))
    # The ribs' inner fat keeps the lung off the wall by a little.
    coverage *= inside[box]
    return box, coverage


def _middle(person: Person, side: int, z: Field, y: Field) -> Field:
    """Half width of the mediastinum: wide at the vessels' root, narrow in front and behind."""
    fat = 0.6 + 0.8 * person.fat.visceral
    root = 24 * np.exp(-(((z - 345) / 75) ** 2)) * np.exp(-((y / 60) ** 2))
    thin = 9 + 6 * fat + (9 if side > 0 else 0) * np.exp(-((y - 40) ** 2) / 900)
    width: Field = (thin + fat * root).astype(np.float32)
    return width


def draw_lungs(
    canvas: Canvas, lungs: Lungs, acquisition: Enhanced, rng: np.random.Generator
) -> None:
    """Air with a gradient towards the back, vessels, and in some lungs dense bases or holes."""
    vessels, blood = float(rng.uniform(800, 1400)), np.float32(acquisition.hu("vein"))
    gradient, width = float(rng.uniform(0.1, 0.7)), float(rng.uniform(0.4, 1.0))
    dense = float(rng.uniform(0, 260)) if rng.random() < 0.3 else 0.0
    for name, side in (("right", -1), ("left", 1)):
        box, coverage = lungs[name]
        if box.empty:
            continue
        _, y, x = canvas.axes(box)
        central = np.clip(1.25 - np.hypot((x - side * 40) / 75, (y - 5) / 105), 0.2, 1)
        threads = crop(thread_bank(), coverage.shape, rng) ** np.float32(width)
        hu = threads * (np.float32(vessels) * central)
        hu += np.float32(acquisition.hu("lung")) + np.float32(gradient) * y
        np.minimum(hu, blood, out=hu)
        hu += np.float32(dense) * clip01((y - 45) / np.float32(35))
        canvas.paint(box, coverage, hu)


def draw_mediastinal_fat(canvas: Canvas, person: Person) -> None:
    """Fat in front of and beside the heart, and around the great vessels."""
    if canvas.z[-1] < 190:
        return
    fat = 0.5 + person.fat.visceral
    heart = person.organs["heart"]
    x, y, z = heart.center
    canvas.blob((x - 4, y - 6, z - 10), (58 + 12 * fat, 44 + 12 * fat, 44 + 8 * fat), FAT_HU)
    canvas.blob((0, -52, 350), (12 + 14 * fat, 14 + 8 * fat, 60), FAT_HU)
