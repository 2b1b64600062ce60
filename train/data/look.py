"""What a learner sees of ready volumes: bytes to [0, 1] on the device, varied without lying.

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
    """Augmentation that leaves every text true.

    Attributes:
        contrast: largest relative change of the grey scale.
        brightness: largest shift of it.
        share: chance of each of the two.
        mirror: chance that left and right are exchanged in picture and words; rows whose words or
            plane don't allow it stay as they are. 0 is off.
    """

    contrast: float = 0.1
    brightness: float = 0.1
    share: float = 0.5
    mirror: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.share <= 1 and 0 <= self.mirror <= 1):
            raise TrainingError(f"chances lie in [0, 1]: {self.share}, {self.mirror}")

    def draw(self, rng: np.random.Generator) -> tuple[float, float]:
        """Gain and offset of one row."""
        changes = rng.random(2) < self.share
        gain = 1 + self.contrast * rng.uniform(-1, 1) * changes[0]
        offset = self.brightness * rng.uniform(-1, 1) * changes[1]
        return float(gain), float(offset)


# A batch's volumes and how each is looked at, in the order of `look`.
PICTURE = ("volume", "gain", "offset", "mirrored")
STILL = Variation(contrast=0.0, brightness=0.0)


def look(volume: Tensor, gain: Tensor, offset: Tensor, mirrored: Tensor) -> Tensor:
    """Bytes (B, 1, D, H, W) to float in [0, 1], each row in its own light and side."""
    x = volume.to(gain.dtype) / 255
    if bool(mirrored.any()):
        x = torch.where(_spread(mirrored), x.flip(-1), x)
    return (x * _spread(gain) + _spread(offset)).clamp(0, 1)


def _spread(values: Tensor) -> Tensor:
    return values[:, None, None, None, None]
