"""NIfTI-1 and -2 files (.nii, .nii.gz, .hdr with .img), recognised by content; and a writer.

found = find_series([Path("scan.nii.gz")], Limits())
volume = found.series[0].read(0, Limits())
save_nifti(volume, Path("copy.nii.gz"))
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.nifti1 import Nifti1Image
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.nifti_header import (
    HEAD_BYTES,
    UNIT_MARKS,
    NiftiHeader,
    looks_like_nifti,
    parse_header,
)
from med3dvlm.volumes.formats.packed import (
    check_promise,
    check_unpacked,
    fill,
    head_of,
    packing_of,
    skip,
    unpacking,
)
from med3dvlm.volumes.formats.scaling import ValueStore, grey, part_sizes, rescaled
from med3dvlm.volumes.formats.shear import Straightening, straightening
from med3dvlm.volumes.formats.single_files import find_in_each
from med3dvlm.volumes.hounsfield import TAKEN_AS_HU, looks_like_ct
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.orientation import axis_codes, swap_ras_lps, to_canonical
from med3dvlm.volumes.series import Found, Preview, Series, SeriesInfo, short_key
from med3dvlm.volumes.views.thumbnail import slice_picture
from med3dvlm.volumes.volume import Unit, Volume

RGB = np.dtype([(channel, np.uint8) for channel in "RGB"])


def recognises(path: Path) -> bool:
    """True for a NIfTI file, gzipped or not, whatever its name, and for the .img of a pair."""
    return looks_like_nifti(head_of(_header_file(path), HEAD_BYTES))


def find_series(paths: Sequence[Path], limits: Limits) -> Found:
    """One series per file; only headers are read.

    Raises:
        VolumeError: the time limit has passed.
    """
    files = list(dict.fromkeys(_header_file(path) for path in paths))

    def series_of(path: Path, number: int) -> Series:
        header = parse_header(head_of(path, HEAD_BYTES), path.name)
        return _series(path, header, place=(number, len(files)))

    return find_in_each("NIfTI", files, limits, series_of)


def save_nifti(volume: Volume, path: Path) -> None:
    """Write a volume as NIfTI-1 (.nii or .nii.gz by name); reading it gives the same volume."""
    image = _image(volume.voxels, volume)
    image.header["descrip"] = UNIT_MARKS[volume.unit]
    image.to_filename(path)


def save_colours(colours: NDArray[np.uint8], volume: Volume, path: Path) -> None:
    """Write the colours `[z, y, x, RGB]` of a volume's voxels as NIfTI-1, for other viewers."""
    _image(np.ascontiguousarray(colours).view(RGB)[..., 0], volume).to_filename(path)


def _image(voxels: NDArray[Any], volume: Volume) -> Nifti1Image:
    """Voxels where those of a volume lie."""
    placed = 1 if volume.orientation_known else 0
    affine = swap_ras_lps(volume.affine) if placed else volume.affine
    image = Nifti1Image(voxels.T, affine)
    image.set_sform(affine, placed)
    image.set_qform(affine, placed)
    image.header.set_xyzt_units("mm")
    return image


def _series(path: Path, header: NiftiHeader, *, place: tuple[int, int]) -> Series:
    slices, rows, columns = header.shape
    number, files = place
    among = f", file {number} of {files} by name" if files > 1 else ""
    info = SeriesInfo(
        key=short_key(f"{number} {path.name}"),
        description=f"NIfTI, {columns} x {rows} x {slices}{among}",
        modality="CT" if header.unit == "HU" else "unknown",
        shape=header.shape,
        frames=header.frames,
    )
    return Series(
        info=info,
        voxel_bytes=int(header.dtype.itemsize),
        read=partial(_read, path, header),
        preview=partial(_preview, path, header),
    )


def _preview(path: Path, header: NiftiHeader, limits: Limits) -> Preview:
    """The middle slice as stored; in a gzipped file, everything before it must be unpacked."""
    middle = header.shape[0] // 2
    [lone] = _parts(path, header, limits, range(middle, middle + 1))
    picture = slice_picture(lone[0], header.affine, known=header.orientation_known)
    store = ValueStore((1, *header.shape[1:]), header.affine)
    voxels, _ = rescaled([lone], store, header.slope, header.intercept)
    return Preview(picture=picture, modality=_modality(_unit(voxels, header)[0]))


def _read(path: Path, header: NiftiHeader, frame: int, limits: Limits) -> Volume:
    plan = straightening(header.shape, header.affine, limits.voxels)
    voxels, changes = _values(path, header, limits, frame, plan)
    affine = plan.affine if plan else header.affine
    straightened: tuple[str, ...] = (plan.note,) if plan else ()
    if header.orientation_known:
        voxels, affine, turned = to_canonical(voxels, affine)
        straightened += turned
    unit, guess = _unit(voxels, header)
    return Volume(
        voxels=voxels,
        affine=affine,
        unit=unit,
        orientation_known=header.orientation_known,
        modality=_modality(unit),
        notes=header.notes + _frame_notes(header, frame) + changes + straightened + guess,
        details=_details(header),
    )


def _values(
    path: Path, header: NiftiHeader, limits: Limits, frame: int, plan: Straightening | None
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Values of one frame, `[k, j, i]`, and notes on how the stored numbers were converted."""
    slices = header.shape[0]
    if not 0 <= frame < header.frames:
        raise VolumeError(
            f"{path.name}: there is no volume {frame + 1}; the file contains {header.frames}."
        )
    parts = _parts(path, header, limits, range(frame * slices, (frame + 1) * slices))
    store = ValueStore(header.shape, header.affine, plan)
    voxels, changes = rescaled(parts, store, header.slope, header.intercept)
    return voxels, _kind_notes(header) + changes


def _kind_notes(header: NiftiHeader) -> tuple[str, ...]:
    """What was done where a voxel is stored as more than one number."""
    if header.dtype.names is not None:
        return ("Colours were converted to greyscale.",)
    if header.dtype.kind == "c":
        return ("The values are complex numbers; their magnitudes are shown.",)
    return ()


def _unit(voxels: NDArray[Any], header: NiftiHeader) -> tuple[Unit, tuple[str, ...]]:
    """NIfTI stores no unit of intensity: HU if the values look like it, and a note."""
    if header.unit is not None:
        return header.unit, ()
    if header.dtype.kind in "iuf" and looks_like_ct(voxels):
        return "HU", (f"NIfTI doesn't store the unit; {TAKEN_AS_HU}.",)
    return "arbitrary", (
        "NIfTI doesn't store the unit, and the values don't look like a CT in HU.",
    )


def _modality(unit: Unit) -> str:
    return "CT" if unit == "HU" else "unknown"


def _frame_notes(header: NiftiHeader, frame: int) -> tuple[str, ...]:
    notes: tuple[str, ...] = ()
    if header.frames > 1:
        notes += (f"The file contains {header.frames} volumes; number {frame + 1} is shown.",)
    if header.shape[0] == 1:
        notes += ("The file contains only one slice.",)
    return notes


def _details(header: NiftiHeader) -> dict[str, str]:
    slices, rows, columns = header.shape
    colour = header.dtype.names is not None
    return {
        "Format": f"NIfTI-{header.version}" + (" pair" if header.pair else ""),
        "Stored size": f"{columns} x {rows} x {slices}",
        "Stored type": "colour" if colour else header.dtype.name,
        "Stored axes": axis_codes(header.affine) if header.orientation_known else "not stated",
        "Scaling": _scaling(header),
    }


def _scaling(header: NiftiHeader) -> str:
    if (header.slope, header.intercept) == (1, 0):
        return "none"
    sign = "-" if header.intercept < 0 else "+"
    return f"stored value x {header.slope:g} {sign} {abs(header.intercept):g}"


def _parts(
    path: Path, header: NiftiHeader, limits: Limits, slices: range
) -> Iterator[NDArray[Any]]:
    """One real number per voxel of some slices, counted through all frames, `[k, j, i]`."""
    name = path.name
    _, rows, columns = header.shape
    data = _voxel_file(path) if header.pair else path
    packing = packing_of(data)
    slice_bytes = rows * columns * int(header.dtype.itemsize)
    start = header.offset + slices.start * slice_bytes
    promised = header.frames * header.frame_bytes
    check_promise(data, promised, offset=header.offset, packing=packing)
    voxels = header.frame_bytes // int(header.dtype.itemsize)
    if voxels > limits.voxels:
        raise VolumeError(
            f"{name}: {voxels:,} voxels exceed the limit of {limits.voxels:,}. "
            "Crop or resample the scan."
        )
    check_unpacked(data, start + len(slices) * slice_bytes, packing, limits)
    with unpacking(data, packing) as stream:
        skip(stream, start, limits)
        for count in part_sizes(len(slices), rows * columns):
            raw = np.empty(count * slice_bytes, dtype=np.uint8)
            fill(stream, raw.data, name, limits)
            yield _single(raw.view(header.dtype).reshape(count, rows, columns))
        if slices.stop == header.frames * header.shape[0]:
            stream.read(1)  # a packed file proves its checksum only at its end


def _single(stored: NDArray[Any]) -> NDArray[Any]:
    """One real number per voxel: the brightness of colours, the magnitude of complex numbers."""
    if stored.dtype.names is not None:
        return grey(stored.view(np.uint8).reshape(*stored.shape, -1))
    return np.abs(stored) if stored.dtype.kind == "c" else stored


def _partner(path: Path, ending: str) -> Path | None:
    """The other file of a pair, gzipped or not."""
    stem = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    names = (f"{stem}.{kind}{gz}" for kind in (ending, ending.upper()) for gz in ("", ".gz"))
    return next((path.with_name(name) for name in names if path.with_name(name).is_file()), None)


def _header_file(path: Path) -> Path:
    """The file with the header: for the .img of a pair its .hdr, else the file itself."""
    if path.name.lower().endswith((".img", ".img.gz")):
        return _partner(path, "hdr") or path
    return path


def _voxel_file(path: Path) -> Path:
    found = _partner(path, "img")
    if found is None:
        raise VolumeError(
            f"{path.name}: this is only the header of a pair. Put the .img file of the same name "
            "next to it, or put both files in one zip."
        )
    return found
