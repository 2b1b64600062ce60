"""Formats that are a header in words and an array of numbers: what NRRD and MetaImage share.

    header = ArrayHeader(kind="NRRD", data=path, ...)      # from the format's own reader
    series = array_series(path, header, number=1)

A header may name another file for its voxels. Only a plain name beside the header is followed:
anything else could reach out of the upload.
"""

from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.archive import plain_name
from med3dvlm.volumes.hounsfield import TAKEN_AS_HU, looks_like_ct
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.orientation import Affine, axis_codes, to_canonical
from med3dvlm.volumes.packed import (
    READ_BYTES,
    Packing,
    check_promise,
    check_unpacked,
    fill,
    skip,
    unpacking,
)
from med3dvlm.volumes.scaling import grey, rescaled
from med3dvlm.volumes.series import Series, SeriesInfo, short_key
from med3dvlm.volumes.shear import straighten
from med3dvlm.volumes.thumbnail import slice_picture
from med3dvlm.volumes.volume import Unit, Volume

COLOURS = (3, 4)
# Nothing in or around a patient is farther away; damaged headers say such things.
FARTHEST_MM = 1e7
UNKNOWN_SIDES = (
    "The file doesn't say where left, back and head are: the axes are shown as stored, and sides "
    "may be swapped."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayHeader:
    """What a header says, checked.

    Attributes:
        kind: name of the format.
        data: file that holds the voxels.
        offset: bytes before them in the file; -1: they are its last bytes.
        skipped: bytes before them once unpacked.
        packing: how they are packed.
        text: numbers as text, not as bytes.
        dtype: of one number, with its byte order.
        sizes: of all axes as stored, the fastest first.
        space: which of the axes are those of space, two or three, the fastest first.
        colour: the axis of red, green, blue (and alpha), or None.
        slope: factor on stored numbers.
        intercept: added after that.
        affine: from `(i, j, k, 1)` to LPS mm.
        orientation_known: False when the header doesn't place the voxels in the body.
        modality: what the header says; `unknown` else.
        notes: what had to be decided, for the user.
    """

    kind: str
    data: Path
    offset: int
    packing: Packing
    dtype: np.dtype[Any]
    sizes: tuple[int, ...]
    space: tuple[int, ...]
    affine: Affine
    orientation_known: bool
    skipped: int = 0
    text: bool = False
    colour: int | None = None
    slope: float = 1.0
    intercept: float = 0.0
    modality: str = "unknown"
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """`[k, j, i]` of one frame."""
        i, j, k = (*(self.sizes[axis] for axis in self.space), 1)[:3]
        return k, j, i

    @property
    def rest(self) -> tuple[int, ...]:
        """Axes along which the frames lie: neither space nor colour."""
        return tuple(n for n in range(len(self.sizes)) if n not in (*self.space, self.colour))

    @property
    def frames(self) -> int:
        """Volumes in the file."""
        return prod(self.sizes[axis] for axis in self.rest)

    @property
    def stored_bytes(self) -> int:
        """Size of all voxels."""
        return prod(self.sizes) * int(self.dtype.itemsize)


def array_series(path: Path, header: ArrayHeader, *, number: int) -> Series:
    """The one series of a file; `number` tells it from files of the same name."""
    slices, rows, columns = header.shape
    info = SeriesInfo(
        key=short_key(f"{number} {path.name}"),
        description=f"{header.kind}, {columns} x {rows} x {slices}",
        modality=header.modality,
        shape=header.shape,
        frames=header.frames,
    )
    return Series(
        info=info,
        voxel_bytes=int(header.dtype.itemsize),
        read=partial(_read, path, header),
        picture=partial(_picture, path, header),
    )


def _picture(path: Path, header: ArrayHeader, limits: Limits) -> bytes:
    """The middle slice as stored, of the first frame."""
    stored, _ = _stored(path, header, limits, 0)
    middle = stored[len(stored) // 2]
    return slice_picture(middle, header.affine, known=header.orientation_known)


def check_sizes(name: str, sizes: tuple[int, ...], space: tuple[int, ...]) -> None:
    """Refuse arrays that are no volume.

    Raises:
        VolumeError: an axis is empty, or there is no picture.
    """
    if not sizes or min(sizes) < 1:
        raise VolumeError(f"{name}: the header gives impossible sizes. Export the scan anew.")
    if len(space) not in (2, 3) or sorted(sizes[axis] for axis in space)[-2] == 1:
        raise VolumeError(
            f"{name}: {len(space)} axes of space are no scan that can be shown. "
            "Save one volume with three."
        )


def voxel_file(path: Path, name: str) -> Path:
    """The file with the voxels that a header names, if it may be followed.

    Raises:
        VolumeError: it lies elsewhere, or is not there.
    """
    name = name.strip().removeprefix("./")
    plain = name == PurePosixPath(name.replace("\\", "/")).name and name not in {"", "..", "."}
    spread = "%" in name or name.upper().split(" ")[0] == "LIST"
    found = [path.with_name(name), path.with_name(plain_name(name))] if plain else []
    if not plain or spread or any(file.is_symlink() for file in found):
        raise VolumeError(
            f"{path.name}: the header names its voxels by a path, a list or a pattern, which is "
            "not followed here. Save the scan in one file."
        )
    neighbour = next((file for file in found if file.is_file()), None)
    if neighbour is None:
        raise VolumeError(
            f"{path.name}: this is only the header; its voxels lie in {plain_name(name)}. "
            "Put both into one zip, or choose both files together."
        )
    return neighbour


def placed(
    directions: NDArray[np.float64], origin: NDArray[np.float64], *, known: bool
) -> tuple[Affine, bool, tuple[str, ...]]:
    """The affine, whether it says where left is, and notes.

    Args:
        directions: (3, n) steps along the two or three axes of space, LPS mm.
        origin: (3,) place of the first voxel.
        known: whether the header speaks of the body's left, back and head.
    """
    if directions.shape[1] == 2:
        normal = np.cross(directions[:, 0], directions[:, 1])
        length = np.linalg.norm(normal)
        lone = normal / length if length > 0 else np.array([0.0, 0.0, 1.0])
        directions = np.column_stack([directions, lone])
    steps = np.linalg.norm(directions, axis=0)
    notes: tuple[str, ...] = ()
    sane = (steps > 0) & (steps < FARTHEST_MM)
    if not sane.all() or not (np.abs(origin) < FARTHEST_MM).all():
        steps, known = np.where(sane, steps, 1.0), False
        notes += ("The file gives no voxel size: 1 mm was taken, so measures are not in mm.",)
    elif known and abs(np.linalg.det(directions / steps)) < 1e-3:
        known = False
    affine = np.eye(4)
    affine[:3, :3] = directions if known else np.diag(steps)
    affine[:3, 3] = origin if known else 0.0
    return affine, known, notes if known else (*notes, UNKNOWN_SIDES)


def _read(path: Path, header: ArrayHeader, frame: int, limits: Limits) -> Volume:
    stored, notes = _stored(path, header, limits, frame)
    voxels, changes = rescaled(stored, header.slope, header.intercept)
    affine, known = header.affine, header.orientation_known
    straightened: tuple[str, ...] = ()
    if known:
        voxels, affine, straightened = straighten(voxels, affine, limits.voxels)
        voxels, affine, turned = to_canonical(voxels, affine)
        straightened += turned
    unit, guess = _unit(voxels, header)
    if header.frames > 1:
        notes += (f"The file holds {header.frames} volumes; number {frame + 1} is shown.",)
    if header.shape[0] == 1:
        notes += ("The file holds one slice only.",)
    stated = header.modality if header.modality != "unknown" else ""
    return Volume(
        voxels=voxels,
        affine=affine,
        unit=unit,
        orientation_known=known,
        modality=stated or ("CT" if unit == "HU" else "unknown"),
        notes=header.notes + notes + changes + straightened + guess,
        details=_details(header),
    )


def _unit(voxels: NDArray[Any], header: ArrayHeader) -> tuple[Unit, tuple[str, ...]]:
    named = f"{header.kind} doesn't name its unit"
    possible = header.colour is None and header.modality in {"unknown", "CT"}
    if possible and looks_like_ct(voxels):
        return "HU", (f"{named}; {TAKEN_AS_HU}.",)
    return "arbitrary", (f"{named}, and the values don't look like a CT in HU.",)


def _details(header: ArrayHeader) -> dict[str, str]:
    slices, rows, columns = header.shape
    return {
        "Format": header.kind,
        "Stored size": f"{columns} x {rows} x {slices}",
        "Stored type": "colour" if header.colour is not None else header.dtype.name,
        "Stored axes": axis_codes(header.affine) if header.orientation_known else "not stated",
        "Packing": header.packing or ("text" if header.text else "none"),
    }


def _stored(
    path: Path, header: ArrayHeader, limits: Limits, frame: int
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The stored numbers of one frame, `[k, j, i]`, colours as shades of grey."""
    if not 0 <= frame < header.frames:
        raise VolumeError(
            f"{path.name}: there is no volume {frame + 1}, the file holds {header.frames}."
        )
    voxels = prod(header.shape)
    if voxels > limits.voxels:
        raise VolumeError(
            f"{path.name}: {voxels:,} voxels are more than the {limits.voxels:,} that are read "
            "here. Crop or resample the scan."
        )
    colours = 1 if header.colour is None else header.sizes[header.colour]
    stored = _numbers(header, limits, frame, voxels * colours)
    if header.colour is None:
        return stored.reshape(header.shape), ()
    shades = np.empty(header.shape, np.uint8)
    for k, part in enumerate(stored.reshape(*header.shape, colours)):
        shades[k] = np.clip(grey(part), 0, 255)
    return shades, ("Colours were turned to shades of grey.",)


def _numbers(header: ArrayHeader, limits: Limits, frame: int, count: int) -> NDArray[Any]:
    """The numbers of one frame, colours fastest."""
    size = int(header.dtype.itemsize)
    apart = not header.text and all(axis > max(header.space) for axis in header.rest)
    inside = header.colour is None or header.colour < min(header.space)
    if apart and inside:
        return _bytes(header, limits, frame * count * size, count * size).view(header.dtype)
    if header.stored_bytes > limits.unpacked_bytes:
        raise VolumeError(
            f"{header.data.name}: reading takes more than the {limits.unpacked_bytes:,} bytes that "
            "are allowed here. Save one volume alone."
        )
    if header.text:
        whole = _words(header, limits)
    else:
        whole = _bytes(header, limits, 0, header.stored_bytes).view(header.dtype)
    last = len(header.sizes) - 1
    array = whole.reshape(header.sizes[::-1])
    colours = () if header.colour is None else (header.colour,)
    order = (*header.rest[::-1], *header.space[::-1], *colours)
    frames = array.transpose([last - axis for axis in order]).reshape(header.frames, -1)
    return np.ascontiguousarray(frames[frame])


def _bytes(header: ArrayHeader, limits: Limits, start: int, count: int) -> NDArray[np.uint8]:
    offset = header.offset
    if offset < 0:
        offset = max(0, header.data.stat().st_size - header.stored_bytes)
    before = header.skipped + start
    check_promise(header.data, header.stored_bytes, offset=header.skipped, packing=header.packing)
    check_unpacked(header.data, before + count, header.packing, limits)
    raw = np.empty(count, np.uint8)
    with unpacking(header.data, header.packing, start=offset) as stream:
        skip(stream, before, limits)
        fill(stream, raw.data, header.data.name, limits)
        if start + count == header.stored_bytes:
            stream.read(1)  # a packed file proves its checksum only at its end
    return raw


def _words(header: ArrayHeader, limits: Limits) -> NDArray[Any]:
    """Numbers written as text, block by block."""
    count = prod(header.sizes)
    if count > 2 * header.data.stat().st_size and not header.packing:
        check_promise(header.data, count, offset=header.offset, packing="")
    values = np.empty(count, header.dtype)
    done, rest = 0, b""
    with unpacking(header.data, header.packing, start=max(0, header.offset)) as stream:
        while done < count:
            limits.check_time()
            block = stream.read(READ_BYTES // 16)
            words = (rest + block).split()
            rest = words.pop() if block and words and not block[-1:].isspace() else b""
            taken = _parsed(words[: count - done], header)
            values[done : done + len(taken)] = taken
            done += len(taken)
            if not block:
                break
    if done < count:
        raise VolumeError(
            f"{header.data.name}: the file ends after {done:,} of {count:,} numbers. "
            "It was cut off: copy or export it anew."
        )
    return values


def _parsed(words: list[bytes], header: ArrayHeader) -> NDArray[Any]:
    try:
        numbers = np.array(words, dtype=np.float64)
    except ValueError:
        raise VolumeError(
            f"{header.data.name}: there is something among the numbers that is none. "
            "Export the scan anew."
        ) from None
    if header.dtype.kind != "f":
        bounds = np.iinfo(header.dtype)
        numbers = np.clip(np.nan_to_num(numbers), bounds.min, bounds.max)
    return numbers
