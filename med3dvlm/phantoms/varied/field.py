"""What part of a body a scan covers, in mm of the body's own frame, and what region that is.

view = draw_view(rng, person)
view.z, view.y, view.x               # (low, high) each
dominant(view.z), shown(view.z)      # "abdomen", ("abdomen", "pelvis")
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from med3dvlm.phantoms.acquisition import REGIONS, Region
from med3dvlm.phantoms.canvas import Point
from med3dvlm.phantoms.varied.person import Person

Span = tuple[float, float]
Crop = Literal["whole", "wide", "part", "narrow"]

# Heights that make up each region; what lies above and below is head, neck and legs.
CORE_MM: dict[Region, Span] = {"chest": (228, 432), "abdomen": (16, 228), "pelvis": (-160, 16)}
SHARE_SHOWN = 0.45
# How far a place may turn out to be shifted by the patient's shape and position.
SLACK_MM = 5.0
VERTEX_MM, SOLE_MM = 736.0, -900.0

# Lowest and highest start and end of a scan by what was asked for, and how often it is.
PROTOCOLS: dict[str, tuple[Span, Span, float]] = {
    "chest": ((110, 215), (420, 468), 0.23),
    "abdomen": ((-40, 50), (222, 290), 0.20),
    "pelvis": ((-230, -140), (20, 100), 0.15),
    "abdomen and pelvis": ((-210, -125), (222, 292), 0.15),
    "chest to pelvis": ((-210, -130), (420, 470), 0.08),
    "neck and chest": ((170, 260), (470, 560), 0.05),
    "hip": ((-245, -170), (-60, 40), 0.03),
}
SLAB_MM = (42.0, 130.0)
SLAB_CENTRES_MM = (-130.0, 410.0)
CROPS: dict[Crop, float] = {"whole": 0.70, "wide": 0.12, "part": 0.11, "narrow": 0.07}
# Where a field of view that shows only a part is centred (x, y), and how wide it is.
PARTS: dict[str, tuple[tuple[float, float], Span]] = {
    "right": ((-75.0, 0.0), (190, 250)),
    "left": ((75.0, 0.0), (190, 250)),
    "front": ((10.0, -30.0), (180, 240)),
    "middle": ((0.0, 0.0), (200, 270)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The box that is scanned: lowest and highest mm along each axis, before any tilt."""

    z: Span
    y: Span
    x: Span
    crop: Crop

    @property
    def lengths(self) -> tuple[float, float, float]:
        """Edges along z, y, x in mm."""
        return self.z[1] - self.z[0], self.y[1] - self.y[0], self.x[1] - self.x[0]

    @property
    def complete(self) -> bool:
        """Whether every slice shows the whole body, skin included."""
        return self.crop in ("whole", "wide")

    def holds(self, center: Point, radii: Point) -> bool:
        """Whether a box lies in the field of view, however the patient turns out to lie."""
        return all(
            low + SLACK_MM <= c - r and c + r <= high - SLACK_MM
            for (low, high), c, r in zip((self.x, self.y, self.z), center, radii, strict=True)
        )


def draw_view(rng: np.random.Generator, person: Person) -> View:
    """A part of the trunk as some protocol scans it."""
    z = _heights(rng)
    crop = tuple(CROPS)[int(rng.choice(len(CROPS), p=list(CROPS.values())))]
    y, x = _around(rng, person, z) if crop in ("whole", "wide") else _inside(rng, person, crop)
    if crop == "wide":
        x = (x[0] - float(rng.uniform(20, 90)), x[1] + float(rng.uniform(20, 90)))
        y = (y[0] - float(rng.uniform(10, 60)), y[1] + float(rng.uniform(10, 60)))
    return View(z=z, y=y, x=x, crop=crop)


def _heights(rng: np.random.Generator) -> Span:
    weights = np.array([weight for _, _, weight in PROTOCOLS.values()])
    pick = float(rng.random())
    if pick >= weights.sum():
        half = float(rng.uniform(*SLAB_MM)) / 2
        center = float(rng.uniform(*SLAB_CENTRES_MM))
        return center - half, center + half
    index = int(np.searchsorted(np.cumsum(weights), pick, side="right"))
    low, high, _ = tuple(PROTOCOLS.values())[index]
    return float(rng.uniform(*low)), float(rng.uniform(*high))


def _around(rng: np.random.Generator, person: Person, z: Span) -> tuple[Span, Span]:
    """The whole body with some air, and what lies behind it on the table."""
    fat = person.fat
    high = z[1] > 380
    half = 158 + fat.side_mm + (28 if high or z[0] < -40 else 0)
    x = (-half - float(rng.uniform(2, 40)), half + float(rng.uniform(2, 40)))
    front = 106 + fat.front_mm + (35 if person.female and z[1] > 260 else 0)
    y = (-front - float(rng.uniform(2, 40)), 112 + fat.back_mm + float(rng.uniform(15, 110)))
    return y, x


def _inside(rng: np.random.Generator, person: Person, crop: Crop) -> tuple[Span, Span]:
    """A field of view that cuts the body: a small one somewhere, or one that is a little tight."""
    if crop == "narrow":
        half = (150 + 0.4 * person.fat.side_mm) * float(rng.uniform(0.78, 0.98))
        cx, cy = (float(rng.uniform(-25, 25)), float(rng.uniform(-15, 15)))
        return (cy - half, cy + half), (cx - half, cx + half)
    (cx, cy), widths = PARTS[tuple(PARTS)[int(rng.integers(len(PARTS)))]]
    half = float(rng.uniform(*widths)) / 2
    cx, cy = cx + float(rng.uniform(-12, 12)), cy + float(rng.uniform(-12, 12))
    return (cy - half, cy + half), (cx - half, cx + half)


def overlap(one: Span, other: Span) -> float:
    """Length that two spans share, mm."""
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))


def dominant(z: Span) -> Region:
    """The region of which most is scanned; `other` where most is head, neck or legs."""
    seen = {region: overlap(z, core) for region, core in CORE_MM.items()}
    top = overlap(z, (CORE_MM["chest"][1], VERTEX_MM))
    bottom = overlap(z, (SOLE_MM, CORE_MM["pelvis"][0]))
    region = max(seen, key=lambda name: seen[name])
    return region if seen[region] >= max(top, bottom) else "other"


def shown(z: Span) -> tuple[Region, ...]:
    """Regions of which a good part is scanned, the dominant one always."""
    main = dominant(z)
    return tuple(
        region
        for region in REGIONS
        if region == main
        or overlap(z, CORE_MM[region]) > SHARE_SHOWN * (CORE_MM[region][1] - CORE_MM[region][0])
    )
