"""What is scanned that is no chest, abdomen or pelvis, how often, and which box of the body it is.

name = draw_elsewhere(rng)           # "head", "leg", "test object", ...
view = view_of(rng, name)
"""

from dataclasses import dataclass

import numpy as np

from med3dvlm.phantoms.varied.field import VERTEX_MM, Span, View

CUT_SHARE, CUT = 0.4, (0.6, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Ranges in mm that the box of one scan is drawn from.

    Attributes:
        share: how often, among its kind.
        low: of the lower end.
        length: along the body; `top` is where it ends at the latest.
        depth: half the box from front to back; `width` likewise from side to side.
        center: (y, x) of the middle; `mirrored` parts lie on either side.
    """

    share: float
    low: Span
    length: Span
    depth: Span
    width: Span
    top: float = VERTEX_MM + 8
    center: tuple[float, float] = (0.0, 0.0)
    mirrored: bool = False


def _boxed(share: float) -> Part:
    """Anything in a box of a trunk's size."""
    return Part(share=share, low=(-60, 260), length=(120, 300), depth=(95, 135), width=(95, 135))


PARTS: dict[str, Part] = {
    "head": Part(share=0.20, low=(545, 620), length=(110, 190), depth=(98, 135), width=(95, 135)),
    "head and neck": Part(
        share=0.12, low=(350, 440), length=(270, 380), depth=(118, 135), width=(120, 230)
    ),
    "neck": Part(share=0.07, low=(425, 455), length=(100, 150), depth=(100, 130), width=(95, 135)),
    "legs": Part(
        share=0.14, low=(-880, -330), length=(90, 330), depth=(112, 125), width=(190, 230), top=-185
    ),
    "leg": Part(
        share=0.14, low=(-880, -330), length=(90, 330), depth=(85, 122), width=(80, 115), top=-185,
        center=(5, 90), mirrored=True,
    ),
    "arm": Part(
        share=0.07, low=(-100, 220), length=(80, 200), depth=(62, 85), width=(62, 85),
        center=(20, 200), mirrored=True,
    ),
    "spine": Part(
        share=0.08, low=(-60, 460), length=(100, 220), depth=(55, 85), width=(55, 85), top=606,
        center=(62, 0),
    ),
    "animal": _boxed(0.06),
    "test object": _boxed(0.04),
    "magnetic resonance": _boxed(0.05),
    "no body": _boxed(0.03),
}  # fmt: skip


def draw_elsewhere(rng: np.random.Generator) -> str:
    """One of `PARTS`, each as often as its share."""
    return tuple(PARTS)[int(rng.choice(len(PARTS), p=[part.share for part in PARTS.values()]))]


def view_of(rng: np.random.Generator, name: str) -> View:
    """A box around the part; limbs are cut at the edge now and then."""
    part = PARTS[name]
    low = float(rng.uniform(*part.low))
    z = (low, min(low + float(rng.uniform(*part.length)), part.top))
    y, x = part.center
    if part.mirrored:
        x *= float(rng.choice([-1.0, 1.0]))
    # The neck leans forward, and its spine with it.
    y -= 0.18 * max(sum(z) / 2 - 400, 0) * (name == "spine")
    cut = part.mirrored and rng.random() < CUT_SHARE
    share = float(rng.uniform(*CUT)) if cut else 1.0
    deep, wide = share * float(rng.uniform(*part.depth)), share * float(rng.uniform(*part.width))
    return View(
        z=z, y=(y - deep, y + deep), x=(x - wide, x + wide), crop="part" if cut else "whole"
    )
