"""Fast downsampling of a scan: means over blocks of voxels, for previews and surfaces.

factor = block_factor(volume.shape, 112)       # (3, 5, 5) for 300 slices of 512 x 512
small = block_means(volume.voxels, factor)     # float32, (100, 102, 102)
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Triple = tuple[int, int, int]


def block_factor(shape: Triple, longest: int) -> Triple:
    """Voxels per block along z, y, x, so that no axis of the result exceeds `longest`."""
    z, y, x = (-(-n // longest) for n in shape)
    return z, y, x


def block_means(voxels: NDArray[Any], factor: Sequence[int]) -> NDArray[np.float32]:
    """Means over y and x of every `factor[0]`-th slice; incomplete blocks are left out."""
    deep, high, wide = factor
    depth, height, width = (n // f for n, f in zip(voxels.shape, factor, strict=True))
    kept = voxels[deep // 2 :: deep][:depth, : height * high, : width * wide]
    rows = kept.reshape(depth, height, high, -1).sum(axis=2, dtype=np.float32)
    sums: NDArray[np.float32] = rows.reshape(depth, height, width, wide).sum(axis=3)
    return sums / np.float32(high * wide)


def block_centre(factor: Sequence[int]) -> tuple[float, float, float]:
    """Voxel index `(z, y, x)` that the first block represents."""
    deep, high, wide = factor
    return float(deep // 2), (high - 1) / 2, (wide - 1) / 2
