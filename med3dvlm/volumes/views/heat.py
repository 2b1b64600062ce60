"""One number for each block of a volume, on the slices of a small picture.

heat = Heat(values, mapping)
thumbnail(volume, ABDOMEN, center=heat.peak, heat=heat)
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:  # which imports torch
    from med3dvlm.volumes.grid import GridMap

FOR, AGAINST = (245, 158, 11), (59, 130, 246)  # above zero, below zero
STRENGTH = 0.55  # of the colour where the number is largest


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """Numbers `[z, y, x]` of blocks, and where these lie in the volume."""

    values: NDArray[Any]
    mapping: "GridMap"

    @property
    def peak(self) -> tuple[float, float, float]:
        """The voxel in the middle of the block with the largest number."""
        z, y, x = np.unravel_index(int(np.argmax(self.values)), self.values.shape)
        return self.mapping.to_voxel((float(z), float(y), float(x)))

    def on(self, axis: int, index: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Of each pixel of a slice across an axis (0: axial, 1: coronal), from -1 to 1."""
        cells = [
            np.clip(((np.arange(n) + 0.5 - start) // scale).astype(int), 0, count - 1)
            for n, start, scale, count in zip(
                shape, self.mapping.start, self.mapping.scale, self.values.shape, strict=True
            )
        ]
        cells[axis] = cells[axis][index : index + 1]
        most = float(np.abs(self.values).max()) or 1.0
        drawn: NDArray[np.float32] = np.take(self.values[np.ix_(*cells)], 0, axis=axis)
        return (drawn / most).astype(np.float32)


def coloured(grey: Image.Image, heat: NDArray[np.float32]) -> Image.Image:
    """A grey picture with a colour over it, as strong as the number of each pixel is large."""
    strong = Image.fromarray((255 * STRENGTH * np.abs(heat)).astype(np.uint8)).resize(grey.size)
    above = Image.fromarray(np.where(heat > 0, 255, 0).astype(np.uint8)).resize(
        grey.size, Image.Resampling.NEAREST
    )
    colour = Image.composite(
        Image.new("RGB", grey.size, FOR), Image.new("RGB", grey.size, AGAINST), above
    )
    return Image.composite(colour, grey.convert("RGB"), strong)
