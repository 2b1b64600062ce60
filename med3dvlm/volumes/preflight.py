"""What a user should know about a scan before trusting an image or an answer: facts and cautions.

check = preflight(volume)
check.facts          # ("Size", "512 x 512 x 41 voxels"), ...
check.cautions       # Caution("thick slices", "Voxels measure 5 mm in one direction ..."), ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.hounsfield import BELOW_AIR_HU, TAKEN_AS_HU
from med3dvlm.volumes.orientation import SIDES_IN_DOUBT
from med3dvlm.volumes.volume import Volume

UNITS = {"HU": "HU", "arbitrary": "(no unit)"}
DIRECTIONS = "right-left x front-back x foot-head"
BURNED_IN = "Burned-in text"
# Part of the note about slices that didn't lie at even distances.
EVENED = "interpolated onto even positions"
SAMPLE_VOXELS = 2_000_000
# Air is -1000 HU, and 12-bit scanners go down to -1024; lower values are not measurements.
LOWEST_HU = -1024
FEW_SLICES = 16
SHORT_MM = 40
ANISOTROPIC = 3.0
# A lateral face of the scanned box with this share of tissue cuts through the body.
TISSUE_HU = -300
CUT_SHARE = 0.2
SIDES = {(2, 0): "right", (2, -1): "left", (1, 0): "front", (1, -1): "back"}
# 8-bit images use more than half of their range.
GREY_LEVELS = (128, 255)
# Integers with at most this many distinct values are labels.
LABELS = 16
FILLING_SHARE = 0.001


@dataclass(frozen=True, slots=True)
class Caution:
    """One caution for the user: a few words for a list, and a sentence or two."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What was read, what the reader did to it, and what the user should be careful about."""

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
    """The sample without padding, or all of it if there is nothing else."""
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
            "orientation in doubt",
            "The file stores two conflicting orientations. Check left and right against the "
            "original before you rely on a side, in the images or in an answer.",
        )
    if volume.orientation_known:
        return None
    return Caution(
        "left and right unknown",
        "The file doesn't store the patient's orientation, so left and right can't be determined. "
        "Don't rely on a side, in the images or in an answer.",
    )


def _not_ct(volume: Volume, _: Sample) -> Caution | None:
    if volume.modality in {"CT", "unknown"}:
        return None
    return Caution(
        "not CT",
        f"This is {volume.modality}. The window presets and the model are made for CT. You can "
        "view the scan, but the model's answers about it are unfounded.",
    )


def _not_hu(volume: Volume, sample: Sample) -> Caution | None:
    if volume.unit == "HU":
        return None
    least, most = GREY_LEVELS
    pictures = _whole(sample) and sample.min() >= 0 and least <= sample.max() <= most
    also = " They look like 8-bit grey levels (0 to 255)." if pictures else ""
    doubt = " If this is not a CT, the model's answers about it are unfounded."
    return Caution(
        "not in HU",
        f"The unit of the values is unknown.{also} The HU window presets don't apply, and the "
        "model sees the full range of values."
        f"{doubt if volume.modality in {'CT', 'unknown'} else ''}",
    )


def _labels(volume: Volume, sample: Sample) -> Caution | None:
    """A few distinct integers, in a volume that could hold more."""
    if volume.unit == "HU" or not _whole(sample) or sample.min() == sample.max():
        return None
    kinds = len(np.unique(sample))
    if kinds > LABELS or kinds**2 > sample.size:
        return None
    return Caution(
        "possible mask",
        f"There are only {kinds} different values, so this is probably a mask or a segmentation. "
        "Open the scan it belongs to.",
    )


def _whole(sample: Sample) -> bool:
    return sample.dtype.kind != "f" or bool((np.rint(sample) == sample).all())


def _guessed_hu(volume: Volume, _: Sample) -> Caution | None:
    if volume.unit != "HU" or not _guessed(volume):
        return None
    return Caution(
        "HU assumed",
        "The file doesn't state the unit. The values look like CT and are taken as HU.",
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
            "artefacts from metal or earlier resampling. They are shown as black.",
        )
    return Caution(
        "padding",
        f"{100 * share:.1f} % of the voxels lie below {LOWEST_HU} HU, down to "
        f"{lowest:g}: padding outside the scanned field of view, not tissue. It is "
        "shown as black, and the model sees it as air.",
    )


def _slices(volume: Volume, _: Sample) -> Caution | None:
    thin = int(np.argmin(volume.shape))
    count = volume.shape[thin]
    if count >= FEW_SLICES:
        return None
    extent = volume.extent_mm[thin]
    what = "Only one slice" if count == 1 else f"Only {count} slices"
    return Caution(
        "one slice" if count == 1 else "few slices",
        f"{what}, {extent:.0f} mm in total. The model was made for whole volumes, and anatomy "
        "outside this range can't be assessed.",
    )


def _short(volume: Volume, _: Sample) -> Caution | None:
    shortest = min(volume.extent_mm)
    if shortest >= SHORT_MM or min(volume.shape) < FEW_SLICES:
        return None
    return Caution("small extent", f"The scanned volume is only {shortest:.0f} mm thick.")


def _uneven(volume: Volume, _: Sample) -> Caution | None:
    if not any(EVENED in note for note in volume.notes):
        return None
    return Caution(
        "uneven slices",
        "The distances between the stored slices differ, and the slices between them were "
        "interpolated. Small findings can be missed there, and shapes may be smoothed.",
    )


def _anisotropic(volume: Volume, _: Sample) -> Caution | None:
    ratio = max(volume.spacing_mm) / min(volume.spacing_mm)
    if ratio < ANISOTROPIC or min(volume.shape) == 1:
        return None
    return Caution(
        "thick slices",
        f"Voxels measure {max(volume.spacing_mm):.3g} mm in one direction and "
        f"{min(volume.spacing_mm):.3g} mm in another (ratio {ratio:.1f}). Reformatted planes look "
        "coarse, and small findings can be missed between slices.",
    )


def _cut(volume: Volume, _: Sample) -> Caution | None:
    """Tissue on the lateral faces; the ends of the body axis are always cut."""
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
        f"The body reaches the edge of the scan ({', '.join(cut)}): the file was cropped, or the "
        "field of view is small. The model learnt from complete cross-sections and may be less "
        "reliable here.",
    )


def _burned_in(volume: Volume, _: Sample) -> Caution | None:
    stated = volume.details.get(BURNED_IN)
    if stated is None:
        return None
    return Caution(
        "burned-in text",
        "The images may contain burned-in text, possibly a name. Check before you show them to "
        "others. The model may read the text, too.",
    )


def _even(volume: Volume, _: Sample) -> Caution | None:
    if volume.voxels.min() != volume.voxels.max():
        return None
    return Caution("uniform volume", "All voxels have the same value, so there is nothing to see.")


CHECKS: tuple[Callable[[Volume, Sample], Caution | None], ...] = (
    _even, _no_sides, _not_ct, _not_hu, _labels, _burned_in, _slices, _short, _cut, _padding,
    _uneven, _anisotropic, _guessed_hu,
)  # fmt: skip
