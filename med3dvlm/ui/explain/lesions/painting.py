"""A lesion of chosen kind, place, size and contrast, in a phantom or in the open scan.

painted = in_phantom(trial)
painted = in_scan(scan, voxel, "lung nodule", size_mm=20, contrast=1.0)
painted.volume, painted.center, painted.told
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from med3dvlm.engine.starter_library import window_for
from med3dvlm.errors import PromptError, VolumeError
from med3dvlm.explain.lab.detectability import SMALLEST_ALTERED, axis_of
from med3dvlm.explain.lab.lesions import BALLS, with_lesion
from med3dvlm.explain.lab.trials import ScanTrial, TrialResult
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.findings import KINDS, KINDS_IN, Kind
from med3dvlm.phantoms.planted import Pair, Trial, plant
from med3dvlm.ui.explain.asking import check_size
from med3dvlm.ui.explain.slices import two_slices
from med3dvlm.ui.page.session import Scan
from med3dvlm.values import to_json
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

REAL = "A painted lesion in a real scan."
OWN = "A painted lesion in the open phantom."
PHANTOM, OPEN_SCAN = "A phantom", "The open scan, at the crosshair"
NO_NUMBER = "Choose a size and a contrast: one of them is empty."
ABSENT = "Nothing is painted: the same person without the lesion."
Voxel = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Painted:
    """A scan with a painted lesion.

    Attributes:
        volume: the scan.
        healthy: the same without it.
        window: grey scale in which the lesion is seen.
        center: the lesion's middle; None where nothing was painted.
        size_mm: the lesion's size.
        told: what it is, in a sentence.
        place: the numbers from which it can be painted again, in the open scan.
        pair: the phantom; None in the open scan.
    """

    volume: Volume
    healthy: Volume
    window: Window
    center: Voxel | None
    size_mm: float
    told: str
    place: Mapping[str, Any] = field(default_factory=dict)
    pair: Pair | None = None


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
        healthy=pair.healthy,
        window=window_for(trial.kind, trial.region),
        center=center,
        size_mm=trial.size_mm,
        told=seen if center is not None else f"{seen} {ABSENT}",
        pair=pair,
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
        healthy=scan.volume,
        window=window_for(kind, KINDS[kind].regions[0]),
        center=voxel,
        size_mm=size_mm,
        told=f"{owner} It is not part of the file." if not nothing else ABSENT,
        place={
            "scan": scan.volume.digest, "voxel": voxel, "kind": kind, "size_mm": size_mm,
            "contrast": contrast,
        },
    )  # fmt: skip


def painted_as(scan: Scan | None, voxel: Voxel | None, *chosen: Any) -> Painted:
    """What the controls of the lab say.

    Raises:
        PromptError: one of them is empty.
    """
    source, kind, place, size, contrast, person = chosen
    if kind is None or size is None or contrast is None:
        raise PromptError(NO_NUMBER)
    known = KINDS[kind]
    if source == OPEN_SCAN and scan is not None and voxel is not None:
        return in_scan(scan, voxel, kind, size_mm=size, contrast=contrast)
    return in_phantom(
        Trial(
            seed=int(person or 0),
            kind=kind,
            place=(place or "") if known.places else "",
            size_mm=round(size) if has_size(known) else known.size_mm[0],
            contrast=contrast,
        )
    )


def picture_of(painted: Painted) -> bytes:
    """The slices through the lesion, or through the middle where there is none."""
    volume = painted.volume
    center = painted.center or tuple((n - 1) / 2 for n in volume.shape)
    z, y, x = center
    ring = painted.size_mm if painted.center else 0
    return two_slices(volume, painted.window, (z, y, x), ring_mm=ring)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the model made of a painted lesion.

    Attributes:
        question: what was asked.
        weights: digest of the model.
        with_lesion: probability of a yes.
        without: of a yes for the same scan without the lesion.
        blind: of a yes without an image.
    """

    question: str
    weights: str
    with_lesion: float
    without: float
    blind: float


def exported(painted: Painted, found: Found) -> str:
    """A trial as JSON; `python -m med3dvlm detect --trial` repeats that of a phantom."""
    if painted.pair is None:
        return to_json(ScanTrial(**painted.place, **asdict(found)))
    pair = painted.pair
    contrast = round(pair.contrast_hu, 1)
    return to_json(TrialResult(trial=pair.trial, contrast_hu=contrast, **asdict(found)))


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
