"""DICOM series to volumes: single files, folders, multi-frame objects, in any order and naming.

    for series in find_series(paths, Limits()).series:
        volume = series.read(0, Limits())

`header` reads headers and drops identifiers; `series` sorts frames into series, and `stack` puts
the frames of a series in order.
"""

import zlib
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.dicom.header import DICOMDIR, GREY, Frame, is_dicom, read_frames
from med3dvlm.volumes.formats.dicom.pixels import pictures
from med3dvlm.volumes.formats.dicom.series import Group, grouped
from med3dvlm.volumes.formats.dicom.stack import Stack, place_groups, stacked
from med3dvlm.volumes.formats.scaling import ValueStore, inverted, scaled
from med3dvlm.volumes.formats.shear import shear_degrees, straighten
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.orientation import axis_codes, plane_name, to_canonical
from med3dvlm.volumes.series import Found, Preview, Series, SeriesInfo
from med3dvlm.volumes.views.thumbnail import slice_picture
from med3dvlm.volumes.volume import Unit, Volume

HU_TYPES = ("", "HU")
KNOWN_UNITS = ("OD", "MGML", "PCT", "Z_EFF", "ED", "EDW", "HU_MOD")
UNIT_NAMES = {"US": "an unspecified unit"} | {unit: unit for unit in KNOWN_UNITS}
DEFLATED = b"1.2.840.10008.1.2.1.99"
META_LENGTH_AT = 140
TOO_LARGE = "file too large once unpacked"
INFLATE_BYTES = 1 << 24


def recognises(path: Path) -> bool:
    """True for a file with DICOM's prefix."""
    return is_dicom(path)


def find_series(paths: Sequence[Path], limits: Limits) -> Found:
    """Every series with images among the files; only headers are read.

    Raises:
        VolumeError: the time limit has passed.
    """
    frames: list[Frame] = []
    skipped: Counter[str] = Counter()
    for path in paths:
        limits.check_time()
        found = TOO_LARGE if _grows_beyond(path, limits) else read_frames(path)
        if isinstance(found, str):
            skipped[found] += 1
        else:
            frames += found
    refusal = None if frames else _no_picture(skipped)
    del skipped[DICOMDIR]
    notes = (f"DICOM files left out: {_listed(skipped)}.",) if skipped else ()
    series = tuple(_series(group) for group in grouped(frames))
    return Found(series=series, notes=notes, refusal=refusal)


def _listed(skipped: Counter[str]) -> str:
    return ", ".join(f"{count} x {reason}" for reason, count in sorted(skipped.items()))


def _no_picture(skipped: Counter[str]) -> VolumeError:
    return VolumeError(
        f"the DICOM data contain no scan, only {_listed(skipped)}. Add the files (or the whole "
        "folder) of the image series."
    )


def _series(group: Group) -> Series:
    first = group.frames[0]
    instance = first.instance
    info = SeriesInfo(
        key=group.key,
        description=_description(group),
        modality=instance.modality,
        shape=(len(group.frames), instance.rows, instance.columns),
    )
    return Series(
        info=info,
        voxel_bytes=instance.voxel_bytes,
        read=partial(_read, group),
        preview=partial(_preview, group),
    )


def _preview(group: Group, limits: Limits) -> Preview:
    """The middle slice; the others are not decoded."""
    frame = group.frames[len(group.frames) // 2]
    _check_voxels(1, frame, limits)
    stack = stacked([frame])
    [(_, plane)] = pictures([frame])
    values = scaled(plane, 1.0 if frame.slope is None else frame.slope, frame.intercept or 0.0)
    if frame.instance.photometric == GREY[0]:
        values = inverted(values)
    picture = slice_picture(values, stack.affine, known=stack.orientation_known)
    return Preview(picture=picture, modality=frame.instance.modality)


def _description(group: Group) -> str:
    """For a chooser, only from coded facts: free-text descriptions may name a patient."""
    first = group.frames[0]
    details = dict(first.instance.details)
    thickness = f"{first.thickness_mm:g} mm" if first.thickness_mm else ""
    kernel = f"kernel {details['Kernel']}" if "Kernel" in details else ""
    parts = (
        first.instance.modality,
        "scout" if first.instance.localizer else "",
        details.get("Body part", "").lower(),
        plane_name(first.normal) if first.axes is not None else "",
        thickness,
        kernel,
        "with contrast" if "Contrast agent" in details else "",
        f"{len(group.frames)} slice{'s' if len(group.frames) > 1 else ''}",
        group.part,
    )
    return ", ".join(part for part in parts if part)


def _read(group: Group, frame: int, limits: Limits) -> Volume:
    if frame != 0:
        raise VolumeError(f"There is no volume {frame + 1}: a DICOM series is read as one volume.")
    first = group.frames[0]
    _check_voxels(len(group.frames), first, limits)
    frames, copies = _without_same_pictures(group.frames, limits)
    stack = stacked(frames)
    unit, doubt = _unit(frames)
    voxels, changes = _values(stack.frames, limits)
    notes = _copy_notes(group.copies + copies) + stack.notes + changes + doubt
    notes += _padding_notes(first, voxels) + _kind_notes(first)
    if first.instance.photometric == GREY[0] and unit != "HU":
        voxels = inverted(voxels)
        notes += ("Grey levels were inverted, as the file specifies (MONOCHROME1).",)
    affine, known = stack.affine, stack.orientation_known
    if known:
        voxels, affine, straightened = straighten(voxels, affine, limits.voxels)
        voxels, affine, turned = to_canonical(voxels, affine)
        notes += straightened + turned
    return Volume(
        voxels=voxels,
        affine=affine,
        unit=unit,
        orientation_known=known,
        modality=first.instance.modality,
        notes=notes,
        details=_details(stack),
    )


def _unit(frames: Sequence[Frame]) -> tuple[Unit, tuple[str, ...]]:
    """HU for CT whose slices all give the rescaling; a note for CT that doesn't."""
    instance = frames[0].instance
    if instance.modality != "CT":
        return "arbitrary", ()
    if instance.localizer or instance.secondary:
        return "arbitrary", ("This is a scout or a screen capture: its values are not in HU.",)
    if instance.lookup or any(frame.slope is None or frame.intercept is None for frame in frames):
        return "arbitrary", ("The header doesn't say how to convert stored values to HU.",)
    units = {frame.rescale_type for frame in frames} - set(HU_TYPES)
    if units:
        # The element is free text and may hold a name; only known terms are shown.
        names = " and ".join(sorted({UNIT_NAMES.get(unit, "an unknown unit") for unit in units}))
        return "arbitrary", (f"The CT's values are in {names}, not in HU.",)
    return "HU", ()


def _values(frames: tuple[Frame, ...], limits: Limits) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Rescaled values of all frames, `[k, j, i]`, and notes."""
    instance = frames[0].instance
    store = ValueStore((len(frames), instance.rows, instance.columns))
    for k, (frame, plane) in enumerate(pictures(frames)):
        limits.check_time()
        slope = 1.0 if frame.slope is None else frame.slope
        store.put(k, scaled(plane, slope, frame.intercept or 0.0))
    return store.finish()


def _without_same_pictures(
    frames: tuple[Frame, ...], limits: Limits
) -> tuple[tuple[Frame, ...], int]:
    """Frames without duplicates (same values at the same position), and how many were dropped."""
    kept: list[Frame] = []
    for group in place_groups(frames):
        seen: list[NDArray[Any]] = []
        limits.check_time()
        for frame, plane in pictures(group) if len(group) > 1 else ((group[0], None),):
            if plane is not None and any(np.array_equal(plane, other) for other in seen):
                continue
            kept.append(frame)
            if plane is not None:
                seen.append(plane)
    return tuple(kept), len(frames) - len(kept)


def _copy_notes(copies: int) -> tuple[str, ...]:
    return (f"Duplicate slices left out: {copies}.",) if copies else ()


def _padding_notes(frame: Frame, voxels: NDArray[Any]) -> tuple[str, ...]:
    padding = frame.instance.padding
    if padding is None:
        return ()
    value = padding * (1.0 if frame.slope is None else frame.slope) + (frame.intercept or 0.0)
    if not (voxels == value).any():
        return ()
    return (f"Voxels outside the field of view have the padding value {value:g}.",)


def _kind_notes(frame: Frame) -> tuple[str, ...]:
    instance = frame.instance
    notes: tuple[str, ...] = ()
    if not instance.photometric.startswith(GREY):
        notes += ("Colours were converted to greyscale.",)
    if instance.lossy:
        notes += ("The images were lossily compressed before upload.",)
    if instance.lookup:
        notes += ("The file's modality lookup table was not applied: values are as stored.",)
    return notes


def _details(stack: Stack) -> dict[str, str]:
    first = stack.frames[0]
    instance = first.instance
    facts = {
        "Format": "DICOM, multi-frame" if instance.frames > 1 else "DICOM",
        "Stored size": f"{instance.columns} x {instance.rows} x {len(stack.frames)}",
        "Stored axes": axis_codes(stack.affine) if stack.orientation_known else "not stated",
        "Slice thickness": f"{first.thickness_mm:g} mm" if first.thickness_mm else "",
        "Measured tilt": f"{shear_degrees(stack.affine):.1f} degrees",
    }
    if facts["Measured tilt"].startswith("0.0"):
        del facts["Measured tilt"]
    return {name: fact for name, fact in facts.items() if fact} | dict(instance.details)


def _check_voxels(slices: int, frame: Frame, limits: Limits) -> None:
    voxels = slices * frame.instance.rows * frame.instance.columns
    if voxels > limits.voxels:
        raise VolumeError(
            f"The series has {voxels:,} voxels, more than the limit of {limits.voxels:,}. "
            "Export thicker or fewer slices."
        )


def _grows_beyond(path: Path, limits: Limits) -> bool:
    """True for a deflated file (pydicom unpacks it as a whole) that is too large once unpacked."""
    with path.open("rb") as file:
        head = file.read(1024)
        if DEFLATED not in head:
            return False
        length = int.from_bytes(head[META_LENGTH_AT : META_LENGTH_AT + 4], "little")
        file.seek(META_LENGTH_AT + 4 + length)
        inflater, size, packed = zlib.decompressobj(-zlib.MAX_WBITS), 0, file.read(INFLATE_BYTES)
        while packed and size <= limits.unpacked_bytes:
            try:
                size += len(inflater.decompress(packed, INFLATE_BYTES))
            except zlib.error:
                return False  # reading the header will report the damage
            packed = inflater.unconsumed_tail or file.read(INFLATE_BYTES)
    return size > limits.unpacked_bytes
