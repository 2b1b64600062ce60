"""From a volume to the tensor a model sees, and back from its grid to the volume.

    seen = to_model_grid(volume, MODEL_CT, (64, 128, 128))
    seen.tensor                      # float32 (1, 1, D, H, W) in [0, 1]
    seen.mapping.to_voxel((d, h, w)) # where in the volume that model voxel lies

This is the only file on floor 1 that imports torch.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

Triple = tuple[int, int, int]
Grid = Triple  # voxels along depth, height and width

# Size of the prepared M3D volumes, and of the input of the released models.
PUBLISHED_GRID: Grid = (128, 256, 256)

# A plane belongs to the foreground if this share of it is brighter than the level.
FOREGROUND_LEVEL = 0.2
FOREGROUND_SHARE = 0.002
SLAB_VOXELS = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GridMap:
    """Maps a model grid to the volume it was made from; all triples are z, y, x."""

    start: Triple
    stop: Triple
    grid: Grid

    def __post_init__(self) -> None:
        if any(a >= b for a, b in zip(self.start, self.stop, strict=True)):
            raise VolumeError(f"empty crop from {self.start} to {self.stop}")

    @property
    def scale(self) -> tuple[float, float, float]:
        """Volume voxels per model voxel."""
        z, y, x = ((b - a) / n for a, b, n in zip(self.start, self.stop, self.grid, strict=True))
        return z, y, x

    def to_voxel(self, place: tuple[float, float, float]) -> tuple[float, float, float]:
        """Volume index of a model-grid index; voxel centres map to voxel centres."""
        z, y, x = (
            a + (p + 0.5) * s - 0.5 for p, a, s in zip(place, self.start, self.scale, strict=True)
        )
        return z, y, x

    def to_grid(self, index: tuple[float, float, float]) -> tuple[float, float, float]:
        """Model-grid index of a volume index (outside the crop: below 0 or beyond the grid)."""
        z, y, x = (
            (i + 0.5 - a) / s - 0.5 for i, a, s in zip(index, self.start, self.scale, strict=True)
        )
        return z, y, x


@dataclass(frozen=True, slots=True, kw_only=True)
class InputChoice:
    """The user's settings for turning a volume into a model's input.

    Attributes:
        window: grey scale in the volume's unit; None leaves it to the model.
        crop: crop to the foreground first.
        published: True for the published plain resize, False for a low-passed one; None leaves
            it to the model.
    """

    window: Window | None = None
    crop: bool = True
    published: bool | None = None


AS_TRAINED = InputChoice()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelInput:
    """Exactly what a model sees, and how it was made.

    Attributes:
        tensor: float32 (1, 1, D, H, W) in [0, 1].
        window: grey scale that was applied.
        mapping: where the grid lies in the volume.
        cropped: whether the foreground was cut out.
        published: whether the published plain resize was used, else a low-passed one.
    """

    tensor: Tensor
    window: Window
    mapping: GridMap
    cropped: bool = True
    published: bool = False


def to_model_grid(
    volume: Volume,
    window: Window,
    grid: Grid,
    *,
    crop: bool = True,
    published: bool = False,
) -> ModelInput:
    """Window, scale to [0, 1], crop to the foreground and resize.

    Args:
        volume: the scan.
        window: grey scale in the volume's unit.
        grid: voxels of the result along D, H, W.
        crop: crop to the bounding box of the foreground (the body) first.
        published: resize as the published training data was resized (trilinear without a low
            pass, box of everything above black); else with a low pass when shrinking.
    """
    box = _whole(volume) if not crop else _foreground(volume, window, exact=published)
    cut = volume.voxels[tuple(slice(a, b) for a, b in zip(box[0], box[1], strict=True))]
    resized = _resize_plain(cut, window, grid) if published else _resize(cut, window, grid)
    mapping = GridMap(start=box[0], stop=box[1], grid=grid)
    return ModelInput(
        tensor=resized.clamp_(0, 1), window=window, mapping=mapping, cropped=crop,
        published=published,
    )  # fmt: skip


def _whole(volume: Volume) -> tuple[Triple, Triple]:
    return (0, 0, 0), volume.shape


def _foreground(volume: Volume, window: Window, *, exact: bool) -> tuple[Triple, Triple]:
    """Smallest box around the foreground; the whole volume when nothing is brighter."""
    level = window.low if exact else window.low + FOREGROUND_LEVEL * window.width
    bright = volume.voxels > level
    starts, stops = [], []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        counts = np.count_nonzero(bright, axis=others)
        plane = bright.size / bright.shape[axis]
        kept = np.flatnonzero(counts > (0 if exact else FOREGROUND_SHARE * plane))
        if kept.size == 0:
            return _whole(volume)
        starts.append(int(kept[0]))
        stops.append(int(kept[-1]) + 1)
    return (starts[0], starts[1], starts[2]), (stops[0], stops[1], stops[2])


def _resize_plain(cut: NDArray[np.generic], window: Window, grid: Grid) -> Tensor:
    whole = torch.from_numpy(window.apply(cut))[None, None]
    return interpolate(whole, size=grid, mode="trilinear", align_corners=False)


def _resize(cut: NDArray[np.generic], window: Window, grid: Grid) -> Tensor:
    """Triangle-filtered resize, axis by axis and slab by slab: little memory for any size."""
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
