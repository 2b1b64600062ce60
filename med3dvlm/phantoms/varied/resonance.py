"""A CT made to look like magnetic resonance: other grey values for every tissue, no scale."""

import numpy as np

from med3dvlm.phantoms.canvas import Field
from med3dvlm.phantoms.texture import cloud_bank, crop

# HU of air, lung, fat, fluid, muscle, organs, contrast, bone.
KNOTS_HU = (-1000.0, -800.0, -100.0, 8.0, 45.0, 70.0, 150.0, 500.0, 3000.0)
# Brightness of each in pictures weighted by T1 and by T2.
WEIGHTED = {
    "t1": (0.0, 0.03, 0.9, 0.2, 0.42, 0.5, 0.62, 0.12, 0.02),
    "t2": (0.0, 0.03, 0.7, 1.0, 0.25, 0.38, 0.45, 0.1, 0.02),
}


def as_resonance(hu: Field, rng: np.random.Generator) -> Field:
    """Values without a unit, from 0 to some hundreds or thousands."""
    wanted = np.array(WEIGHTED[str(rng.choice(list(WEIGHTED)))])
    wanted[1:] *= rng.uniform(0.7, 1.3, len(wanted) - 1)
    picture = np.interp(hu, KNOTS_HU, wanted).astype(np.float32)
    field = [
        1 + float(rng.uniform(0, 0.4)) * np.cos(np.linspace(0, 3, n) + float(rng.uniform(0, 6)))
        for n in hu.shape
    ]
    picture *= (field[0][:, None, None] * field[1][:, None] * field[2]).astype(np.float32)
    picture += np.float32(0.02) * crop(cloud_bank(), hu.shape, rng)
    grain = float(rng.uniform(0.01, 0.05))
    picture += grain * rng.standard_normal(hu.shape, dtype=np.float32)
    made: Field = np.abs(picture) * np.float32(rng.uniform(200, 2000))
    return made
