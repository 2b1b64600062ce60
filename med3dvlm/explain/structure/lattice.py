"""Which voxels the stem reads: those on three families of lines, and no others.

    lines = stem_lines((48, 96, 96))              # (3, D, H, W): read along depth, height, width
    share = float(lines.any(axis=0).mean())       # 0.156
    measured = stem_reads(encoder, (32, 32, 32))  # the same, by the gradients of the loaded weights

Each line runs through every fourth voxel of the two other axes; 10 of 64 voxels lie on one.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from med3dvlm.model.dcformer_config import STEM_STRIDE
from med3dvlm.volumes.grid import Grid

if TYPE_CHECKING:  # the page doesn't wait for it
    from med3dvlm.model.dcformer import DCFormer

Bools = NDArray[np.bool_]
AXES = ("depth", "height", "width")

MEANS = (
    "Coloured voxels are all that the model reads of its input; everything else it sees comes "
    "from them."
)
MEANS_NOT = (
    "Not that a lesion between the lines is lost: before that the scan was resized, which mixes "
    "neighbours. But what is smaller than the gap between two lines can fall through."
)


def stem_lines(shape: Grid, stride: int = STEM_STRIDE) -> Bools:
    """Voxels (3, D, H, W) on the lines along each axis."""
    lines = np.zeros((3, *shape), dtype=bool)
    for axis in range(3):
        along = tuple(slice(None) if a == axis else slice(None, None, stride) for a in range(3))
        lines[axis][along] = True
    return lines


def stem_reads(encoder: "DCFormer", shape: Grid, *, seed: int = 0) -> Bools:
    """Voxels (D, H, W) on which the output of the stem depends, by its gradient.

    Args:
        encoder: as it is loaded.
        shape: of the volume that is tried.
        seed: of the random weights of the outputs, which keep contributions from cancelling out.
    """
    import torch

    weights = next(encoder.parameters())
    with torch.inference_mode(False), torch.enable_grad():
        volume = torch.zeros(1, 1, *shape, device=weights.device, requires_grad=True)
        out = encoder.stem(volume.to(weights.dtype))
        generator = torch.Generator().manual_seed(seed)
        against = torch.randn(out.shape, generator=generator).to(out)
        (slope,) = torch.autograd.grad((out * against).sum(), [volume])
    read: Bools = (slope[0, 0] != 0).cpu().numpy()
    return read
