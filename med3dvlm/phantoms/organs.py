"""Which voxels of a tidy phantom are which organ, by the shapes that the painter gave them.

masks = organ_masks(seed)
masks["liver"]                  # (Z, Y, X); organs that lie outside the scan are left out
"""

import numpy as np

from med3dvlm.phantoms.canvas import Canvas
from med3dvlm.phantoms.case import DEFAULT_SHAPE, Mask, Shape, lay_down
from med3dvlm.phantoms.facts import PAINT_STREAM, draw_person
from med3dvlm.phantoms.findings import Scene

LOBES = {"left liver lobe": "liver"}
FEWEST = 1e-4  # share of the voxels; less is the rim of an organ of another region


def organ_masks(seed: int, *, shape: Shape = DEFAULT_SHAPE) -> dict[str, Mask]:
    """The organs of a phantom by name, the largest first; lungs cut what lies below the dome."""
    facts, anatomy = draw_person(seed)
    scene = lay_down(facts, anatomy, shape, np.random.default_rng([seed, PAINT_STREAM]))
    lungs = _lungs(scene)
    masks = {"lungs": lungs}
    for name, organ in anatomy.organs.items():
        box, coverage = scene.canvas.ellipsoid(
            organ.center, organ.radii, tilt=organ.tilt, lumps=organ.lumps
        )
        if not box.empty:
            mask = masks.setdefault(LOBES.get(name, name), _nothing(scene.canvas))
            mask[box] |= (coverage * scene.inside[box] > 0.5) & ~lungs[box]
    found = {name: mask for name, mask in masks.items() if mask.mean() >= FEWEST}
    return dict(sorted(found.items(), key=lambda item: -int(item[1].sum())))


def _lungs(scene: Scene) -> Mask:
    mask = _nothing(scene.canvas)
    for box, coverage in scene.lungs.values():
        if not box.empty:
            mask[box] |= coverage > 0.5
    return mask


def _nothing(canvas: Canvas) -> Mask:
    return np.zeros(canvas.shape, bool)
