"""DICOM series to volumes: single files, folders, multi-frame objects, in any order and naming.

    for series in find_series(paths, Limits()).series:
        volume = series.read(0, Limits())

`header` reads headers and drops identifiers; `series` sorts frames into series, and `stack` puts
the frames of a series in order.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from med3dvlm.errors import NoScanError, VolumeError
from med3dvlm.volumes.formats.dicom.copies import without_copies
from med3dvlm.volumes.formats.dicom.encoding import inflates_beyond, is_dicom
from med3dvlm.volumes.formats.dicom.evening import evened
from med3dvlm.volumes.formats.dicom.frame import GREY, Frame
from med3dvlm.volumes.formats.dicom.header import DICOMDIR, Skipped, read_frames
from med3dvlm.volumes.formats.dicom.mixture import KERNEL, kernels_of, mixture
from med3dvlm.volumes.formats.dicom.padding import Padding
from med3dvlm.volumes.formats.dicom.pixels import pictures
from med3dvlm.volumes.formats.dicom.series import Group, grouped, told_apart
from med3dvlm.volumes.formats.dicom.side_by_side import gains, side_by_side
from med3dvlm.volumes.formats.dicom.stack import Stack, stacked
from med3dvlm.volumes.formats.dicom.turned import turned_notes
from med3dvlm.volumes.formats.scaling import ValueStore, invert, scaled
from med3dvlm.volumes.formats.shear import Straightening, shear_degrees, straightening
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.orientation import axis_codes, plane_name, to_canonical
from med3dvlm.volumes.series import Found, Preview, Series, SeriesInfo
from med3dvlm.volumes.views.thumbnail import slice_picture
from med3dvlm.volumes.volume import Unit, Volume

HU = ("HU", "HOUNSFIELD", "HOUNSFIELD UNIT", "HOUNSFIELD UNITS")
KNOWN_UNITS = ("OD", "MGML", "PCT", "Z_EFF", "ED", "EDW", "HU_MOD")
UNIT_NAMES = {"US": "an unspecified unit"} | {unit: unit for unit in KNOWN_UNITS}
# Modalities that don't measure the attenuation of X-rays.
WITHOUT_HU = ("MR", "PT", "NM", "US")
SAYS_HU = "The file doesn't say that it is a CT, but that its values are HU (rescale type)."
NO_HU = "The file says that its values are HU (rescale type), but {} doesn't measure HU."
NO_MEASUREMENT = (
    "This is a scout, a screen capture or a picture in colours: its values are not in HU."
)
TOO_LARGE = Skipped("file too large once unpacked")


def recognises(path: Path) -> bool:
    """True for a file with DICOM's prefix."""
    return is_dicom(path)


def find_series(paths: Sequence[Path], limits: Limits) -> Found:
    """Every series with images among the files; only headers are read.

    Raises:
        VolumeError: the time limit has passed.
    """
    frames: list[Frame] = []
    skipped: Counter[Skipped] = Counter()
    for path in paths:
        limits.check_time()
        large = inflates_beyond(path, limits.unpacked_bytes)
        found = TOO_LARGE if large else read_frames(path)
        if isinstance(found, Skipped):
            skipped[found] += 1
        else:
            frames += found
    refusal = None if frames else _no_picture(skipped)
    del skipped[Skipped(DICOMDIR, beside=True)]
    notes = (f"DICOM files left out: {_listed(skipped)}.",) if skipped else ()
    groups = grouped(frames, limits)
    described = told_apart(groups, [_description(group) for group in groups])
    series = tuple(_series(*one) for one in zip(groups, described, strict=True))
    return Found(series=series, notes=notes, refusal=refusal)


def _listed(skipped: Counter[Skipped]) -> str:
    return ", ".join(f"{count} x {one.reason}" for one, count in sorted(skipped.items()))


def _no_picture(skipped: Counter[Skipped]) -> VolumeError:
    remedies = " ".join(sorted({one.remedy for one in skipped}))
    kind = NoScanError if all(one.beside for one in skipped) else VolumeError
    return kind(f"the DICOM data contain no scan, only {_listed(skipped)}. {remedies}")


def _series(group: Group, description: str) -> Series:
    first = group.frames[0]
    instance = first.instance
    info = SeriesInfo(
        key=group.key,
        description=description,
        modality=_modality(first, _unit(group.frames)[0]),
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
    unit, _ = _unit([frame])
    values = Padding(frame, in_hu=unit == "HU").filled(plane, _rescaled(frame, plane))
    if frame.instance.photometric == GREY[0]:
        values = values.copy()
        invert(values)
    picture = slice_picture(values, stack.affine, known=stack.orientation_known)
    return Preview(picture=picture, modality=_modality(frame, unit))


def _description(group: Group) -> str:
    """For a chooser, only from coded facts: free-text descriptions may name a patient."""
    first = group.frames[0]
    details = dict(first.instance.details)
    thickness = f"{first.thickness_mm:g} mm" if first.thickness_mm else ""
    kernels = kernels_of(group.frames)
    parts = (
        first.instance.modality,
        "scout" if first.instance.localizer else "",
        details.get("Body part", "").lower(),
        plane_name(first.normal) if first.axes is not None else "",
        thickness,
        f"kernel {kernels}" if kernels else "",
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
    frames, copies = without_copies(group.frames, limits)
    stack = stacked(frames)
    stored = stack.shape
    _check_size(stored, limits)
    unit, doubt = _unit(frames)
    known = stack.orientation_known
    plan = straightening(stored, stack.affine, limits.voxels) if known else None
    voxels, changes = _values(stack, plan, unit, limits)
    notes = _copy_notes(group.copies + copies) + stack.notes + mixture(frames) + changes + doubt
    notes += turned_notes(frames)
    notes += (group.note,) if group.note else ()
    notes += _kind_notes(first) + _remarks(frames)
    if first.instance.photometric == GREY[0] and unit != "HU":
        invert(voxels)
        notes += ("Grey levels were inverted, as the file specifies (MONOCHROME1).",)
        if plan:
            plan.fill(voxels, voxels.min(), stored)
    affine = stack.affine
    if plan:
        affine, notes = plan.affine, (*notes, plan.note)
    if known:
        voxels, affine, turned = to_canonical(voxels, affine)
        notes += turned
    return Volume(
        voxels=voxels,
        affine=affine,
        unit=unit,
        orientation_known=known,
        modality=_modality(first, unit),
        notes=notes,
        details=_details(stack),
        frame=first.instance.frame,
    )


def _modality(frame: Frame, unit: Unit) -> str:
    return "CT" if unit == "HU" else frame.instance.modality


def _unit(frames: Sequence[Frame]) -> tuple[Unit, tuple[str, ...]]:
    """HU where the file says so by its rescaling, modality or class; else why not."""
    instance = frames[0].instance
    says_hu = all(frame.rescale_type in HU for frame in frames)
    if instance.modality != "CT" and (not says_hu or instance.modality in WITHOUT_HU):
        return "arbitrary", (NO_HU.format(instance.modality),) if says_hu else ()
    capture = instance.secondary and not (says_hu and instance.frames > 1)
    if instance.localizer or capture or not instance.photometric.startswith(GREY):
        return "arbitrary", (NO_MEASUREMENT,)
    if instance.lookup or any(frame.slope is None or frame.intercept is None for frame in frames):
        return "arbitrary", ("The header doesn't say how to convert stored values to HU.",)
    units = {frame.rescale_type for frame in frames} - {"", *HU}
    if units:
        # The element is free text and may hold a name; only known terms are shown.
        names = " and ".join(sorted({UNIT_NAMES.get(unit, "an unknown unit") for unit in units}))
        return "arbitrary", (f"The CT's values are in {names}, not in HU.",)
    return "HU", () if instance.modality == "CT" else (SAYS_HU,)


def _values(
    stack: Stack, plan: Straightening | None, unit: Unit, limits: Limits
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Rescaled values of all slices, `[k, j, i]`, sheared ones shifted, and notes."""
    store = ValueStore(stack.shape, stack.affine, plan)
    padding = Padding(stack.frames[0], in_hu=unit == "HU")
    planes = _planes(stack.frames, padding, limits)
    planes = stack.sides.put(planes) if stack.sides else planes
    slices = evened(planes, stack.depths, stack.grid) if stack.grid else enumerate(planes)
    for k, values in slices:
        store.put(k, values)
    voxels, notes = store.finish()
    return voxels, notes + padding.notes()


def _planes(frames: Sequence[Frame], padding: Padding, limits: Limits) -> Iterator[NDArray[Any]]:
    many = gains(frames, limits.processes)
    decoded = side_by_side(frames, processes=limits.processes) if many else pictures(frames)
    for frame, plane in decoded:
        limits.check_time()
        yield padding.filled(plane, _rescaled(frame, plane))


def _rescaled(frame: Frame, plane: NDArray[Any]) -> NDArray[Any]:
    slope = 1.0 if frame.slope is None else frame.slope
    return scaled(plane, slope, frame.intercept or 0.0)


def _copy_notes(copies: int) -> tuple[str, ...]:
    return (f"Duplicate slices left out: {copies}.",) if copies else ()


def _remarks(frames: Sequence[Frame]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(remark for f in frames for remark in f.instance.remarks))


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
    stated = dict(instance.details)
    if KERNEL in stated:
        stated[KERNEL] = kernels_of(stack.frames)
    return {name: fact for name, fact in facts.items() if fact} | stated


def _check_voxels(slices: int, frame: Frame, limits: Limits) -> None:
    _check_size((slices, frame.instance.rows, frame.instance.columns), limits)


def _check_size(shape: tuple[int, int, int], limits: Limits) -> None:
    voxels = prod(shape)
    if voxels > limits.voxels:
        raise VolumeError(
            f"The series has {voxels:,} voxels, more than the limit of {limits.voxels:,}. "
            "Export thicker or fewer slices."
        )
