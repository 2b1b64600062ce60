"""Siemens mosaics: all slices of a volume as tiles of one large picture, unpacked again.

The number of slices and their direction stand in private elements.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.formats.dicom.values import Vector

MOSAIC = "MOSAIC"
COUNT, CSA = 0x0019100A, 0x00291010
TAGS = (COUNT, CSA)
CSA_MAGIC, CSA_COUNT_AT, MOST_TAGS = b"SV10", 8, 1000
CSA_ERRORS = (struct.error, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mosaic:
    """How many tiles there are, how many in a row, and the direction from slice to slice."""

    count: int
    normal: Vector | None

    @property
    def across(self) -> int:
        """Tiles in a row, and rows of tiles."""
        return ceil(sqrt(self.count))


def is_mosaic(header: Any) -> bool:
    """Whether the image is a mosaic, by its type."""
    return MOSAIC in [str(part) for part in header.get("ImageType") or ()]


def mosaic_of(header: Any) -> Mosaic | None:
    """The layout of a mosaic, or None if it can't be known."""
    private = _private(header)
    count = _first(header.get_item(COUNT)) if COUNT in header else 0
    count = count or _whole(private.get("NumberOfImagesInMosaic", []))
    across = ceil(sqrt(count))
    if not count or int(header.Rows) % across or int(header.Columns) % across:
        return None
    return Mosaic(count=count, normal=_direction(private.get("SliceNormalVector", [])))


def _whole(items: list[str]) -> int:
    return int(items[0]) if items and items[0].strip().isdecimal() else 0


def _direction(items: list[str]) -> Vector | None:
    try:
        normal = np.array([float(item) for item in items], dtype=np.float64)
    except ValueError:
        return None
    return normal if normal.shape == (3,) else None


def tile(plane: NDArray[Any], number: int, across: int) -> NDArray[Any]:
    """One slice of the picture, counted from 0 along rows."""
    rows, columns = plane.shape[0] // across, plane.shape[1] // across
    down, right = divmod(number, across)
    return plane[down * rows : (down + 1) * rows, right * columns : (right + 1) * columns]


def positions(
    mosaic: Mosaic, corner: Vector, axes: Vector, size: tuple[int, int], spacing: Vector
) -> Vector:
    """(count, 3) positions of the tiles' first voxels.

    The stated position is the corner of the picture as if it were one slice around the volume's
    centre, so the first tile begins half the difference in size from there.

    Args:
        mosaic: the layout.
        corner: position stated for the picture.
        axes: directions along rows and down columns.
        size: rows and columns of a tile.
        spacing: mm between rows, columns and slices.
    """
    along, down = axes
    margin = (mosaic.across - 1) / 2
    rows_mm, columns_mm = size[0] * spacing[0], size[1] * spacing[1]
    first = corner + margin * (along * columns_mm + down * rows_mm)
    normal = np.cross(along, down) if mosaic.normal is None else mosaic.normal
    return np.asarray(first + np.arange(mosaic.count)[:, None] * normal * spacing[2])


def _private(header: Any) -> dict[str, list[str]]:
    """Values of the private header by name; empty if there is none that can be read."""
    data = header.get_item(CSA).value if CSA in header else b""
    if not isinstance(data, bytes) or not data.startswith(CSA_MAGIC):
        return {}
    try:
        return dict(_tags(data))
    except CSA_ERRORS:
        return {}


def _tags(data: bytes) -> Iterator[tuple[str, list[str]]]:
    """Names and values: a count, then per tag a head and its items, each padded to four bytes."""
    (count,) = struct.unpack_from("<I", data, CSA_COUNT_AT)
    at = CSA_COUNT_AT + 8
    for _ in range(min(count, MOST_TAGS)):
        name, items = struct.unpack_from("<64s12xi4x", data, at)
        at += 84
        values = []
        for _ in range(min(items, MOST_TAGS)):
            (length,) = struct.unpack_from("<4xi8x", data, at)
            at += 16
            values.append(data[at : at + length].split(b"\0")[0].decode("ascii", "replace"))
            at += length + -length % 4
        yield name.split(b"\0")[0].decode("ascii", "replace"), [v for v in values if v.strip()]


def _first(item: Any) -> int:
    """A short integer, also where the file doesn't declare its type."""
    raw = item.value
    return int.from_bytes(raw[:2], "little") if isinstance(raw, bytes) else int(raw or 0)
