"""One person's anatomy: positions and sizes of organs, sampled within the normal range.

Positions are body coordinates (x, y, z) in mm: x to the patient's left, y to the back, z to the
head, 0 at the midline, mid-depth and the height of the iliac crest.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np

from med3dvlm.phantoms.canvas import Lumps, Point

Habitus = Literal["slim", "average", "obese"]
Scoliosis = Literal["none", "convex to the right", "convex to the left"]
Calcification = Literal["none", "moderate", "severe"]

HABITUS: tuple[Habitus, ...] = get_args(Habitus)
SCOLIOSIS: tuple[Scoliosis, ...] = get_args(Scoliosis)
CALCIFICATION: tuple[Calcification, ...] = get_args(Calcification)

FAT_MM = {"slim": 7.0, "average": 19.0, "obese": 38.0}
GIRTH = {"slim": 0.92, "average": 1.0, "obese": 1.09}
CURVE_MM = {"none": 0.0, "convex to the right": -22.0, "convex to the left": 22.0}

# Height of each vertebral body's centre in mm.
VERTEBRAE = {
    "L5": -8.0, "L4": 28.0, "L3": 64.0, "L2": 99.0, "L1": 133.0, "T12": 165.0, "T11": 195.0,
    "T10": 223.0, "T9": 250.0, "T8": 276.0, "T7": 301.0, "T6": 325.0, "T5": 348.0, "T4": 370.0,
    "T3": 391.0, "T2": 411.0, "T1": 430.0,
}  # fmt: skip

# Organs that are one ellipsoid: centre, radii (mm), lean in x per z.
ORGANS: dict[str, tuple[Point, Point, float]] = {
    "liver": ((-76, -4, 156), (78, 84, 92), -0.12),
    "left liver lobe": ((-2, -48, 170), (84, 38, 48), 0.0),
    "gallbladder": ((-46, -52, 96), (17, 18, 31), 0.0),
    "spleen": ((100, 40, 168), (29, 42, 51), 0.10),
    "right kidney": ((-58, 46, 84), (27, 25, 54), -0.16),
    "left kidney": ((60, 46, 98), (27, 25, 55), 0.16),
    "stomach": ((58, -34, 166), (48, 44, 54), 0.25),
    "heart": ((20, -24, 262), (58, 50, 56), 0.20),
    "bladder": ((0, -32, -104), (37, 29, 29), 0.0),
    "uterus": ((0, 14, -98), (27, 22, 27), 0.0),
}


@dataclass(frozen=True, slots=True)
class Organ:
    """An ellipsoidal organ: centre and radii in mm, tilt and surface irregularity."""

    center: Point
    radii: Point
    tilt: float
    lumps: Lumps | None

    def at(self, x: float, y: float, z: float) -> Point:
        """A point given in radii from the centre, in mm."""
        c, r = self.center, self.radii
        return (c[0] + x * r[0] + self.tilt * z * r[2], c[1] + y * r[1], c[2] + z * r[2])

    def grown(self, factor: float) -> "Organ":
        """The same organ, larger."""
        x, y, z = (r * factor for r in self.radii)
        return replace(self, radii=(x, y, z))


@dataclass(kw_only=True)
class Anatomy:
    """A person; findings may change it before drawing (an enlarged spleen, a dilated aorta)."""

    habitus: Habitus
    scoliosis: Scoliosis
    calcification: Calcification
    organs: dict[str, Organ]
    ascending_aorta_mm: float
    descending_aorta_mm: float
    abdominal_aorta_mm: float
    girth: float
    fat_mm: float
    dome_mm: tuple[float, float]
    crushed: dict[str, float] = field(default_factory=dict)
    dilated_pelvis: dict[str, float] = field(default_factory=dict)
    bowel_radius_mm: float = 13.0

    def spine(self, z: float) -> tuple[float, float]:
        """Centre (x, y) of the vertebral column at height z, in mm."""
        bend = CURVE_MM[self.scoliosis] * np.sin(np.pi * np.clip((z + 40) / 420, 0, 1))
        sway = 7.0 * np.cos(2 * np.pi * (z - 60) / 420)
        return float(bend), float(48 * self.girth - sway)


def draw_anatomy(rng: np.random.Generator) -> Anatomy:
    """A normal person; positions vary by about 5 mm, sizes by about 7 %."""
    habitus = HABITUS[rng.integers(len(HABITUS))]
    girth = GIRTH[habitus] * float(np.clip(rng.normal(1.0, 0.02), 0.95, 1.05))
    return Anatomy(
        habitus=habitus,
        scoliosis=SCOLIOSIS[int(rng.choice(3, p=[0.6, 0.2, 0.2]))],
        calcification=CALCIFICATION[int(rng.choice(3, p=[0.5, 0.25, 0.25]))],
        organs={name: _vary(rng, *normal, girth) for name, normal in ORGANS.items()},
        ascending_aorta_mm=float(rng.uniform(28, 34)),
        descending_aorta_mm=float(rng.uniform(22, 27)),
        abdominal_aorta_mm=float(rng.uniform(17, 22)),
        girth=girth,
        fat_mm=FAT_MM[habitus] * float(rng.uniform(0.85, 1.15)),
        dome_mm=(float(rng.normal(226, 5)), float(rng.normal(212, 5))),
        bowel_radius_mm=float(rng.uniform(13, 16)),
    )


def _vary(
    rng: np.random.Generator, center: Point, radii: Point, tilt: float, girth: float
) -> Organ:
    shift = rng.normal(0, 3.5, 3).clip(-8, 8)
    size = float(np.clip(rng.normal(1, 0.05), 0.88, 1.12))
    x, y, z = rng.normal(size, 0.035, 3) * radii
    return Organ(
        center=(
            float(center[0] * girth + shift[0]),
            float(center[1] * girth + shift[1]),
            float(center[2] + shift[2]),
        ),
        radii=(float(x), float(y), float(z)),
        tilt=tilt,
        lumps=Lumps(0.10, 2.2, float(rng.uniform(0, 6.28))),
    )
