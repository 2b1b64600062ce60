"""Labels in array files: NIfTI, MetaImage, and NRRD with the segments that 3D Slicer names.

for layer in layers_of(path, place, limits): ...

A number of a voxel is a label. Further volumes of a file are further layers, whose labels may
overlap those of the first.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats import metaimage, nifti, nrrd
from med3dvlm.volumes.formats.shear import SHEARED
from med3dvlm.volumes.labels.label_map import printable
from med3dvlm.volumes.labels.layers import Layer, laid
from med3dvlm.volumes.labels.place import UNPLACED, Place
from med3dvlm.volumes.labels.planes import Planes
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.series import Series
from med3dvlm.volumes.volume import Volume

FORMATS = (nifti, nrrd, metaimage)
MOST_LABELS = 255
LARGEST = 65535
SEGMENT = re.compile(r"segment([0-9]{1,9})_(name|labelvalue|layer)", re.IGNORECASE)
NUMBER = re.compile(r"[0-9]{1,9}")  # Python refuses to read one of thousands of digits
ENDINGS = (".gz", ".nii", ".hdr", ".img", ".nrrd", ".nhdr", ".mha", ".mhd", ".seg")
BY_INDEX = (
    "Neither file says where left, back and head are: the label map was laid onto the scan voxel "
    "by voxel."
)
WITHOUT_SIDES = (
    "it doesn't say where left, back and head are, so that its place in the scan isn't known. Save "
    "it with its orientation."
)
IS_A_SCAN = "this is a scan and no label map: {}. Open it as a scan, or save the labels alone."


def recognises(path: Path) -> bool:
    """True for a file of one of the formats; the second file of a pair is read with the first."""
    second = path.suffix.lower() == ".img" and path.with_suffix(".hdr").exists()
    return not second and any(kind.recognises(path) for kind in FORMATS)


def layers_of(path: Path, place: Place, limits: Limits) -> Iterator[Layer]:
    """The layers of a file.

    Raises:
        VolumeError: it is damaged, a scan, or doesn't fit the scan.
    """
    kind = next(kind for kind in FORMATS if kind.recognises(path))
    found = kind.find_series([path], limits)
    if found.refusal:
        raise found.refusal
    [series] = found.series
    named = _segments(path) if kind is nrrd else {}
    for frame in range(series.info.frames):
        volume = _placed(series, frame, place, limits)
        numbers, values = _numbered(volume.voxels)
        if not values and series.info.frames > 1:
            continue  # an empty layer beside others
        lone = len(values) == 1 and series.info.frames == 1 and stem_of(path)
        names = tuple(
            named.get((frame, value)) or lone or _numbered_name(value, frame, series.info.frames)
            for value in values
        )
        where = volume.affine if volume.orientation_known else place.affine
        yield laid(_planes(numbers, where), names, place, limits, _notes(volume, place))


def stem_of(path: Path) -> str:
    """The name of a file without its endings, which is often that of its only label."""
    name = path.name
    while name.lower().endswith(ENDINGS):
        name = name[: name.rindex(".")]
    return printable(name, "label")


def _numbered_name(value: int, frame: int, frames: int) -> str:
    return f"label {value}" if frames == 1 else f"label {value} of volume {frame + 1}"


def _segments(path: Path) -> dict[tuple[int, int], str]:
    """Names by layer and number, as 3D Slicer writes them."""
    told: dict[int, dict[str, str]] = {}
    for key, value in nrrd.key_values(path).items():
        if match := SEGMENT.fullmatch(key):
            told.setdefault(int(match[1]), {})[match[2].lower()] = value
    named = {}
    for number, facts in told.items():
        layer, value = facts.get("layer", str(number)), facts.get("labelvalue", "1")
        if NUMBER.fullmatch(layer) and NUMBER.fullmatch(value):
            named[int(layer), int(value)] = printable(facts.get("name"), f"segment {number}")
    return named


def _placed(series: Series, frame: int, place: Place, limits: Limits) -> Volume:
    volume = series.read(frame, limits)
    if volume.orientation_known and not place.orientation_known:
        raise VolumeError(UNPLACED)
    if not volume.orientation_known and place.orientation_known:
        raise VolumeError(WITHOUT_SIDES)
    if not volume.orientation_known and volume.shape != place.shape:
        raise VolumeError(
            f"{WITHOUT_SIDES} (Nor has it the scan's size: {volume.shape[::-1]} voxels instead of "
            f"{place.shape[::-1]}.)"
        )
    if any(note.startswith(SHEARED) for note in volume.notes):
        raise VolumeError(
            "its axes are sheared, and labels can't be interpolated. Save it on the scan's grid."
        )
    if volume.details.get("Stored type") == "colour":
        raise VolumeError(IS_A_SCAN.format("its voxels are colours"))
    return volume


def _numbered(voxels: NDArray[Any]) -> tuple[NDArray[np.uint8], tuple[int, ...]]:
    """Voxels as 1, 2, ... and the values that these stand for."""
    met = np.zeros(LARGEST + 1, bool)
    for part in voxels:
        if part.dtype.kind == "f" and not (np.isfinite(part) & (part == np.rint(part))).all():
            raise VolumeError(IS_A_SCAN.format("its voxels are no whole numbers"))
        if part.min() < 0 or part.max() > LARGEST:
            raise VolumeError(
                IS_A_SCAN.format(f"it has values from {part.min():g} to {part.max():g}")
            )
        met[part.astype(np.uint16)] = True
    values = [value for value in np.flatnonzero(met).tolist() if value]
    if len(values) > MOST_LABELS:
        raise VolumeError(
            IS_A_SCAN.format(f"it has {len(values):,} values, a label map at most {MOST_LABELS}")
        )
    table = np.zeros(LARGEST + 1, np.uint8)
    table[values] = np.arange(1, len(values) + 1)
    numbers = np.empty(voxels.shape, np.uint8)
    for into, part in zip(numbers, voxels, strict=True):
        into[:] = table[part.astype(np.uint16)]
    return numbers, tuple(values)


def _planes(numbers: NDArray[np.uint8], affine: NDArray[np.float64]) -> Planes:
    across, down, up = affine[:3, :3].T
    counts = np.arange(len(numbers))[:, None]
    return Planes(
        values=numbers, origins=affine[:3, 3] + counts * up, across=across, down=down,
        thickness_mm=float(np.linalg.norm(up)),
    )  # fmt: skip


def _notes(volume: Volume, place: Place) -> tuple[str, ...]:
    if not volume.orientation_known:
        return (BY_INDEX,)
    same = volume.shape == place.shape and np.allclose(volume.affine, place.affine, atol=1e-2)
    if same:
        return ()
    z, y, x = volume.spacing_mm
    return (
        f"The label map has another grid ({x:.2f} x {y:.2f} x {z:.2f} mm): each voxel of the scan "
        "got the label of the nearest one.",
    )
