"""A NIfTI header, checked before any voxel is read.

header = parse_header(head, name)     # NiftiHeader; VolumeError if it can't be trusted
"""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from nibabel.nifti1 import Nifti1Header, Nifti1PairHeader
from nibabel.nifti2 import Nifti2Header, Nifti2PairHeader

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.array_header import (
    FLAT,
    NO_VOXEL_SIZE,
    UNKNOWN_SIDES,
    USELESS_ORIGIN,
    USELESS_SIDES,
    USELESS_SIZE,
)
from med3dvlm.volumes.orientation import SIDES_IN_DOUBT, Affine, axis_codes, swap_ras_lps
from med3dvlm.volumes.volume import Unit, canonical_affine

# Size of the header and place of the magic, by version.
SIZES = {348: (1, 344), 540: (2, 4)}
HEAD_BYTES = 544
SINGLE, PAIR = (b"n+1", b"n+2"), (b"ni1", b"ni2")
# Millimetres per unit of length, by the code in the header; unknown counts as mm.
UNIT_MM = {1: 1000.0, 2: 1.0, 3: 0.001}
UNIT_NAMES = {1: "metres", 3: "micrometres"}
# Two positions of a voxel closer than this, in mm, count as the same.
SAME_PLACE_MM = 0.5
# `save_nifti` writes this into the free-text field so that the unit is preserved.
UNIT_MARKS: dict[Unit, bytes] = {
    "HU": b"Med3DVLM unit=HU",
    "arbitrary": b"Med3DVLM unit=arbitrary",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NiftiHeader:
    """Layout and geometry of one NIfTI file.

    Attributes:
        version: 1 or 2.
        pair: True when the voxels are in a separate .img file.
        shape: `[k, j, i]`, of one frame.
        frames: volumes one after the other (all axes beyond the third).
        dtype: of a stored voxel, with its byte order.
        offset: bytes before the first voxel.
        slope: factor on stored numbers.
        intercept: added after that.
        affine: from `(i, j, k, 1)` to LPS mm.
        orientation_known: False when the header stores no orientation.
        unit: of the values, or None when the file doesn't state it (only ours do).
        notes: assumptions that were made, for the user.
    """

    version: int
    pair: bool
    shape: tuple[int, int, int]
    frames: int
    dtype: np.dtype[Any]
    offset: int
    slope: float
    intercept: float
    affine: Affine
    orientation_known: bool
    unit: Unit | None
    notes: tuple[str, ...]

    @property
    def frame_bytes(self) -> int:
        """Stored size of one frame."""
        slices, rows, columns = self.shape
        return slices * rows * columns * int(self.dtype.itemsize)


def looks_like_nifti(head: bytes) -> bool:
    """True for the first bytes of a NIfTI-1 or -2 file or of the header of a pair."""
    size = _header_size(head)
    return size in SIZES and len(head) >= size and _magic(head, size) in SINGLE + PAIR


def parse_header(head: bytes, name: str) -> NiftiHeader:
    """Read the first bytes of a file that `looks_like_nifti`.

    Raises:
        VolumeError: size, type or geometry is invalid.
    """
    size = _header_size(head)
    version, _ = SIZES[size]
    magic = _magic(head, size)
    order = "<" if int.from_bytes(head[:4], "little") == size else ">"
    pair = magic in PAIR
    kinds = (Nifti1PairHeader, Nifti2PairHeader) if pair else (Nifti1Header, Nifti2Header)
    raw = kinds[version - 1](head[:size], endianness=order, check=False)
    shape, frames = _shape(raw, name)
    with np.errstate(invalid="ignore", over="ignore"):  # damaged numbers are checked later
        affine, known, notes = _placement(raw)
    slope, intercept = _scaling(raw)
    return NiftiHeader(
        version=version,
        pair=pair,
        shape=shape,
        frames=frames,
        dtype=_dtype(raw, name),
        offset=_offset(raw, 0 if pair else size + 4),
        slope=slope,
        intercept=intercept,
        affine=affine,
        orientation_known=known,
        unit=_unit(raw),
        notes=notes,
    )


def _header_size(head: bytes) -> int:
    little, big = int.from_bytes(head[:4], "little"), int.from_bytes(head[:4], "big")
    return little if little in SIZES else big


def _magic(head: bytes, size: int) -> bytes:
    place = SIZES[size][1]
    return head[place : place + 3]


def _shape(raw: Any, name: str) -> tuple[tuple[int, int, int], int]:
    axes, *sizes = (int(n) for n in raw["dim"])
    if not 1 <= axes <= 7 or min(sizes[:axes]) < 1:
        raise VolumeError(
            f"{name}: the header gives impossible sizes ({sizes[:3]}): "
            "the file is damaged. Export it again."
        )
    columns, rows, slices, *more = sizes[:axes] + [1] * (7 - axes)
    if sorted((columns, rows, slices))[1] == 1:
        raise VolumeError(f"{name}: this is a line of values, not a scan. Open the scan itself.")
    return (slices, rows, columns), prod(more)


def _dtype(raw: Any, name: str) -> np.dtype[Any]:
    try:
        dtype: np.dtype[Any] = raw.get_data_dtype()
    except KeyError:
        dtype = np.dtype(np.void)
    if dtype.kind not in "iufc" and dtype.names is None:
        raise VolumeError(
            f"{name}: NIfTI data type {int(raw['datatype'])} is not supported. "
            "Convert the voxels to integers or floating-point numbers."
        )
    return dtype


def _unit(raw: Any) -> Unit | None:
    text = bytes(raw["descrip"].item()).rstrip(b"\0")
    return next((unit for unit, mark in UNIT_MARKS.items() if mark == text), None)


def _offset(raw: Any, least: int) -> int:
    """Bytes before the voxels; if missing or impossible, the voxels follow the header."""
    offset = float(raw["vox_offset"])
    return int(offset) if np.isfinite(offset) and offset > least else least


def _scaling(raw: Any) -> tuple[float, float]:
    """Slope and intercept; a slope of 0 (or NaN) means no scaling."""
    slope, intercept = float(raw["scl_slope"]), float(raw["scl_inter"])
    if slope == 0 or not np.isfinite(slope):
        return 1.0, 0.0
    return slope, intercept if np.isfinite(intercept) else 0.0


def _placement(raw: Any) -> tuple[Affine, bool, tuple[str, ...]]:
    """The affine to LPS mm (sform, else qform), whether the orientation is known, and notes."""
    sform, qform = _sform(raw), _qform(raw)
    factor, notes = _length_unit(raw)
    if sform is not None and qform is not None and np.isfinite(sform + qform).all():
        notes += _disagreement(sform, qform, raw)
    usable = [affine for affine in (sform, qform) if affine is not None]
    if usable:
        ras = next((affine for affine in usable if np.isfinite(affine).all()), usable[0])
        if not np.isfinite(ras).all():
            ras[:3, 3], notes = 0.0, (*notes, USELESS_ORIGIN)
        return swap_ras_lps(np.diag([factor, factor, factor, 1.0]) @ ras), True, notes
    steps = np.abs(raw["pixdim"][1:4].astype(np.float64))
    sane = np.isfinite(steps) & (steps > 0)
    if not sane.all():
        notes += (USELESS_SIZE if steps.any() else NO_VOXEL_SIZE,)
        steps = np.where(sane, steps, 1.0)
    stored = int(raw["sform_code"]) > 0 or int(raw["qform_code"]) > 0
    notes += (USELESS_SIDES if stored else UNKNOWN_SIDES,)
    x, y, z = steps * factor
    return canonical_affine((float(z), float(y), float(x))), False, notes


def _length_unit(raw: Any) -> tuple[float, tuple[str, ...]]:
    code = int(raw["xyzt_units"]) & 7
    if code not in UNIT_NAMES:
        return 1.0, ()
    return UNIT_MM[code], (
        f"Lengths in the file are in {UNIT_NAMES[code]}; they were converted to mm.",
    )


def _sform(raw: Any) -> Affine | None:
    affine, code = raw.get_sform(coded=True)
    return _usable(affine) if code > 0 else None


def _qform(raw: Any) -> Affine | None:
    if int(raw["qform_code"]) <= 0:
        return None
    upright = raw.copy()
    if upright["pixdim"][0] not in (-1, 1):
        upright["pixdim"][0] = 1
    upright["pixdim"][1:4] = np.abs(upright["pixdim"][1:4])
    try:
        return _usable(upright.get_qform())
    except ValueError:  # a quaternion longer than 1, or not a number
        return None


def _usable(affine: Affine) -> Affine | None:
    """The affine, or None if its axes are not finite, or flat; its origin may be any number."""
    affine = affine.astype(np.float64)
    axes = affine[:3, :3]
    steps = np.linalg.norm(axes, axis=0)
    if not np.isfinite(axes).all() or steps.min() <= 0:
        return None
    return None if abs(np.linalg.det(axes / steps)) < FLAT else affine


def _disagreement(sform: Affine, qform: Affine, raw: Any) -> tuple[str, ...]:
    """A note when sform and qform put a corner of the volume at different positions."""
    far = np.maximum(raw["dim"][1:4].astype(np.float64) - 1, 1)
    corners = np.array([[i, j, k, 1] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=float)
    corners[:, :3] *= far
    distance = np.linalg.norm((corners @ (sform - qform).T)[:, :3], axis=1).max()
    if distance <= SAME_PLACE_MM:
        return ()
    sides = "" if axis_codes(sform) == axis_codes(qform) else f", and {SIDES_IN_DOUBT}"
    return (
        f"The file stores two positions that differ by up to {distance:.1f} mm (sform and qform)"
        f"{sides}; sform was used.",
    )
