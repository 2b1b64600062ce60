"""From a volume to the tensor a model sees, and back from its grid to the volume.

seen = to_model_grid(volume, MODEL_CT, (64, 128, 128))
seen.tensor                      # float32 (1, 1, D, H, W) in [0, 1]
seen.mapping.to_voxel((d, h, w)) # where in the volume that model voxel lies
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

if TYPE_CHECKING:  # the page doesn't wait for it
    from torch import Tensor

Triple = tuple[int, int, int]
Grid = Triple  # voxels along depth, height and width

# Size of the prepared M3D volumes, and of the input of the released models.
PUBLISHED_GRID: Grid = (128, 256, 256)

# A plane belongs to the foreground if this share of it is brighter than the level.
FOREGROUND_LEVEL = 0.2
FOREGROUND_SHARE = 0.002


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

    tensor: "Tensor"
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
    from med3dvlm.volumes.resizing import resized_plain, resized_smooth

    box = _whole(volume) if not crop else _foreground(volume, window, exact=published)
    cut = volume.voxels[tuple(slice(a, b) for a, b in zip(box[0], box[1], strict=True))]
    resized = (resized_plain if published else resized_smooth)(cut, window, grid)
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
