"""NRRD files (.nrrd, and .nhdr with a separate voxel file), recognised by content.

found = find_series([Path("scan.nrrd")], Limits())
volume = found.series[0].read(0, Limits())

The package pynrrd parses the fields. Voxels are read here, because it would follow any path and
unpack without limit.
"""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from nrrd import NRRDError, read_header
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.array_file import array_series
from med3dvlm.volumes.formats.array_header import (
    COLOURS,
    ArrayHeader,
    check_sizes,
    placed,
    voxel_file,
)
from med3dvlm.volumes.formats.packed import Packing
from med3dvlm.volumes.formats.single_files import find_in_each
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.series import Found, Series

KIND = "NRRD"
MAGIC = b"NRRD000"
HEAD_BYTES = 1 << 20
LISTED = re.compile(rb"data ?file:\s*LIST\b", re.IGNORECASE)
PACKINGS: dict[str, Packing] = {
    "raw": "", "gzip": "gzip", "gz": "gzip", "bzip2": "bzip2", "bz2": "bzip2",
}  # fmt: skip
WORDS = ("ascii", "text", "txt")
TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int",
           "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}  # fmt: skip
DTYPES = {name: dtype for dtype, names in TYPES.items() for name in names}
# Signs that turn an axis of the world to left, posterior, superior.
WORLDS = {
    "left-posterior-superior": (1, 1, 1), "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1), "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1), "las": (1, -1, 1),
}  # fmt: skip
COLOUR_KINDS = ("rgb-color", "rgba-color", "3-color", "4-color", "hsv-color", "xyz-color")
SPACE_KINDS = ("space", "domain")
FROM_ENDS = (
    "The file gives no voxel size; it was taken from the ends of the axes. If their unit isn't "
    "mm, measurements are not true mm."
)
UNITS_MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001, "micron": 0.001}
# What pynrrd raises on damaged headers.
HEADER_ERRORS = (NRRDError, ValueError, LookupError, TypeError, OverflowError, StopIteration)


def recognises(path: Path) -> bool:
    """True for an NRRD header, with or without its voxels."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


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
    sizes = tuple(int(n) for n in fields["sizes"])
    space = _space(fields, len(sizes))
    check_sizes(path.name, sizes, space)
    encoding = fields["encoding"].lower()
    if encoding not in PACKINGS and encoding not in WORDS:
        raise VolumeError(
            f"{path.name}: the voxel encoding is not supported ({encoding[:20]!r}). "
            "Save the scan with raw or gzip encoding."
        )
    named = fields.get("data file", fields.get("datafile"))
    data = path if named is None else voxel_file(path, named)
    offset, skipped = _start(fields, data, 0 if named is not None else length, name=path.name)
    affine, known, notes = _placement(fields, space)
    return ArrayHeader(
        kind=KIND,
        data=data,
        offset=offset,
        skipped=skipped,
        packing=PACKINGS.get(encoding, ""),
        text=encoding in WORDS,
        dtype=_dtype(fields, path.name, text=encoding in WORDS),
        sizes=sizes,
        space=space,
        colour=_colour(fields, sizes, space),
        affine=affine,
        orientation_known=known,
        modality=_modality(fields),
        notes=notes,
    )


def key_values(path: Path) -> dict[str, str]:
    """All fields and key/value pairs of a header, as text.

    Raises:
        VolumeError: it is broken.
    """
    return {key: str(value) for key, value in _fields(path)[0].items()}


def _fields(path: Path) -> tuple[dict[str, Any], int]:
    """Fields in lower case, and the length of the header in bytes."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    lines: list[bytes] = []
    length = 0
    for line in head.splitlines(keepends=True):
        length += len(line)
        if not line.strip():
            break
        # What follows a list of files are their names, which are no fields.
        if not lines or not LISTED.match(lines[-1]):
            lines.append(line)
    # pynrrd recognises field names only in its own spelling.
    small = [_small(line) for line in lines]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fields = {str(key): value for key, value in read_header(iter(small)).items()}
        if len(fields["sizes"]) != fields["dimension"]:
            raise ValueError("sizes and dimension differ")
        fields["encoding"], fields["type"] = str(fields["encoding"]), str(fields["type"])
    except HEADER_ERRORS:
        # Not chained: the library's message may quote a field's value.
        raise VolumeError(
            f"{path.name}: the NRRD header can't be read. Export the scan again."
        ) from None
    return fields, length


def _small(line: bytes) -> bytes:
    """The field's name in lower case; key/value pairs (`:=`) are unchanged."""
    name, colon, value = line.partition(b":")
    if not colon or value.startswith(b"="):
        return line
    return name.lower() + colon + value


def _dtype(fields: dict[str, Any], name: str, *, text: bool) -> np.dtype[Any]:
    code = DTYPES.get(fields["type"].lower())
    if code is None:
        raise VolumeError(
            f"{name}: the voxel type is not supported ({fields['type'][:20]!r}). "
            "Convert the voxels to integers or floating-point numbers."
        )
    order = {"little": "<", "big": ">"}.get(str(fields.get("endian", "")).lower(), "")
    if not order and not text and code[1] != "1":
        raise VolumeError(f"{name}: the header doesn't state the byte order. Export it again.")
    return np.dtype((order if code[1] != "1" and not text else "") + code)


def _start(fields: dict[str, Any], data: Path, length: int, *, name: str) -> tuple[int, int]:
    """Bytes before the voxels in the file, and once unpacked."""
    lines = int(fields.get("line skip", fields.get("lineskip", 0)))
    skipped = int(fields.get("byte skip", fields.get("byteskip", 0)))
    if lines < 0 or skipped < -1:
        raise VolumeError(f"{name}: the header gives impossible skips. Export the scan again.")
    if lines:
        with data.open("rb") as file:
            file.seek(length)
            for _ in range(min(lines, HEAD_BYTES)):
                length += len(file.readline(HEAD_BYTES))
    if skipped == -1:
        return -1 if fields["encoding"].lower() == "raw" else length, 0
    return length, skipped


def _kinds(fields: dict[str, Any], count: int) -> list[str]:
    kinds = [str(kind).lower() for kind in fields.get("kinds", ())]
    return kinds if len(kinds) == count else [""] * count


def _space(fields: dict[str, Any], count: int) -> tuple[int, ...]:
    """The spatial axes."""
    directions = _directions(fields)
    if directions is not None and len(directions) == count:
        # A time axis has no direction, or one along a fourth world axis.
        return tuple(n for n, row in enumerate(directions) if np.nan_to_num(row[:3]).any())
    kinds = _kinds(fields, count)
    named = tuple(n for n, kind in enumerate(kinds) if kind in SPACE_KINDS)
    if named:
        return named[:3]
    others = [n for n, kind in enumerate(kinds) if kind not in COLOUR_KINDS]
    return tuple(others[:3])


def _directions(fields: dict[str, Any]) -> NDArray[np.float64] | None:
    """(axes, dimensions) as written, rows of NaN for axes that are not spatial."""
    given = fields.get("space directions")
    if given is None:
        return None
    directions = np.asarray(given, dtype=np.float64)
    return directions if directions.ndim == 2 else None


def _colour(fields: dict[str, Any], sizes: tuple[int, ...], space: tuple[int, ...]) -> int | None:
    """The axis declared as colour, or one with three or four bytes per voxel, as ITK writes it."""
    bytes_each = DTYPES.get(fields["type"].lower()) == "u1"
    for axis, kind in enumerate(_kinds(fields, len(sizes))):
        named = kind in COLOUR_KINDS or (kind == "vector" and bytes_each)
        if axis not in space and named and sizes[axis] in COLOURS:
            return axis
    return None


def _placement(
    fields: dict[str, Any], space: tuple[int, ...]
) -> tuple[NDArray[np.float64], bool, tuple[str, ...]]:
    directions = _directions(fields)
    world = str(fields.get("space", "")).lower().removesuffix("-time")
    signs = WORLDS.get(world if len(world) != 4 else world[:3])
    origin = np.atleast_1d(np.asarray(fields.get("space origin", np.zeros(3)), np.float64))
    if directions is None or directions.shape[1] < 3 or len(origin) < 3:
        steps, ends = _spaced(fields, space)
        affine, known, more = placed(steps, np.zeros(3), known=False)
        return affine, known, ends + more
    factor, notes = _length_unit(fields)
    turn = factor * np.array(signs or (1, 1, 1))
    steps = directions[list(space), :3].T * turn[:, None]
    affine, known, more = placed(steps, origin[:3] * turn, known=signs is not None)
    return affine, known, notes + more


def _spaced(
    fields: dict[str, Any], space: tuple[int, ...]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Steps along the spatial axes by their spacings, else by their ends, and notes."""
    axes = list(space)
    notes: tuple[str, ...] = ()
    spacings = _numbers(fields, "spacings", max(space))
    if spacings is None or np.isnan(spacings[axes]).any():
        spacings, notes = _between_ends(fields, max(space)), (FROM_ENDS,)
    if spacings is None:
        return np.full((3, len(space)), np.nan), ()
    return np.eye(3)[:, : len(space)] * np.abs(spacings[axes]), notes


def _between_ends(fields: dict[str, Any], last: int) -> NDArray[np.float64] | None:
    """Spacings by where the axes begin and end: the middles of voxels (nodes), or their faces."""
    low, high = _numbers(fields, "axis mins", last), _numbers(fields, "axis maxs", last)
    if low is None or high is None:
        return None
    count = len(low)
    named = [str(one).lower() for one in fields.get("centers", fields.get("centerings", ()))]
    nodes = np.array([name == "node" for name in (*named, *[""] * count)][:count])
    steps = np.asarray(fields["sizes"][:count], dtype=np.float64) - nodes
    spacings: NDArray[np.float64] = (high[:count] - low) / np.maximum(steps, 1.0)
    return spacings


def _numbers(fields: dict[str, Any], name: str, last: int) -> NDArray[np.float64] | None:
    """A number for each axis, or None if there are none up to the last that is needed."""
    stated = fields.get(name, fields.get(name.replace(" ", ""), ()))
    numbers = np.atleast_1d(np.asarray(stated, dtype=np.float64))
    return numbers if len(numbers) > last else None


def _length_unit(fields: dict[str, Any]) -> tuple[float, tuple[str, ...]]:
    units = {str(unit).lower() for unit in fields.get("space units", ())} - {"", "???"}
    if len(units) != 1 or (unit := units.pop()) not in UNITS_MM or unit == "mm":
        return 1.0, ()
    return UNITS_MM[unit], (f"Lengths in the file are in {unit}; they were converted to mm.",)


def _modality(fields: dict[str, Any]) -> str:
    """The only key/value pair of a scan that is read."""
    stated = str(fields.get("modality", "")).upper()
    return "MR" if stated == "DWMRI" else stated if stated in {"CT", "MR", "PT"} else "unknown"
