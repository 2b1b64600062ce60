"""A lesion painted into an open scan at a point: what a model makes of it in a real body.

changed = with_lesion(volume, (40, 200, 310), "lung nodule", size_mm=20)
changed.notes[-1]              # says that it was painted
lesion = ScanLesion(voxel=(40, 200, 310), kind="lung nodule", size_mm=20)
lesion.said, lesion.painted_into(volume)
"""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from med3dvlm.errors import ConfigError, VolumeError
from med3dvlm.phantoms.canvas import Canvas, Lumps
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.volumes.volume import Volume

LARGEST_MM = 150
BODY_HU = -900  # darker than lung is air around the body
NOTE = "A painted lesion in a real scan: {kind}, {size} mm. It is not part of the file."
NOTHING = "Nothing is painted into the scan."
STEP = 2  # voxels around the point that may count as body


@dataclass(frozen=True, slots=True)
class Ball:
    """A lesion that is a ball of one tissue: its HU, and how irregular its surface is."""

    hu: float
    lumps: float = 0.0


# The kinds that can be set at a point; all others change an organ or spread along a surface.
BALLS: dict[str, Ball] = {
    "lung nodule": Ball(60, 0.3),
    "mediastinal mass": Ball(60, 0.35),
    "liver metastases": Ball(40, 0.25),
    "liver cyst": Ball(6),
    "gallstone": Ball(1150),
    "kidney stone": Ball(1150),
    "renal cyst": Ball(6),
    "adrenal mass": Ball(60, 0.2),
    "bladder stone": Ball(1150),
    "bladder mass": Ball(70, 0.35),
    "adnexal cyst": Ball(6),
    "lytic bone lesion": Ball(60, 0.3),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanLesion:
    """A lesion at a point of a scan, whichever that is.

    Attributes:
        voxel: `(z, y, x)` of its middle.
        kind: one of `BALLS`.
        size_mm: its diameter; 0 paints nothing.
        contrast: 1 for the usual tissue, 0 for none.
    """

    voxel: tuple[float, float, float]
    kind: str
    size_mm: float
    contrast: float = 1.0

    def __post_init__(self) -> None:
        # Lesions come from files, too, which hold anything.
        if self.kind not in BALLS:
            raise ConfigError(
                f"{self.kind!r} can't be set at a point of a scan; choose one of {', '.join(BALLS)}"
            )
        numbers = (*self.voxel, self.size_mm, self.contrast)
        finite = all(isinstance(number, int | float) and isfinite(number) for number in numbers)
        if not finite or len(self.voxel) != len("zyx"):
            raise ConfigError("a trial needs three numbers as voxel, and a size and a contrast")
        if not 0 <= self.size_mm <= LARGEST_MM or not 0 <= self.contrast <= 1:
            raise ConfigError(f"a size of 0 to {LARGEST_MM} mm and a contrast of 0 to 1 are needed")

    @property
    def said(self) -> str:
        """What was painted, in a sentence."""
        return NOTE.format(kind=self.kind, size=f"{self.size_mm:g}") if self.size_mm else NOTHING

    def painted_into(self, volume: Volume) -> Volume:
        """A copy of the scan with it; the scan itself where nothing is to be seen.

        Raises:
            VolumeError: it can't be painted there.
        """
        if self.size_mm == 0 or self.contrast == 0:
            return volume
        return with_lesion(
            volume, self.voxel, self.kind, size_mm=self.size_mm, contrast=self.contrast
        )


def with_lesion(
    volume: Volume,
    voxel: tuple[float, float, float],
    kind: str,
    *,
    size_mm: float,
    contrast: float = 1.0,
) -> Volume:
    """A copy of a scan with a lesion around a voxel (z, y, x).

    Args:
        volume: a CT in HU.
        voxel: where its middle lies.
        kind: one of `BALLS`.
        size_mm: its diameter.
        contrast: 1 for the usual tissue, less for something between it and what was there.

    Raises:
        VolumeError: it can't be painted there; the message says what can.
    """
    if kind not in BALLS:
        what = "is no finding" if kind not in KINDS else "can't be set at a point"
        raise VolumeError(f"{kind} {what}: choose one of {', '.join(BALLS)}.")
    if volume.unit != "HU":
        raise VolumeError("This scan has no Hounsfield units to paint a lesion in: open a CT.")
    if not 0 < size_mm <= LARGEST_MM or not 0 <= contrast <= 1:
        raise VolumeError(f"Choose a size of up to {LARGEST_MM} mm and a contrast of 0 to 1.")
    _check_inside(volume, voxel)
    ball = BALLS[kind]
    canvas = Canvas(volume.shape, volume.spacing_mm, (0.0, 0.0, 0.0))
    canvas.hu = volume.voxels.astype(np.float32)
    z, y, x = (float(i * s) for i, s in zip(voxel, volume.spacing_mm, strict=True))
    r = size_mm / 2
    lumps = Lumps(ball.lumps, 3.0, 1.0) if ball.lumps else None
    box, coverage = canvas.ellipsoid((x, y, z), (r, r, r), lumps=lumps)
    canvas.paint(box, np.float32(contrast) * coverage, ball.hu)
    return volume.with_values(canvas.hu).noting(NOTE.format(kind=kind, size=f"{size_mm:g}"))


def _check_inside(volume: Volume, voxel: tuple[float, float, float]) -> None:
    places = [round(i) for i in voxel]
    if any(not 0 <= i < n for i, n in zip(places, volume.shape, strict=True)):
        raise VolumeError("That point lies outside the scan: choose one in the body.")
    around = tuple(slice(max(i - STEP, 0), i + STEP + 1) for i in places)
    if not (volume.voxels[around] > BODY_HU).any():
        raise VolumeError("There is only air at that point: choose one in the body.")
