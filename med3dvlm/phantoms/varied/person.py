"""A person as people differ: sex, age, build, where organs lie and how large they are.

person = draw_person(rng)
person.fat.side_mm, person.build, person.spine(120.0)
"""

from dataclasses import dataclass

import numpy as np

from med3dvlm.phantoms.anatomy import (
    CALCIFICATION,
    HABITUS,
    ORGANS,
    SCOLIOSIS,
    Anatomy,
    Organ,
)
from med3dvlm.phantoms.canvas import Lumps, Point

# Thickness of the fat below the skin of the flank, mm, by build; the gaps keep the words true.
FAT_RANGE_MM = {"slim": (3.0, 9.0), "average": (14.0, 24.0), "obese": (34.0, 58.0)}
CURVE_RANGE_MM = {
    "none": (-5.0, 5.0), "convex to the right": (-36.0, -16.0), "convex to the left": (16.0, 36.0),
}  # fmt: skip
PLAQUE_CHANCE = {"young": (0.9, 0.08, 0.02), "old": (0.25, 0.35, 0.4)}
OLD = 60.0
# A heart fills more of the chest than that of the tidy phantoms, and lies further to the left.
HEART: tuple[Point, Point, float] = ((27, -26, 258), (66, 54, 60), 0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fat:
    """Fat below the skin, in mm of the body's own frame, and how much there is inside."""

    front_mm: float
    side_mm: float
    back_mm: float
    visceral: float


@dataclass(kw_only=True)
class Person(Anatomy):
    """Somebody in the body's own frame.

    Attributes:
        female: whether there are breasts and a womb, or a prostate.
        gallbladder: whether it is still there.
        age: in years.
        build: real mm per mm of the body's frame along z, y, x.
        fat: see `Fat`; the label `habitus` follows from it.
        wall: radius of the body cavity relative to the muscles around it.
        curve_mm: how far the spine leaves the midline.
        sway_mm: how far it sways from front to back.
        liver_low_mm: height of the liver's lower edge on the right.
        worn: in [0, 1], wear of the spine.
    """

    female: bool
    gallbladder: bool
    age: float
    build: tuple[float, float, float]
    fat: Fat
    wall: float
    curve_mm: float
    sway_mm: float
    liver_low_mm: float
    worn: float

    def spine(self, z: float) -> tuple[float, float]:
        """Centre (x, y) of the vertebral column at height z, in mm."""
        bend = self.curve_mm * np.sin(np.pi * np.clip((z + 40) / 420, 0, 1))
        sway = self.sway_mm * np.cos(2 * np.pi * (z - 60) / 420)
        # The neck leans forward.
        lean = 0.18 * max(z - 400, 0.0) * (z < 640)
        return float(bend), float(46 - sway - lean)


def draw_person(rng: np.random.Generator) -> Person:
    """Anybody: each build is equally likely, half are women, ages from 18 to 92."""
    habitus = HABITUS[rng.integers(len(HABITUS))]
    scoliosis = SCOLIOSIS[int(rng.choice(3, p=[0.66, 0.17, 0.17]))]
    age = float(rng.uniform(18, 92))
    plaques = PLAQUE_CHANCE["old" if age > OLD else "young"]
    girth = float(rng.uniform(0.94, 1.08))
    scale = np.clip(rng.normal(1.0, 0.05, 3), 0.88, 1.14)
    widest = float(rng.uniform(22, 27))
    return Person(
        habitus=habitus,
        scoliosis=scoliosis,
        calcification=CALCIFICATION[int(rng.choice(3, p=plaques))],
        organs={name: _organ(rng, *normal) for name, normal in (ORGANS | {"heart": HEART}).items()},
        ascending_aorta_mm=float(rng.uniform(26, 35)),
        descending_aorta_mm=widest,
        abdominal_aorta_mm=widest - float(rng.uniform(4, 6)),
        girth=girth,
        fat_mm=0.0,
        dome_mm=(float(rng.normal(226, 9)), float(rng.normal(213, 9))),
        bowel_radius_mm=float(rng.uniform(10, 16)),
        female=bool(rng.random() < 0.5),
        gallbladder=bool(rng.random() < 0.9),
        age=age,
        build=(float(scale[0]), float(scale[1]), float(scale[2])),
        fat=_fat(rng, habitus),
        wall=float(rng.uniform(0.87, 0.92)),
        curve_mm=float(rng.uniform(*CURVE_RANGE_MM[scoliosis])),
        sway_mm=float(rng.uniform(2, 12)),
        liver_low_mm=float(rng.uniform(42, 96)),
        worn=float(np.clip((age - 45) / 45 + rng.normal(0, 0.3), 0, 1)),
    )


def _fat(rng: np.random.Generator, habitus: str) -> Fat:
    side = float(rng.uniform(*FAT_RANGE_MM[habitus]))
    inside = {"slim": 0.2, "average": 0.5, "obese": 0.75}[habitus]
    return Fat(
        side_mm=side,
        front_mm=side * float(rng.uniform(0.6, 1.2)),
        back_mm=side * float(rng.uniform(0.6, 1.1)),
        visceral=float(np.clip(rng.normal(inside, 0.2), 0.02, 1)),
    )


def _organ(rng: np.random.Generator, center: Point, radii: Point, tilt: float) -> Organ:
    shift = rng.normal(0, 5.0, 3).clip(-10, 10)
    size = float(np.clip(rng.normal(1, 0.08), 0.82, 1.2))
    x, y, z = np.clip(rng.normal(size, 0.06, 3), 0.78, 1.25) * radii
    return Organ(
        center=(
            center[0] + float(shift[0]),
            center[1] + float(shift[1]),
            center[2] + float(shift[2]),
        ),
        radii=(float(x), float(y), float(z)),
        tilt=tilt + float(rng.normal(0, 0.06)),
        lumps=Lumps(
            float(rng.uniform(0.05, 0.3)), float(rng.uniform(1.6, 3.0)), float(rng.uniform(0, 6.28))
        ),
    )
