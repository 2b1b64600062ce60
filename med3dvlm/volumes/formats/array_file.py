"""Formats with a text header and an array of numbers: what NRRD and MetaImage share.

series = array_series(path, header, number=1)
volume = series.read(0, limits)
"""

from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.array_header import ArrayHeader
from med3dvlm.volumes.formats.packed import (
    READ_BYTES,
    check_promise,
    check_unpacked,
    fill,
    skip,
    unpacking,
)
from med3dvlm.volumes.formats.scaling import grey, rescaled
from med3dvlm.volumes.formats.shear import straighten
from med3dvlm.volumes.hounsfield import TAKEN_AS_HU, looks_like_ct
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.orientation import axis_codes, to_canonical
from med3dvlm.volumes.series import Preview, Series, SeriesInfo, short_key
from med3dvlm.volumes.views.thumbnail import slice_picture
from med3dvlm.volumes.volume import Unit, Volume


def array_series(path: Path, header: ArrayHeader, *, number: int) -> Series:
    """The only series of a file; `number` distinguishes it from files of the same name."""
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
        preview=partial(_preview, path, header),
    )


def _preview(path: Path, header: ArrayHeader, limits: Limits) -> Preview:
    """The middle slice as stored, of the first frame."""
    stored, _ = _stored(path, header, limits, 0)
    middle = len(stored) // 2
    lone = stored[middle : middle + 1]
    picture = slice_picture(lone[0], header.affine, known=header.orientation_known)
    voxels, _ = rescaled(lone, header.slope, header.intercept)
    return Preview(picture=picture, modality=_modality(_unit(voxels, header)[0], header))


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
        notes += (f"The file contains {header.frames} volumes; number {frame + 1} is shown.",)
    if header.shape[0] == 1:
        notes += ("The file contains only one slice.",)
    return Volume(
        voxels=voxels,
        affine=affine,
        unit=unit,
        orientation_known=known,
        modality=_modality(unit, header),
        notes=header.notes + notes + changes + straightened + guess,
        details=_details(header),
    )


def _unit(voxels: NDArray[Any], header: ArrayHeader) -> tuple[Unit, tuple[str, ...]]:
    named = f"{header.kind} doesn't store the unit"
    possible = header.colour is None and header.modality in {"unknown", "CT"}
    if possible and looks_like_ct(voxels):
        return "HU", (f"{named}; {TAKEN_AS_HU}.",)
    return "arbitrary", (f"{named}, and the values don't look like a CT in HU.",)


def _modality(unit: Unit, header: ArrayHeader) -> str:
    return "CT" if unit == "HU" else header.modality


def _details(header: ArrayHeader) -> dict[str, str]:
    slices, rows, columns = header.shape
    return {
        "Format": header.kind,
        "Stored size": f"{columns} x {rows} x {slices}",
        "Stored type": "colour" if header.colour is not None else header.dtype.name,
        "Stored axes": axis_codes(header.affine) if header.orientation_known else "not stated",
        "Packing": header.packing or ("none (text)" if header.text else "none"),
    }


def _stored(
    path: Path, header: ArrayHeader, limits: Limits, frame: int
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The stored numbers of one frame, `[k, j, i]`, colours converted to greyscale."""
    if not 0 <= frame < header.frames:
        raise VolumeError(
            f"{path.name}: there is no volume {frame + 1}; the file contains {header.frames}."
        )
    voxels = prod(header.shape)
    if voxels > limits.voxels:
        raise VolumeError(
            f"{path.name}: {voxels:,} voxels exceed the limit of {limits.voxels:,}. "
            "Crop or resample the scan."
        )
    colours = 1 if header.colour is None else header.sizes[header.colour]
    stored = _numbers(header, limits, frame, voxels * colours)
    if header.colour is None:
        return stored.reshape(header.shape), ()
    shades = np.empty(header.shape, np.uint8)
    for k, part in enumerate(stored.reshape(*header.shape, colours)):
        shades[k] = np.clip(grey(part), 0, 255)
    return shades, ("Colours were converted to greyscale.",)


def _numbers(header: ArrayHeader, limits: Limits, frame: int, count: int) -> NDArray[Any]:
    """The numbers of one frame, colours fastest."""
    size = int(header.dtype.itemsize)
    apart = not header.text and all(axis > max(header.space) for axis in header.rest)
    inside = header.colour is None or header.colour < min(header.space)
    if apart and inside:
        return _bytes(header, limits, frame * count * size, count * size).view(header.dtype)
    if header.stored_bytes > limits.unpacked_bytes:
        raise VolumeError(
            f"{header.data.name}: reading would exceed the limit of {limits.unpacked_bytes:,} "
            "bytes. Save a single volume."
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
            "It is truncated: copy or export it again."
        )
    return values


def _parsed(words: list[bytes], header: ArrayHeader) -> NDArray[Any]:
    try:
        numbers = np.array(words, dtype=np.float64)
    except ValueError:
        raise VolumeError(
            f"{header.data.name}: the voxel data contain text that is not a number. "
            "Export the scan again."
        ) from None
    if header.dtype.kind != "f":
        bounds = np.iinfo(header.dtype)
        numbers = np.clip(np.nan_to_num(numbers), bounds.min, bounds.max)
    return numbers
