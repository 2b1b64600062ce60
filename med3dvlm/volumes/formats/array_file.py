"""Formats with a text header and an array of numbers: what NRRD and MetaImage share.

series = array_series(path, header, number=1)
volume = series.read(0, limits)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import prod
from pathlib import Path
from typing import IO, Any

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
from med3dvlm.volumes.formats.scaling import ValueStore, grey, part_sizes, rescaled
from med3dvlm.volumes.formats.shear import straightening
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
        voxel_file=header.data,
    )


def _preview(path: Path, header: ArrayHeader, limits: Limits) -> Preview:
    """The middle slice as stored, of the first frame."""
    middle = header.shape[0] // 2
    [lone] = _parts(path, header, limits, 0, range(middle, middle + 1))
    picture = slice_picture(lone[0], header.affine, known=header.orientation_known)
    store = ValueStore((1, *header.shape[1:]), header.affine)
    voxels, _ = rescaled([lone], store, header.slope, header.intercept)
    return Preview(picture=picture, modality=_modality(_unit(voxels, header)[0], header))


def _read(path: Path, header: ArrayHeader, frame: int, limits: Limits) -> Volume:
    parts = _parts(path, header, limits, frame, range(header.shape[0]))
    affine, known = header.affine, header.orientation_known
    plan = straightening(header.shape, affine, limits.voxels) if known else None
    store = ValueStore(header.shape, affine, plan)
    voxels, notes = rescaled(parts, store, header.slope, header.intercept)
    if header.colour is not None:
        notes = ("Colours were converted to greyscale.", *notes)
    affine = plan.affine if plan else affine
    straightened: tuple[str, ...] = (plan.note,) if plan else ()
    if known:
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
        notes=header.notes + notes + straightened + guess,
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


def _parts(
    path: Path, header: ArrayHeader, limits: Limits, frame: int, slices: range
) -> Iterator[NDArray[Any]]:
    """One number per voxel of some slices of a frame, `[k, j, i]`, colours as greyscale."""
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
    apart = not header.text and all(axis > max(header.space) for axis in header.rest)
    inside = header.colour is None or header.colour < min(header.space)
    for part in (_streamed if apart and inside else _gathered)(header, limits, frame, slices):
        yield part if header.colour is None else grey(part)


def _streamed(
    header: ArrayHeader, limits: Limits, frame: int, slices: range
) -> Iterator[NDArray[Any]]:
    """Slices that lie one after the other, colours fastest: no more is read than is needed."""
    count, rows, columns = header.shape
    colours = () if header.colour is None else (header.sizes[header.colour],)
    slice_bytes = prod((rows, columns, *colours)) * int(header.dtype.itemsize)
    first = (frame * count + slices.start) * slice_bytes
    end = first + len(slices) * slice_bytes
    with _opened(header, limits, end) as stream:
        skip(stream, header.skipped + first, limits)
        for thick in part_sizes(len(slices), rows * columns):
            raw = np.empty(thick * slice_bytes, np.uint8)
            fill(stream, raw.data, header.data.name, limits)
            yield raw.view(header.dtype).reshape(thick, rows, columns, *colours)
        if end == header.stored_bytes:
            stream.read(1)  # a packed file proves its checksum only at its end


def _gathered(
    header: ArrayHeader, limits: Limits, frame: int, slices: range
) -> Iterator[NDArray[Any]]:
    """Slices whose numbers lie between those of other frames, or are text: all are read."""
    if header.stored_bytes > limits.unpacked_bytes:
        raise VolumeError(
            f"{header.data.name}: reading would exceed the limit of {limits.unpacked_bytes:,} "
            "bytes. Save a single volume."
        )
    whole = _words(header, limits) if header.text else _whole(header, limits)
    last = len(header.sizes) - 1
    colours = () if header.colour is None else (header.colour,)
    rest = header.rest[::-1]
    order = [last - axis for axis in (*rest, *header.space[::-1], *colours)]
    array = whole.reshape(header.sizes[::-1]).transpose(order)
    lone = array[np.unravel_index(frame, array.shape[: len(rest)])] if rest else array
    lone = lone.reshape(*header.shape, *lone.shape[len(header.space) :])
    done = slices.start
    for thick in part_sizes(len(slices), prod(header.shape[1:])):
        yield lone[done : done + thick]
        done += thick


def _whole(header: ArrayHeader, limits: Limits) -> NDArray[Any]:
    raw = np.empty(header.stored_bytes, np.uint8)
    with _opened(header, limits, header.stored_bytes) as stream:
        skip(stream, header.skipped, limits)
        fill(stream, raw.data, header.data.name, limits)
        stream.read(1)
    return raw.view(header.dtype)


@contextmanager
def _opened(header: ArrayHeader, limits: Limits, end: int) -> Iterator[IO[bytes]]:
    """The unpacked bytes of the voxel file, after a check of what the header promises."""
    offset = header.offset
    if offset < 0:
        offset = max(0, header.data.stat().st_size - header.stored_bytes)
    check_promise(header.data, header.stored_bytes, offset=header.skipped, packing=header.packing)
    check_unpacked(header.data, header.skipped + end, header.packing, limits)
    with unpacking(header.data, header.packing, start=offset) as stream:
        yield stream


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
