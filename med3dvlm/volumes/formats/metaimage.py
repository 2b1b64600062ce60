"""MetaImage files (.mha, and .mhd with a separate voxel file), recognised by content.

found = find_series([Path("scan.mha")], Limits())
volume = found.series[0].read(0, Limits())

The format is a list of `Name = value` lines, the last of which says where the voxels are.
Positions follow ITK, which writes nearly all of these files: LPS millimetres, one row of the
matrix for each axis.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.array_file import array_series
from med3dvlm.volumes.formats.array_header import (
    COLOURS,
    NO_VOXEL_SIZE,
    UNKNOWN_SIDES,
    USELESS_SIDES,
    USELESS_SIZE,
    ArrayHeader,
    check_sizes,
    placed,
    voxel_file,
)
from med3dvlm.volumes.formats.packed import GZIP_MAGIC, Packing
from med3dvlm.volumes.formats.single_files import find_in_each
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.series import Found, Series

KIND = "MetaImage"
HEAD_BYTES = 1 << 16
FIRST_WORDS = (b"ObjectType", b"NDims", b"Comment", b"ObjectSubType")
LINE = re.compile(rb"^[ \t]*(\w+)[ \t]*=[ \t]*(.*?)[ \t]*$", re.MULTILINE)
LAST = re.compile(rb"^[ \t]*ElementDataFile[ \t]*=[^\n]*(?:\n|$)", re.MULTILINE)
TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4",
    "MET_UINT": "u4", "MET_LONG": "i4", "MET_ULONG": "u4", "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip
MODALITIES = {"MET_MOD_CT": "CT", "MET_MOD_MR": "MR", "MET_MOD_NM": "NM", "MET_MOD_US": "US"}
MOST_AXES = 10
NEGATIVE = "The file gives a negative voxel size; it was read without its sign."


class UnreadableFieldError(ValueError):
    """A field doesn't hold the numbers that it should; the text is its name."""


def recognises(path: Path) -> bool:
    """True for a MetaImage header, with or without its voxels."""
    head = _head(path)
    return head.lstrip().startswith(FIRST_WORDS) and LAST.search(head) is not None


def find_series(paths: Sequence[Path], limits: Limits) -> Found:
    """One series per file; only headers are read.

    Raises:
        VolumeError: the time limit has passed.
    """

    def series_of(path: Path, number: int) -> Series:
        return array_series(path, parse_header(path), number=number)

    return find_in_each(KIND, paths, limits, series_of)


def parse_header(path: Path) -> ArrayHeader:
    """Read and check a header.

    Raises:
        VolumeError: it is broken, or names a voxel file in another folder.
    """
    fields, length = _fields(path)
    try:
        return _header(path, fields, length)
    except UnreadableFieldError as error:
        raise VolumeError(
            f"{path.name}: {error} in the MetaImage header can't be read. Correct this line, or "
            "export the scan again."
        ) from None
    except (ValueError, IndexError, OverflowError):
        raise VolumeError(
            f"{path.name}: the MetaImage header can't be read. Export the scan again."
        ) from None


def _header(path: Path, fields: Mapping[str, str], length: int) -> ArrayHeader:
    axes = int(fields.get("NDims", "3"))
    if not 2 <= axes <= MOST_AXES:
        raise ValueError("impossible number of axes")
    sizes = tuple(int(n) for n in fields.get("DimSize", "").split())[:axes]
    channels = int(fields.get("ElementNumberOfChannels", "1"))
    interleaved = channels != 1
    if interleaved:
        sizes = (channels, *sizes)
    space = tuple(range(interleaved, interleaved + min(axes, 3)))
    if len(sizes) != axes + interleaved:
        raise ValueError("sizes and axes differ")
    check_sizes(path.name, sizes, space)
    local = fields["ElementDataFile"].upper() == "LOCAL"
    data = path if local else voxel_file(path, fields["ElementDataFile"])
    start = int(fields.get("HeaderSize", "0"))
    offset = length if local else start
    affine, known, notes = _placement(fields, axes)
    slope, intercept, said = _scaling(fields)
    dtype = _dtype(fields, path.name)
    return ArrayHeader(
        kind=KIND,
        data=data,
        offset=max(offset, -1),
        packing=_packing(fields, data, offset),
        text=not _true(fields.get("BinaryData", "True")),
        dtype=dtype,
        sizes=sizes,
        space=space,
        colour=0 if interleaved and channels in COLOURS and dtype.itemsize == 1 else None,
        slope=slope,
        intercept=intercept,
        affine=affine,
        orientation_known=known,
        modality=MODALITIES.get(fields.get("Modality", ""), "unknown"),
        notes=notes + said,
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        head = file.read(len(FIRST_WORDS[-1]) * 4)
        if not head.lstrip().startswith(FIRST_WORDS):
            return b""
        return head + file.read(HEAD_BYTES)


def _fields(path: Path) -> tuple[dict[str, str], int]:
    """Names and values, and the length of the header in bytes."""
    head = _head(path)
    last = LAST.search(head)
    length = last.end() if last else len(head)
    lines = LINE.findall(head[:length].replace(b"\r\n", b"\n"))
    return {
        name.decode("ascii", "replace"): value.decode("utf-8", "replace") for name, value in lines
    }, length


def _true(word: str) -> bool:
    return word[:1].upper() in {"T", "1", "Y"}


def _packing(fields: Mapping[str, str], data: Path, offset: int) -> Packing:
    """ITK writes a zlib stream; some programs gzip the whole voxel file."""
    if not _true(fields.get("CompressedData", "False")):
        return ""
    with data.open("rb") as file:
        file.seek(max(0, offset))
        return "gzip" if file.read(len(GZIP_MAGIC)) == GZIP_MAGIC else "zlib"


def _dtype(fields: Mapping[str, str], name: str) -> np.dtype[Any]:
    kind = fields.get("ElementType", "")
    code = TYPES.get(kind.removesuffix("_ARRAY"))
    if code is None:
        raise VolumeError(
            f"{name}: the voxel type is not supported ({kind[:20]!r}). "
            "Convert the voxels to integers or floating-point numbers."
        )
    big = fields.get("BinaryDataByteOrderMSB", fields.get("ElementByteOrderMSB", "False"))
    text = not _true(fields.get("BinaryData", "True"))
    return np.dtype(code if text else (">" if _true(big) else "<") + code)


def _numbers(
    fields: Mapping[str, str], names: Sequence[str], count: int
) -> NDArray[np.float64] | None:
    """The first of the fields that is stated, at least `count` numbers; None if none is."""
    for name in names:
        if words := fields.get(name, "").split():
            try:
                numbers = np.array([float(word) for word in words])
            except ValueError:
                raise UnreadableFieldError(name) from None
            if len(numbers) < count:
                raise UnreadableFieldError(name)
            return numbers
    return None


def _placement(
    fields: Mapping[str, str], axes: int
) -> tuple[NDArray[np.float64], bool, tuple[str, ...]]:
    """Of the first three axes; of a larger matrix, the first three rows and columns are used."""
    space = min(axes, 3)
    matrix = _numbers(fields, ("TransformMatrix", "Rotation", "Orientation"), axes * axes)
    origin = _numbers(fields, ("Offset", "Position", "Origin"), space)
    steps, notes = _spacing(_numbers(fields, ("ElementSpacing", "ElementSize"), space), space)
    turn = np.eye(3)[:, :space]
    stored = known = matrix is not None and axes >= 3
    if stored and matrix is not None:
        turn = matrix[: axes * axes].reshape(axes, axes)[:space, :3].T
        known = bool(np.isfinite(turn).all() and np.linalg.norm(turn, axis=0).min() > 0)
    directions = (turn if known else np.eye(3)[:, :space]) * steps
    place = np.zeros(3)
    if origin is not None:
        place[:space] = origin[:space]
    why_not = USELESS_SIDES if stored else UNKNOWN_SIDES
    affine, known, more = placed(directions, place, known=known, why_not=why_not)
    return affine, known, notes + more


def _spacing(
    stated: NDArray[np.float64] | None, space: int
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Millimetres along each axis, 1 where none are stated, and notes."""
    if stated is None:
        return np.ones(space), (NO_VOXEL_SIZE,)
    stated = stated[:space]
    usable = np.isfinite(stated) & (stated != 0)
    notes: tuple[str, ...] = (NEGATIVE,) if (stated[usable] < 0).any() else ()
    if not usable.all():
        notes += (USELESS_SIZE,)
    return np.where(usable, np.abs(stated), 1.0), notes


def _scaling(fields: Mapping[str, str]) -> tuple[float, float, tuple[str, ...]]:
    slope = float(fields.get("ElementToIntensityFunctionSlope", "1"))
    intercept = float(fields.get("ElementToIntensityFunctionOffset", "0"))
    if not np.isfinite([slope, intercept]).all() or slope == 0:
        return 1.0, 0.0, ()
    if (slope, intercept) == (1.0, 0.0):
        return 1.0, 0.0, ()
    return (
        slope,
        intercept,
        (f"Stored values were rescaled as the header specifies ({slope:g} x + {intercept:g}).",),
    )
