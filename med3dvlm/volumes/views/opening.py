"""The window a scan is shown in first: one that suits what is in it.

opening_window(volume, sample(volume))     # BRAIN for a head, MEDIASTINUM for a chest

It is wider where contrast medium would be white.

It works on blocks of about a cubic centimetre: bone is uneven within one, blood with contrast even.
"""

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.views.body import Sampled, body_of, reach_mm
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import ABDOMEN, BRAIN, MEDIASTINUM, Window, auto_window

# Even blocks as bright as this hold contrast medium; bone and metal are uneven.
BRIGHT_HU = 150
EVEN_HU = 250
LEAST_CONTRAST = 0.009  # of the body; less of it is dense bone
ABOVE_CONTRAST = 1.15  # white begins so far above the contrast
WORTH_HU = 40  # widening by less is not worth an unusual window

# A head, in shares of its blocks: much bone, much even brain, hardly any fat, and not large.
BONE_HU = 300
HEAD_BONE, HEAD_BRAIN, HEAD_FAT, HEAD_MM = 0.3, 0.2, 0.15, 300.0
BRAIN_HU, BRAIN_EVEN_HU = (10, 60), 120
FAT_HU = (-150, -30)

# A chest, by the share of aerated lung in what the body encloses; an upper abdomen has a tenth.
LUNG_HU = (-950, -600)
CHEST_LUNG = 0.14


def opening_window(volume: Volume, sampled: Sampled) -> Window:
    """The window to begin with."""
    if volume.unit != "HU":
        return auto_window(volume)
    body = body_of(sampled, volume)
    small = reach_mm(sampled, volume) < HEAD_MM
    if small and _is_head(sampled, body):
        return BRAIN
    usual = MEDIASTINUM if _lung_share(sampled, body) > CHEST_LUNG else ABDOMEN
    return _soft_window(sampled, body, usual)


def _is_head(sampled: Sampled, body: NDArray[np.bool_]) -> bool:
    mean, span = sampled.mean, sampled.high - sampled.low
    brain = (mean > BRAIN_HU[0]) & (mean < BRAIN_HU[1]) & (span < BRAIN_EVEN_HU)
    fat = (mean > FAT_HU[0]) & (mean < FAT_HU[1])
    bone = body & (sampled.high > BONE_HU)
    whole = max(1, int(body.sum()))
    bony, brainy, fatty = (int(part.sum()) / whole for part in (bone, brain, fat))
    return bony > HEAD_BONE and brainy > HEAD_BRAIN and fatty < HEAD_FAT


def _lung_share(sampled: Sampled, body: NDArray[np.bool_]) -> float:
    """How much of the body, with what it encloses on all sides of a slice, is lung."""
    enclosed = np.logical_and.reduce([
        np.flip(np.logical_or.accumulate(np.flip(body, side), axis), side)
        for axis in (1, 2)
        for side in ((), (axis,))
    ])  # fmt: skip
    lung = enclosed & (sampled.mean > LUNG_HU[0]) & (sampled.mean < LUNG_HU[1])
    return int(lung.sum()) / max(1, int((enclosed | body).sum()))


def _soft_window(sampled: Sampled, body: NDArray[np.bool_], usual: Window) -> Window:
    """The usual window, made wider where there is enough contrast medium to be white in it."""
    even = sampled.high - sampled.low < EVEN_HU
    contrast = sampled.mean[(sampled.low >= BRIGHT_HU) & even]
    if contrast.size < LEAST_CONTRAST * max(1, int(body.sum())):
        return usual
    high = 10 * round(ABOVE_CONTRAST * float(np.percentile(contrast, 75)) / 10)
    if high < usual.high + WORTH_HU:
        return usual
    return Window(name="Contrast", center=(high + usual.low) / 2, width=high - usual.low)
