"""A lesion of chosen kind, place, size and contrast, in a phantom or in the open scan.

painted = in_phantom(trial)
painted = in_scan(scan, voxel, "lung nodule", size_mm=20, contrast=1.0)
painted.volume, painted.center, painted.told, painted.record
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from med3dvlm.errors import VolumeError
from med3dvlm.explain.lab.detectability import SMALLEST_ALTERED, axis_of
from med3dvlm.explain.lab.lesions import BALLS, with_lesion
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.findings import KINDS, KINDS_IN, Kind
from med3dvlm.phantoms.planted import Trial, plant
from med3dvlm.ui.explain.asking import check_size
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.scan.verdicts import window_for
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

REAL = "A painted lesion in a real scan."
OWN = "A painted lesion in the open phantom."
ABSENT = "Nothing is painted: the same person without the lesion."
Voxel = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Painted:
    """A scan with a painted lesion.

    Attributes:
        volume: the scan.
        window: grey scale in which the lesion is seen.
        center: the lesion's middle; None where nothing was painted.
        told: what it is, in a sentence.
        record: the numbers from which it can be painted again.
    """

    volume: Volume
    window: Window
    center: Voxel | None
    told: str
    record: Mapping[str, object]


def in_phantom(trial: Trial) -> Painted:
    """A phantom with the lesion of a trial."""
    pair = plant(trial)
    center: Voxel | None = None
    if pair.mask.any():
        z, y, x = (float(axis.mean()) for axis in np.nonzero(pair.mask))
        center = z, y, x
    seen = f"A phantom: person {trial.seed}, {trial.region}."
    if center is not None:
        seen += f" The lesion differs from what was there by {pair.contrast_hu:.0f} HU."
    return Painted(
        volume=pair.ill,
        window=window_for(trial.kind, trial.region),
        center=center,
        told=seen if center is not None else f"{seen} {ABSENT}",
        record=asdict(trial),
    )


def in_scan(scan: Scan, voxel: Voxel, kind: str, *, size_mm: float, contrast: float) -> Painted:
    """The open scan with a lesion around a voxel.

    Raises:
        VolumeError: it can't be painted there; the message says what can.
    """
    check_size(scan.volume)
    _check_region(scan, kind)
    nothing = size_mm <= 0
    volume = with_lesion(
        scan.volume, voxel, kind, size_mm=size_mm or 1, contrast=0 if nothing else contrast
    )
    owner = REAL if scan.seed is None else OWN
    return Painted(
        volume=scan.volume if nothing else volume,
        window=window_for(kind, KINDS[kind].regions[0]),
        center=voxel,
        told=f"{owner} It is not part of the file." if not nothing else ABSENT,
        record={
            "scan": scan.volume.digest, "voxel": voxel, "kind": kind, "size_mm": size_mm,
            "contrast": contrast,
        },
    )  # fmt: skip


def _check_region(scan: Scan, kind: str) -> None:
    """Of a phantom it is known which part of the body it shows."""
    if scan.seed is None:
        return
    region = draw_facts(scan.seed).acquisition.region
    if region not in KINDS[kind].regions:
        able = ", ".join(one.name for one in KINDS_IN[region] if one.name in BALLS)
        raise VolumeError(
            f"This phantom shows the {region}, where a {kind} can't be. Choose one of: {able}."
        )


def sizes_of(kind: Kind) -> tuple[int, int, int]:
    """Smallest, largest and first size to choose, in mm; an altered organ begins near normal."""
    low, high = kind.size_mm
    smallest = round(SMALLEST_ALTERED * low) if kind.prepare else 0
    return smallest, high, round((low + high) / 2)


def has_size(kind: Kind) -> bool:
    """Whether the size of a kind can be varied."""
    return axis_of(kind) == "size_mm"
