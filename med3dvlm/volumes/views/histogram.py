"""How often each value occurs in a scan.

counts = count_values(volume)
counts.middles, counts.shares        # bin by bin, in the unit of the scan
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import auto_window

BINS = 256
SAMPLES = 2_000_000
HU_RANGE = (-1100.0, 2000.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ValueCounts:
    """A histogram.

    Attributes:
        edges: (n + 1,) of the bins, in the unit of the scan.
        shares: (n,) of the voxels in each bin; voxels outside all bins are left out.
    """

    edges: NDArray[np.float64]
    shares: NDArray[np.float64]

    @property
    def middles(self) -> NDArray[np.float64]:
        """Middle of each bin."""
        middles: NDArray[np.float64] = (self.edges[1:] + self.edges[:-1]) / 2
        return middles


def count_values(volume: Volume, *, bins: int = BINS) -> ValueCounts:
    """Count about two million evenly spread voxels; integer bins are all equally wide."""
    step = max(1, round((volume.voxels.size / SAMPLES) ** (1 / 3)))
    sample = volume.voxels[::step, ::step, ::step]
    low, high = _range(volume)
    width = (high - low) / bins
    if volume.voxels.dtype != np.float32 or volume.unit == "HU":
        width = float(max(1, np.ceil(width)))
        low = float(np.floor(low)) - 0.5
    edges = low + width * np.arange(bins + 1, dtype=np.float64)
    numbers = np.floor((sample.astype(np.float32).ravel() - np.float32(low)) / np.float32(width))
    held = numbers[(numbers >= 0) & (numbers < bins)].astype(np.int64)
    return ValueCounts(edges=edges, shares=np.bincount(held, minlength=bins) / sample.size)


def _range(volume: Volume) -> tuple[float, float]:
    if volume.unit == "HU":
        return HU_RANGE
    auto = auto_window(volume)
    return auto.center - 0.75 * auto.width, auto.center + 0.75 * auto.width
