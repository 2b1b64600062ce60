"""Resizes voxels to a model's grid: the only file on floor 1 that imports torch.

resized_smooth(voxels, MODEL_CT, (64, 128, 128))      # float32 (1, 1, D, H, W), not yet clamped
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from med3dvlm.volumes.grid import Grid
from med3dvlm.volumes.window import Window

SLAB_VOXELS = 8_000_000


def resized_plain(cut: NDArray[np.generic], window: Window, grid: Grid) -> Tensor:
    """Trilinear without a low pass, as the published training data was resized."""
    whole = torch.from_numpy(window.apply(cut))[None, None]
    return interpolate(whole, size=grid, mode="trilinear", align_corners=False)


def resized_smooth(cut: NDArray[np.generic], window: Window, grid: Grid) -> Tensor:
    """Triangle-filtered, axis by axis and slab by slab: little memory for any size."""
    depth, height, width = grid
    out = torch.zeros(depth, height * width)
    weights = triangle_weights(cut.shape[0], depth)
    slab = max(1, SLAB_VOXELS // (cut.shape[1] * cut.shape[2]))
    for first in range(0, cut.shape[0], slab):
        part = torch.from_numpy(window.apply(cut[first : first + slab]))[:, None]
        small = interpolate(part, size=(height, width), mode="bilinear", antialias=True)
        out.addmm_(weights[:, first : first + slab], small.reshape(len(part), -1))
    return out.reshape(1, 1, depth, height, width)


def triangle_weights(size: int, resized: int) -> Tensor:
    """Weights (resized, size) of a triangle filter, widened by the factor when shrinking."""
    factor = size / resized
    reach = max(factor, 1.0)
    centers = (torch.arange(resized, dtype=torch.float64)[:, None] + 0.5) * factor - 0.5
    distance = (torch.arange(size, dtype=torch.float64)[None, :] - centers).abs() / reach
    weights = (1 - distance).clamp(min=0)
    return (weights / weights.sum(dim=1, keepdim=True)).float()
