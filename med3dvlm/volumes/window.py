"""Grey-level windows in Hounsfield units, and one for data without them.

ABDOMEN.apply(volume.voxels)     # float32 in [0, 1]
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import ConfigError
from med3dvlm.volumes.volume import Volume


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Linear grey scale; `center` and `width` in the volume's unit (HU for CT)."""

    center: float
    width: float
    name: str = ""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.center) and np.isfinite(self.width) and self.width > 0):
            raise ConfigError(
                "a window needs a finite center and a width above 0, got "
                f"{self.center}/{self.width}"
            )

    @property
    def low(self) -> float:
        """This value and all below it are shown black."""
        return self.center - self.width / 2

    @property
    def high(self) -> float:
        """This value and all above it are shown white."""
        return self.center + self.width / 2

    def apply(self, voxels: NDArray[Any]) -> NDArray[np.float32]:
        """Scale to [0, 1] and clip; any shape."""
        scaled = (voxels.astype(np.float32) - np.float32(self.low)) / np.float32(self.width)
        return np.clip(scaled, 0.0, 1.0, out=scaled)


LUNG = Window(name="Lung", center=-600, width=1500)
MEDIASTINUM = Window(name="Mediastinum", center=50, width=350)
ABDOMEN = Window(name="Abdomen", center=40, width=400)
LIVER = Window(name="Liver", center=60, width=160)
BONE = Window(name="Bone", center=300, width=1500)
BRAIN = Window(name="Brain", center=40, width=80)
STROKE = Window(name="Stroke", center=30, width=30)
ANGIO = Window(name="Angio", center=300, width=600)

CT_PRESETS = (LUNG, MEDIASTINUM, ABDOMEN, LIVER, BONE, BRAIN, STROKE, ANGIO)

# Wide enough to keep lung, fat, soft tissue and contrast apart in one channel.
MODEL_CT = Window(name="Model", center=-50, width=900)


def auto_window(volume: Volume) -> Window:
    """From the 1st to the 99th percentile of a million or so voxels above the minimum."""
    step = max(1, round((volume.voxels.size / 1_000_000) ** (1 / 3)))
    sample = volume.voxels[::step, ::step, ::step].astype(np.float32).ravel()
    above = sample[sample > sample.min()]
    if above.size == 0:
        return Window(name="Auto", center=float(sample[0]), width=1.0)
    low, high = np.percentile(above, [1, 99])
    if low == high:  # a mask: what lies around it is black
        low = sample.min()
    return Window(name="Auto", center=float(low + high) / 2, width=max(float(high - low), 1e-6))


def model_window(volume: Volume) -> Window:
    """The window a model sees by default: `MODEL_CT` for HU, else the whole range of the data."""
    if volume.unit == "HU":
        return MODEL_CT
    low, high = float(volume.voxels.min()), float(volume.voxels.max())
    return Window(name="Range", center=(low + high) / 2, width=max(high - low, 1e-6))
