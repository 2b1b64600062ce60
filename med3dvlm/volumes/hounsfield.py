"""Whether values without a declared unit look like a CT's Hounsfield units.

if looks_like_ct(voxels): ...    # a guess: say so
"""

import numpy as np

from med3dvlm.volumes.volume import Voxels

# What the readers of formats without a unit write into the notes of a volume that does.
TAKEN_AS_HU = "the values look like CT and are taken as HU"
SAMPLE_VOXELS = 1_000_000
# Air and padding lie below this; nothing else in a scan does.
AIR_HU = -500
AIR_SHARE = 0.001
# Denser than bone and contrast; only metal, which is small, lies above.
DENSE_HU = 4_000
DENSE_SHARE = 0.001
# Below air there is padding only: one constant value, not a range of values.
BELOW_AIR_HU = -1_100
STRAY_SHARE = 0.005
# Values between whole numbers (a resampled scan) need a clear peak of pure air.
PURE_AIR_HU = (-1_030, -970)
PURE_AIR_SHARE = 0.05


def looks_like_ct(voxels: Voxels) -> bool:
    """True when the values have air, a plausible range and a CT's whole numbers or peak of air."""
    step = max(1, round((voxels.size / SAMPLE_VOXELS) ** (1 / 3)))
    sample = voxels[::step, ::step, ::step]
    stray = (sample < BELOW_AIR_HU) & (sample != voxels.min())
    plausible = (
        np.mean(sample <= AIR_HU) >= AIR_SHARE
        and np.mean(sample > DENSE_HU) <= DENSE_SHARE
        and np.mean(stray) <= STRAY_SHARE
    )
    if not plausible or voxels.dtype == np.int16:
        return bool(plausible)
    low, high = PURE_AIR_HU
    pure_air = np.mean((sample >= low) & (sample <= high))
    return bool((np.rint(sample) == sample).all() or pure_air >= PURE_AIR_SHARE)
