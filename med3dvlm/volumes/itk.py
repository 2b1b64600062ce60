"""NRRD and MetaImage (.nrrd, .nhdr, .mha, .mhd), read by SimpleITK.

series = find_series([Path("scan.nrrd")], Limits())
volume = series[0].read(0)

A header may name another file for its voxels. Only a plain name beside the header is followed:
anything else could reach out of the upload.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813, its own convention
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.hounsfield import looks_like_ct
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.orientation import to_canonical
from med3dvlm.volumes.scaling import BRIGHTNESS, rescaled
from med3dvlm.volumes.series import Series, SeriesInfo, short_key
from med3dvlm.volumes.shear import straighten
from med3dvlm.volumes.volume import Unit, Volume

NRRD, META = "NRRD", "MetaImage"
READERS = {NRRD: "NrrdImageIO", META: "MetaImageIO"}
HEAD_BYTES = 1 << 16
DATA_FILE = {
    NRRD: re.compile(rb"^data ?file:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE),
    META: re.compile(rb"^ElementDataFile\s*=\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE),
}
# Words that say how the axes lie in the patient.
ORIENTED = {
    NRRD: re.compile(rb"^space:\s*(left|right|LPS|RAS|LAS)", re.IGNORECASE | re.MULTILINE),
    META: re.compile(rb"^(TransformMatrix|Rotation|Orientation)\s*=", re.MULTILINE),
}
PACKED = re.compile(rb"^(encoding:\s*(gz|bz)|CompressedData\s*=\s*True)", re.I | re.MULTILINE)
# Deflate can't shrink anything further than this.
BEST_RATIO = 1032
COLOURS, AXES = 3, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a header says: `size` along i, j, k, `affine` to LPS mm, all of one frame."""

    kind: str
    size: tuple[int, int, int]
    frames: int
    components: int
    dimensions: int
    voxel_bytes: int
    affine: NDArray[np.float64]
    orientation_known: bool


def recognises(path: Path) -> bool:
    """True for an NRRD or MetaImage header, with or without its voxels."""
    return bool(_kind(_head(path)))


def find_series(paths: Sequence[Path], limits: Limits) -> list[Series]:
    """One series a file; only headers are read.

    Raises:
        VolumeError: no header can be used.
    """
    found: list[Series] = []
    refusals: list[VolumeError] = []
    for path in paths:
        try:
            found.append(_series(path, limits, len(found) + 1))
        except VolumeError as error:
            refusals.append(error)
    if not found:
        raise refusals[0]
    return found


def parse_header(path: Path, limits: Limits) -> Header:
    """Read and check a header.

    Raises:
        VolumeError: it is broken, promises more than the file can hold or than the limits allow, or
            names voxels that lie elsewhere.
    """
    head = _head(path)
    kind = _kind(head)
    data = _data_file(path, head, kind)
    reader = _reader(path, kind)
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        raise VolumeError(
            f"{path.name}: the {kind} header can't be read. Export the scan anew."
        ) from None
    dimensions = reader.GetDimension()
    if not AXES - 1 <= dimensions <= AXES + 1:
        raise VolumeError(
            f"{path.name}: the file has {dimensions} dimensions. Save one volume with three."
        )
    size = [*reader.GetSize(), 1, 1][: AXES + 1]
    header = Header(
        kind=kind,
        size=(size[0], size[1], size[2]),
        frames=size[3] if dimensions > AXES else 1,
        components=reader.GetNumberOfComponents(),
        dimensions=dimensions,
        voxel_bytes=_voxel_bytes(reader),
        affine=_affine(reader, dimensions),
        orientation_known=dimensions >= AXES and bool(ORIENTED[kind].search(head)),
    )
    _check_size(path, header, data, packed=bool(PACKED.search(head)), limits=limits)
    return header


def _series(path: Path, limits: Limits, number: int) -> Series:
    header = parse_header(path, limits)
    i, j, k = header.size
    info = SeriesInfo(
        key=short_key(f"{number} {path.name}"),
        description=f"{header.kind}, {i} x {j} x {k}",
        modality="unknown",
        shape=(k, j, i),
        frames=header.frames,
    )
    return Series(
        info=info, voxel_bytes=header.voxel_bytes, read=partial(_read, path, header, limits)
    )


def _read(path: Path, header: Header, limits: Limits, frame: int) -> Volume:
    if not 0 <= frame < header.frames:
        raise VolumeError(
            f"{path.name}: there is no volume {frame + 1}, the file holds {header.frames}."
        )
    stored, notes = _grey(_stored(path, header, frame), header)
    voxels, changes = rescaled(stored)
    voxels, affine, straightened = straighten(voxels, header.affine, limits.voxels)
    if header.orientation_known:
        voxels, affine, turned = to_canonical(voxels, affine)
        straightened += turned
    else:
        notes += ("The file doesn't say how it lies in the patient: left and right are unknown.",)
    if header.frames > 1:
        notes += (f"The file holds {header.frames} volumes; number {frame + 1} is shown.",)
    unit: Unit = "HU" if header.components == 1 and looks_like_ct(voxels) else "arbitrary"
    guess = "look like CT and are taken as HU" if unit == "HU" else "don't look like a CT in HU"
    i, j, k = header.size
    return Volume(
        voxels=voxels,
        affine=affine,
        unit=unit,
        orientation_known=header.orientation_known,
        modality="CT" if unit == "HU" else "unknown",
        notes=(
            *notes, *changes, *straightened,
            f"{header.kind} doesn't name its unit; the values {guess}.",
        ),
        details={"Format": header.kind, "Stored size": f"{i} x {j} x {k}"},
    )  # fmt: skip


def _stored(path: Path, header: Header, frame: int) -> NDArray[Any]:
    """The stored numbers of one frame: `[k, j, i]`, colours last."""
    reader = _reader(path, header.kind)
    if header.dimensions > AXES:
        reader.SetExtractIndex((0, 0, 0, frame))
        reader.SetExtractSize((*header.size, 0))
    try:
        stored: NDArray[Any] = sitk.GetArrayFromImage(reader.Execute())
    except RuntimeError:
        raise VolumeError(
            f"{path.name}: the voxels can't be read; the file was cut off or is damaged. "
            "Copy or export it anew."
        ) from None
    shape = header.size[::-1] + ((header.components,) if header.components > 1 else ())
    return stored.reshape(shape)


def _grey(stored: NDArray[Any], header: Header) -> tuple[NDArray[Any], tuple[str, ...]]:
    if header.components == 1:
        return stored, ()
    if header.components >= COLOURS and stored.dtype == np.uint8:
        shades = np.rint(stored[..., :COLOURS] @ BRIGHTNESS).astype(np.uint8)
        return shades, ("Colours were turned to shades of grey.",)
    return np.ascontiguousarray(stored[..., 0]), (
        f"Each voxel holds {header.components} values; the first is shown.",
    )


def _reader(path: Path, kind: str) -> sitk.ImageFileReader:
    reader = sitk.ImageFileReader()
    reader.SetImageIO(READERS[kind])
    reader.SetFileName(str(path))
    return reader


def _voxel_bytes(reader: sitk.ImageFileReader) -> int:
    one = sitk.Image([1, 1], reader.GetPixelID(), max(1, reader.GetNumberOfComponents()))
    return int(sitk.GetArrayViewFromImage(one).nbytes)


def _affine(reader: sitk.ImageFileReader, dimensions: int) -> NDArray[np.float64]:
    axes = min(dimensions, AXES)
    affine = np.eye(AXES + 1)
    directions = np.reshape(reader.GetDirection(), (dimensions, dimensions))[:axes, :axes]
    affine[:axes, :axes] = directions * np.asarray(reader.GetSpacing())[:axes]
    affine[:axes, AXES] = np.asarray(reader.GetOrigin())[:axes]
    return affine


def _head(path: Path) -> bytes:
    """The text part of a header, or its first bytes."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(b"NRRD"):
        return head.partition(b"\n\n")[0].replace(b"\r\n", b"\n")
    local = re.search(rb"^ElementDataFile.*$", head, re.MULTILINE)
    return (head[: local.end()] if local else head).replace(b"\r\n", b"\n")


def _kind(head: bytes) -> str:
    if head.startswith(b"NRRD0"):
        return NRRD
    opens = head.lstrip()[:64]
    if opens.startswith((b"ObjectType", b"NDims")) and DATA_FILE[META].search(head):
        return META
    return ""


def _data_file(path: Path, head: bytes, kind: str) -> Path:
    """The file with the voxels: the header's own or a neighbour, never one elsewhere."""
    named = DATA_FILE[kind].search(head)
    if named is None or named[1].upper() == b"LOCAL":
        return path
    name = named[1].decode("utf-8", "replace")
    neighbour = path.with_name(Path(name).name)
    plain = name == Path(name).name and name not in {"..", "."} and "\\" not in name
    if not plain or "%" in name or name.upper().startswith("LIST") or neighbour.is_symlink():
        raise VolumeError(
            f"{path.name}: the header names its voxels by a path, list or pattern, which is "
            "not followed here. Save the scan in one file."
        )
    if not neighbour.is_file():
        raise VolumeError(
            f"{path.name}: this is only the header; its voxels lie in {neighbour.name}. "
            "Put both into one zip."
        )
    return neighbour


def _check_size(path: Path, header: Header, data: Path, *, packed: bool, limits: Limits) -> None:
    """Refuse at once what can't be in the file, or is more than may be read."""
    i, j, k = header.size
    voxels = i * j * k
    if voxels > limits.voxels:
        raise VolumeError(
            f"{path.name}: {voxels:,} voxels are more than the {limits.voxels:,} that are read "
            "here. Crop or resample the scan."
        )
    promised = voxels * header.frames * header.voxel_bytes
    size = data.stat().st_size
    if promised > size * (BEST_RATIO if packed else 1):
        raise VolumeError(
            f"{path.name}: the header promises {promised:,} bytes, but the file has {size:,}. "
            "It was cut off or is damaged: copy or export it anew."
        )
    if promised > limits.unpacked_bytes:
        raise VolumeError(
            f"{path.name}: reading takes more than the {limits.unpacked_bytes:,} bytes that are "
            "allowed here. Save one volume alone."
        )
