"""Open a scan: by content, not by name, into one canonical volume, or say why not.

    volume = open_volume(Path("scan.zip"))
    for info in list_series(path): ...           # largest first
    volume = open_volume(path, series=info.key)
    with OpenScan(path) as scan:                 # several reads, unpacked once
        scan.series, scan.previews(), scan.read(key, frame)

A further format is one line in `FORMATS`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats import metaimage, nifti, nrrd
from med3dvlm.volumes.formats.archive import Upload, unpacked
from med3dvlm.volumes.formats.dicom import reader as dicom
from med3dvlm.volumes.limits import DEFAULT_LIMITS, Limits
from med3dvlm.volumes.series import Found, Preview, Series, SeriesInfo
from med3dvlm.volumes.volume import Volume

READABLE = (
    "NIfTI (.nii, .nii.gz, .hdr with .img), DICOM (files, a folder), NRRD, MetaImage (.mha, .mhd "
    "with its voxels) or a zip of these"
)


PREVIEW_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How files of a format are recognised, and how series are found in all of them together."""

    recognises: Callable[[Path], bool]
    find_series: Callable[[Sequence[Path], Limits], Found]


FORMATS = (
    Format(recognises=nifti.recognises, find_series=nifti.find_series),
    Format(recognises=dicom.recognises, find_series=dicom.find_series),
    Format(recognises=nrrd.recognises, find_series=nrrd.find_series),
    Format(recognises=metaimage.recognises, find_series=metaimage.find_series),
)

# What else people bring: first bytes, what it is, what to do.
FOREIGN = (
    (b"\x1f\x8b", "a gzip file without NIfTI in it", "Unpack it, and give the files as a zip."),
    (b"PK", "a zip without a scan in it", "Pack the scan's own files."),
    (b"NRRD", "an NRRD file of an unknown version", "Save it anew, for instance with 3D Slicer."),
    (b"ObjectType", "a MetaImage header that is cut off", "Save it anew, or as NIfTI."),
    (b"\x5c\x01\x00\x00", "an Analyze 7.5 header", "Save it as NIfTI: Analyze doesn't know sides."),
    (b"\x00\x00\x01\x5c", "an Analyze 7.5 header", "Save it as NIfTI: Analyze doesn't know sides."),
    (b"\x89PNG", "a PNG picture", "Give the scan itself, not a picture of it."),
    (b"\xff\xd8\xff", "a JPEG picture", "Give the scan itself, not a picture of it."),
    (b"%PDF", "a PDF document", "Give the scan itself."),
    (b"\x93NUMPY", "a NumPy array", "Save it as NIfTI, with its voxel size and orientation."),
    (b"7z\xbc\xaf", "a 7z archive", "Pack the files as a zip."),
    (b"Rar!", "a RAR archive", "Pack the files as a zip."),
    (b"\x89HDF", "an HDF5 file", "Save it as NIfTI."),
)  # fmt: skip


class OpenScan:
    """A file, folder or zip whose headers were read, unpacked once for any number of reads.

    Args:
        path: what the user gave.
        limits: how much is read at most; the time runs anew for each read.

    Raises:
        VolumeError: nothing in it is a scan.
    """

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self._path = path
        self._limits = limits
        self._files = ExitStack()
        if not path.exists():
            raise VolumeError(f"{path.name}: there is no such file or folder.")
        with self._files, _said(path):
            timed = limits.started()
            upload = self._files.enter_context(unpacked(path, timed))
            self._found, self._notes = _series_of(path, upload, timed)
            self._files = self._files.pop_all()

    @property
    def series(self) -> tuple[SeriesInfo, ...]:
        """All series, largest first."""
        return tuple(series.info for series in self._found)

    def read(self, series: str | None = None, frame: int = 0) -> Volume:
        """One volume; see `open_volume`."""
        with _said(self._path):
            chosen, notes = _choose(self._found, series), self._notes
            many = len(self._found) > 1
            try:
                volume = chosen.read(frame, self._limits.started())
            except VolumeError as error:
                which = f" (This is {chosen.info.description}, one of {len(self._found)} series.)"
                raise VolumeError(f"{error}{which if many else ''}") from error
        if many and series is None:
            notes += (
                f"There are {len(self._found)} series; the largest is shown: "
                f"{chosen.info.description}.",
            )
        return volume.noting(*notes) if notes else volume

    def previews(self, seconds: float = PREVIEW_SECONDS) -> dict[str, Preview]:
        """What the series look like, by their keys; as many as the time allows."""
        made: dict[str, Preview] = {}
        timed = replace(self._limits, seconds=seconds).started()
        for series in self._found:
            try:
                timed.check_time()
                made[series.info.key] = series.preview(timed)
            except (VolumeError, OSError):
                continue  # reading it will say what is wrong
        return made

    def close(self) -> None:
        """Remove what was unpacked."""
        self._files.close()

    def __enter__(self) -> "OpenScan":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_volume(
    path: Path, *, series: str | None = None, frame: int = 0, limits: Limits = DEFAULT_LIMITS
) -> Volume:
    """Open one volume of a file, folder or zip.

    Args:
        path: what the user gave.
        series: key of the series (see `list_series`); the largest when None.
        frame: which volume of a series of volumes (time points), from 0.
        limits: how much is read at most.

    Raises:
        VolumeError: what is wrong with the file, and what the user can do.
    """
    with OpenScan(path, limits) as scan:
        return scan.read(series, frame)


def list_series(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> list[SeriesInfo]:
    """All series of a file, folder or zip, largest first; no voxels are read.

    Raises:
        VolumeError: nothing in it is a scan.
    """
    with OpenScan(path, limits) as scan:
        return list(scan.series)


def _choose(found: list[Series], key: str | None) -> Series:
    if key is None:
        return found[0]
    for series in found:
        if series.info.key == key:
            return series
    raise VolumeError(
        f"There is no series {key}. There are: {', '.join(s.info.key for s in found)}."
    )


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Refusals begin with the name of what the user gave; absurd numbers warn nobody."""
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            yield
    except VolumeError as error:
        raise _named(path, str(error)) from error
    except OSError as error:
        raise VolumeError(
            f"{path.name}: the file can't be read ({error.strerror}). Check it, and copy it anew."
        ) from None  # its text would show the whole path


def _series_of(path: Path, upload: Upload, limits: Limits) -> tuple[list[Series], tuple[str, ...]]:
    """All series, largest first, and notes on what of the upload was left out."""
    found = [kind.find_series(files, limits) for kind, files in _by_format(upload.files, limits)]
    series = [one for made in found for one in made.series]
    if not series:
        raise next((made.refusal for made in found if made.refusal), _no_scan(path, upload))
    notes = upload.notes + tuple(note for made in found for note in made.notes)
    largest_first = sorted(
        series, key=lambda s: (-s.info.voxels, s.info.modality == "unknown", -s.voxel_bytes)
    )
    return largest_first, notes


def _named(path: Path, refusal: str) -> VolumeError:
    """A refusal that begins with the name of what the user gave."""
    named = refusal.startswith(f"{path.name}:")
    return VolumeError(refusal if named else f"{path.name}: {refusal}")


def _by_format(files: Sequence[Path], limits: Limits) -> list[tuple[Format, list[Path]]]:
    """Formats that occur, each with its files; what no format recognises is junk."""
    known: dict[int, list[Path]] = {}
    for file in files:
        limits.check_time()
        number = next((n for n, kind in enumerate(FORMATS) if kind.recognises(file)), None)
        if number is not None:
            known.setdefault(number, []).append(file)
    return [(FORMATS[number], known[number]) for number in sorted(known)]


def _no_scan(path: Path, upload: Upload) -> VolumeError:
    """Why nothing could be opened, in words for the user."""
    if path.is_file() and path.stat().st_size == 0:
        return VolumeError(f"{path.name}: the file is empty. Copy or download it anew.")
    source = path if path.is_file() else next(iter(upload.files), None)
    head = b""
    if source is not None:
        with source.open("rb") as file:
            head = file.read(16)
    what = next(
        (f"{what}. {remedy}" for magic, what, remedy in FOREIGN if head.startswith(magic)), ""
    )
    left_out = " ".join(("", *upload.notes))
    if path.is_file() and what:
        return VolumeError(f"{path.name}: this is {what}{left_out}")
    holds = (
        f"none of its {len(upload.files)} files is a scan" if path.is_dir() else "this is no scan"
    )
    return VolumeError(f"{path.name}: {holds} that can be read. Give {READABLE}.{left_out}")
