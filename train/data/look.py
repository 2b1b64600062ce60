"""Ready volumes as the model sees them: bytes to [0, 1] on the device, with safe augmentation.

gain, offset = Variation().draw(rng)          # of one row
x = look(batch["volume"], batch["gain"], batch["offset"], batch["mirrored"])
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from med3dvlm.errors import TrainingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """Augmentation that keeps every text true.

    Attributes:
        contrast: largest relative change of contrast.
        brightness: largest shift of brightness.
        share: probability of each of the two.
        mirror: probability that left and right are swapped in both image and text; rows whose text
            or plane doesn't allow it stay unchanged. 0 is off.
    """

    contrast: float = 0.1
    brightness: float = 0.1
    share: float = 0.5
    mirror: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.share <= 1 and 0 <= self.mirror <= 1):
            raise TrainingError(f"share and mirror must be in [0, 1]: {self.share}, {self.mirror}")

    def draw(self, rng: np.random.Generator) -> tuple[float, float]:
        """Gain and offset of one row."""
        changes = rng.random(2) < self.share
        gain = 1 + self.contrast * rng.uniform(-1, 1) * changes[0]
        offset = self.brightness * rng.uniform(-1, 1) * changes[1]
        return float(gain), float(offset)


# A batch's volumes and the augmentation of each, in the order of `look`'s arguments.
PICTURE = ("volume", "gain", "offset", "mirrored")
STILL = Variation(contrast=0.0, brightness=0.0)


def look(volume: Tensor, gain: Tensor, offset: Tensor, mirrored: Tensor) -> Tensor:
    """Bytes (B, 1, D, H, W) to float in [0, 1], each row with its own contrast and mirroring."""
    x = volume.to(gain.dtype) / 255
    if bool(mirrored.any()):
        x = torch.where(_spread(mirrored), x.flip(-1), x)
    return (x * _spread(gain) + _spread(offset)).clamp(0, 1)


def _spread(values: Tensor) -> Tensor:
    return values[:, None, None, None, None]
