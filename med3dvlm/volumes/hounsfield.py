"""Whether values without a declared unit look like a CT's Hounsfield units.

if looks_like_ct(voxels): ...    # a guess: tell the user
"""

import numpy as np

from med3dvlm.volumes.volume import Voxels

# Part of the note that readers of formats without a unit add to a volume that looks like CT.
TAKEN_AS_HU = "the values look like CT and are taken as HU"
SAMPLE_VOXELS = 1_000_000
# Air and padding lie below this; nothing else in a scan does.
AIR_HU = -500
AIR_SHARE = 0.001
# Denser than bone and contrast agent; only metal, which is small, has higher values.
DENSE_HU = 4_000
DENSE_SHARE = 0.001
# Below air there is only padding: one constant value, not a range of values.
BELOW_AIR_HU = -1_100
STRAY_SHARE = 0.005
# Values between whole numbers (a resampled scan) need a clear peak of pure air.
PURE_AIR_HU = (-1_030, -970)
PURE_AIR_SHARE = 0.05


def looks_like_ct(voxels: Voxels) -> bool:
    """True when the values include air, have a plausible range, and are integers or peak at air."""
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
