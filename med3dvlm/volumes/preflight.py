"""What a user should know of a scan before believing a picture or an answer: facts and cautions.

check = preflight(volume)
check.facts          # ("Size", "512 x 512 x 41 voxels"), ...
check.cautions       # Caution("thick slices", "Slices lie 6.3 times further apart than ..."), ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.hounsfield import BELOW_AIR_HU, TAKEN_AS_HU
from med3dvlm.volumes.orientation import SIDES_IN_DOUBT
from med3dvlm.volumes.volume import Volume

UNITS = {"HU": "HU", "arbitrary": "no unit"}
DIRECTIONS = "right-left x front-back x foot-head"
BURNED_IN = "Burned-in text"
SAMPLE_VOXELS = 2_000_000
# Air is -1000 HU, and 12-bit scanners go down to -1024; what lies below was never measured.
LOWEST_HU = -1024
FEW_SLICES = 16
SHORT_MM = 40
ANISOTROPIC = 3.0
# A side face of the scanned box that shows so much tissue cuts through the body.
TISSUE_HU = -300
CUT_SHARE = 0.2
SIDES = {(2, 0): "right", (2, -1): "left", (1, 0): "front", (1, -1): "back"}
# Pictures of 8 bits use more than half of their range.
GREY_LEVELS = (128, 255)
# Whole numbers of so few kinds are labels.
LABELS = 16
FILLING_SHARE = 0.001


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing to bear in mind: a few words for a list, and a sentence or two."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What was read, what was done to it, what to bear in mind."""

    facts: tuple[tuple[str, str], ...]
    done: tuple[str, ...]
    cautions: tuple[Caution, ...]


def preflight(volume: Volume) -> Preflight:
    """Look at a volume as it was read; takes milliseconds for any size."""
    step = max(1, round((volume.voxels.size / SAMPLE_VOXELS) ** (1 / 3)))
    sample = volume.voxels[::step, ::step, ::step]
    found = (check(volume, sample) for check in CHECKS)
    return Preflight(
        facts=_facts(volume, sample),
        done=volume.notes,
        cautions=tuple(caution for caution in found if caution is not None),
    )


def times(numbers: tuple[float, ...], form: str) -> str:
    """Numbers along z, y, x in the order x, y, z, as radiologists give them."""
    return " x ".join(form.format(number) for number in reversed(numbers))


Sample = NDArray[Any]


def _facts(volume: Volume, sample: Sample) -> tuple[tuple[str, str], ...]:
    unit = UNITS[volume.unit]
    low, high = np.percentile(_measured(volume, sample), [1, 99])
    return (
        ("Modality", _modality(volume)),
        ("Size", f"{times(volume.shape, '{:d}')} voxels"),
        ("Spacing", f"{times(volume.spacing_mm, '{:.2f}')} mm"),
        ("Extent", f"{times(volume.extent_mm, '{:.0f}')} mm"),
        ("Axes", DIRECTIONS if volume.orientation_known else "unknown: the file doesn't say"),
        ("Values", f"{volume.voxels.min():g} to {volume.voxels.max():g} {unit}"),
        ("Most values", f"{low:.4g} to {high:.4g} {unit}"),
        *volume.details.items(),
    )


def _measured(volume: Volume, sample: Sample) -> Sample:
    """Without padding, if anything is left then."""
    inside = sample[sample >= LOWEST_HU] if volume.unit == "HU" else sample
    return inside if inside.size else sample


def _guessed(volume: Volume) -> bool:
    return any(TAKEN_AS_HU in note for note in volume.notes)


def _modality(volume: Volume) -> str:
    if volume.modality == "unknown":
        return "unknown: the file doesn't say"
    return f"{volume.modality} (a guess from the values)" if _guessed(volume) else volume.modality


def _no_sides(volume: Volume, _: Sample) -> Caution | None:
    if any(SIDES_IN_DOUBT in note for note in volume.notes):
        return Caution(
            "sides in doubt",
            "The file contradicts itself about where left, back and head are. Compare with the "
            "original before you trust a side, in the pictures or in an answer.",
        )
    if volume.orientation_known:
        return None
    return Caution(
        "left and right unknown",
        "The file doesn't say where left, back and head are. Left and right can't be told, and "
        "neither the pictures nor an answer about a side can be trusted in this.",
    )


def _not_ct(volume: Volume, _: Sample) -> Caution | None:
    if volume.modality in {"CT", "unknown"}:
        return None
    return Caution(
        "not CT",
        f"This is {volume.modality}. Presets, phantoms and the model are made for CT: it can be "
        "looked at, but what the model says of it has no ground.",
    )


def _not_hu(volume: Volume, sample: Sample) -> Caution | None:
    if volume.unit == "HU":
        return None
    least, most = GREY_LEVELS
    pictures = _whole(sample) and sample.min() >= 0 and least <= sample.max() <= most
    also = " They look like grey levels of pictures (0 to 255)." if pictures else ""
    doubt = " If it is no CT, what the model says of it has no ground."
    return Caution(
        "not in HU",
        f"The values are in no known unit.{also} Window presets in HU don't apply, and the model "
        f"sees the whole range of values.{doubt if volume.modality in {'CT', 'unknown'} else ''}",
    )


def _labels(volume: Volume, sample: Sample) -> Caution | None:
    """Whole numbers of a few kinds, in a volume that could hold more."""
    if volume.unit == "HU" or not _whole(sample) or sample.min() == sample.max():
        return None
    kinds = len(np.unique(sample))
    if kinds > LABELS or kinds**2 > sample.size:
        return None
    return Caution(
        "a mask?",
        f"There are only {kinds} different values: this looks like a mask or a segmentation. Open "
        "the scan that it belongs to.",
    )


def _whole(sample: Sample) -> bool:
    return sample.dtype.kind != "f" or bool((np.rint(sample) == sample).all())


def _guessed_hu(volume: Volume, _: Sample) -> Caution | None:
    if volume.unit != "HU" or not _guessed(volume):
        return None
    return Caution(
        "HU is a guess",
        "The format can't say that this is a CT; the values look like one and are taken as HU.",
    )


def _padding(volume: Volume, sample: Sample) -> Caution | None:
    lowest = float(volume.voxels.min())
    if volume.unit != "HU" or lowest >= BELOW_AIR_HU:
        return None
    share = float((sample < LOWEST_HU).mean())
    if share < FILLING_SHARE:
        return Caution(
            "values below air",
            f"Less than 0.1 % of the voxels lie below {LOWEST_HU} HU, down to {lowest:g}: "
            "artefacts of metal or of an earlier resampling. They are shown black.",
        )
    return Caution(
        "padding",
        f"{100 * share:.1f} % of the voxels lie below {LOWEST_HU} HU, down to "
        f"{lowest:g}: filling outside the scanned field, not tissue. It is shown "
        "black, and the model sees it as air.",
    )


def _slices(volume: Volume, _: Sample) -> Caution | None:
    thin = int(np.argmin(volume.shape))
    count = volume.shape[thin]
    if count >= FEW_SLICES:
        return None
    extent = volume.extent_mm[thin]
    what = "One slice only" if count == 1 else f"Only {count} slices"
    return Caution(
        "one slice" if count == 1 else "few slices",
        f"{what}, {extent:.0f} mm in all. The model was made for whole volumes; what lies outside "
        "can't be judged.",
    )


def _short(volume: Volume, _: Sample) -> Caution | None:
    shortest = min(volume.extent_mm)
    if shortest >= SHORT_MM or min(volume.shape) < FEW_SLICES:
        return None
    return Caution("small extent", f"The scanned box is only {shortest:.0f} mm thick.")


def _anisotropic(volume: Volume, _: Sample) -> Caution | None:
    ratio = max(volume.spacing_mm) / min(volume.spacing_mm)
    if ratio < ANISOTROPIC or min(volume.shape) == 1:
        return None
    return Caution(
        "thick slices",
        f"Voxels are {max(volume.spacing_mm):.3g} mm long in one direction and "
        f"{min(volume.spacing_mm):.3g} mm in another ({ratio:.1f} times). Planes across the "
        "slices look coarse, and small things may lie between slices.",
    )


def _cut(volume: Volume, _: Sample) -> Caution | None:
    """Tissue on the side faces; the ends of the body axis are always cut."""
    if volume.unit != "HU" or not volume.orientation_known or min(volume.shape) < 2:
        return None
    cut = [
        side
        for (axis, end), side in SIDES.items()
        if (np.take(volume.voxels, end, axis=axis) > TISSUE_HU).mean() > CUT_SHARE
    ]
    if not cut:
        return None
    return Caution(
        "body cut off",
        f"The body reaches the edge of the scan ({', '.join(cut)}): a cropped file, or a small "
        "field of view. What the model has learnt of whole bodies fits less.",
    )


def _burned_in(volume: Volume, _: Sample) -> Caution | None:
    stated = volume.details.get(BURNED_IN)
    if stated is None:
        return None
    return Caution(
        "text in the pictures",
        "The pictures may hold burned-in text, perhaps a name: look before you show them to "
        "others. The model may read it, too.",
    )


def _even(volume: Volume, _: Sample) -> Caution | None:
    if volume.voxels.min() != volume.voxels.max():
        return None
    return Caution("nothing to see", "All voxels have the same value.")


CHECKS: tuple[Callable[[Volume, Sample], Caution | None], ...] = (
    _even, _no_sides, _not_ct, _not_hu, _labels, _burned_in, _slices, _short, _cut, _padding,
    _anisotropic, _guessed_hu,
)  # fmt: skip
