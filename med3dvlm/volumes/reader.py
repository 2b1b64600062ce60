"""Open a scan, recognised by its content and not its name, as one canonical volume.

    volume = open_volume(Path("scan.zip"))
    for info in list_series(path): ...           # largest first
    volume = open_volume(path, series=info.key)
    with OpenScan(path) as scan:                 # several reads, unpacked once
        scan.series, scan.previews(), scan.read(key, frame)

To add a format, add a line to `FORMATS`.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from med3dvlm.errors import NoScanError, VolumeError, is_disk_full
from med3dvlm.volumes.formats import metaimage, nifti, nrrd
from med3dvlm.volumes.formats.archive import Upload, damaged_archive, unpacked
from med3dvlm.volumes.formats.dicom import reader as dicom
from med3dvlm.volumes.formats.dicom.harmed import sound
from med3dvlm.volumes.formats.foreign import EMPTY, UNKNOWN, Foreign, counted, foreign, remedies
from med3dvlm.volumes.limits import DEFAULT_LIMITS, Limits
from med3dvlm.volumes.series import Found, Preview, Series, SeriesInfo
from med3dvlm.volumes.volume import Volume

READABLE = (
    "NIfTI (.nii, .nii.gz, .hdr with .img), DICOM (files or a folder), NRRD, MetaImage (.mha, "
    ".mhd with its voxel file) or a zip of these"
)
UNREADABLE = "not a scan that can be read"
PREVIEW_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How the files of a format are recognised, and how series are found among them.

    `sound` takes away series that damaged files are part of, where series have many files.
    """

    recognises: Callable[[Path], bool]
    find_series: Callable[[Sequence[Path], Limits], Found]
    sound: Callable[[Found, Sequence[Path]], Found] = lambda found, _: found


FORMATS = (
    Format(recognises=nifti.recognises, find_series=nifti.find_series),
    Format(recognises=dicom.recognises, find_series=dicom.find_series, sound=sound),
    Format(recognises=nrrd.recognises, find_series=nrrd.find_series),
    Format(recognises=metaimage.recognises, find_series=metaimage.find_series),
)


class OpenScan:
    """A file, folder or zip whose headers have been read; unpacked once for any number of reads.

    Args:
        path: what the user chose.
        limits: how much may be read; the clock restarts for each read.
        files: those files of the folder alone; all below it if None.

    Raises:
        NoScanError: it contains no scan.
        VolumeError: it contains one that can't be read.
    """

    def __init__(
        self,
        path: Path | str,
        limits: Limits = DEFAULT_LIMITS,
        *,
        files: Sequence[Path] | None = None,
    ) -> None:
        path = Path(path)
        self._path = path
        self._limits = limits
        self._files = ExitStack()
        if not path.exists():
            raise VolumeError(f"{path.name}: there is no such file or folder.")
        with self._files, _said(path):
            timed = limits.started()
            upload = self._files.enter_context(unpacked(path, timed, files))
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
        """Previews of the series by key; as many as the time allows."""
        made: dict[str, Preview] = {}
        timed = replace(self._limits, seconds=seconds).started()
        for series in self._found:
            try:
                timed.check_time()
                made[series.info.key] = series.preview(timed)
            except (VolumeError, OSError):
                continue  # reading the series will report what is wrong
        return made

    def close(self) -> None:
        """Remove the unpacked files."""
        self._files.close()

    def __enter__(self) -> "OpenScan":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_volume(
    path: Path | str,
    *,
    series: str | None = None,
    frame: int = 0,
    limits: Limits = DEFAULT_LIMITS,
    files: Sequence[Path] | None = None,
) -> Volume:
    """Open one volume of a file, folder or zip.

    Args:
        path: what the user chose.
        series: key of the series (see `list_series`); the largest when None.
        frame: which volume of a series of volumes (time points), from 0.
        limits: how much may be read.
        files: those files of the folder alone; all below it if None.

    Raises:
        VolumeError: what is wrong with the file, and what the user can do.
    """
    with OpenScan(path, limits, files=files) as scan:
        return scan.read(series, frame)


def list_series(
    path: Path | str, *, limits: Limits = DEFAULT_LIMITS, files: Sequence[Path] | None = None
) -> list[SeriesInfo]:
    """All series of a file, folder or zip, largest first; no voxels are read.

    Args:
        path: what the user chose.
        limits: how much may be read.
        files: those files of the folder alone; all below it if None.

    Raises:
        NoScanError: it contains no scan.
        VolumeError: it contains one that can't be read.
    """
    with OpenScan(path, limits, files=files) as scan:
        return list(scan.series)


def is_known(path: Path) -> bool:
    """True for a file whose content one of the formats recognises."""
    return any(kind.recognises(path) for kind in FORMATS)


def _choose(found: list[Series], key: str | None) -> Series:
    if key is None:
        return found[0]
    for series in found:
        if series.info.key == key:
            return series
    raise VolumeError(
        f"There is no series {key}. Available series: {', '.join(s.info.key for s in found)}."
    )


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Start each refusal with the upload's name; silence NumPy's warnings about absurd numbers."""
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            yield
    except VolumeError as error:
        raise _named(path, error) from error
    except OSError as error:
        if is_disk_full(error):
            raise VolumeError(
                f"{path.name}: the disk of this machine is full, so that the scan can't be "
                f"unpacked. Nothing is wrong with the file. Free some space in "
                f"{tempfile.gettempdir()}, or set TMPDIR to a folder with more."
            ) from None
        raise VolumeError(
            f"{path.name}: the file can't be read ({error.strerror}). Check it and copy it again."
        ) from None  # its text would show the whole path


def _series_of(path: Path, upload: Upload, limits: Limits) -> tuple[list[Series], tuple[str, ...]]:
    """All series, largest first, and notes on the files that were left out."""
    formats, others = _by_format(upload.files, limits)
    found = [
        kind.sound(kind.find_series(files, limits), _damaged_of(kind, files, upload))
        for kind, files in formats
    ]
    series = [one for made in found for one in made.series]
    if not series and upload.damaged:
        raise damaged_archive(path.name, len(upload.damaged))
    if not series:
        raise next((made.refusal for made in found if made.refusal), _no_scan(path, upload, others))
    notes = upload.notes + tuple(note for made in found for note in made.notes)
    used = {one.voxel_file for one in series}
    lost = [kind for file, kind in others.items() if not kind.beside and file not in used]
    if lost:
        notes += (f"Files left out because they can't be read as a scan: {counted(lost)}.",)
    largest_first = sorted(
        series, key=lambda s: (-s.info.voxels, s.info.modality == "unknown", -s.voxel_bytes)
    )
    return largest_first, notes


def _damaged_of(kind: Format, files: Sequence[Path], upload: Upload) -> list[Path]:
    """Damaged files of a format; of those that are empty now, the ones that are named like it."""
    endings = {file.suffix.lower() for file in files}
    return [
        file
        for file in upload.damaged
        if (kind.recognises(file) if file.stat().st_size else file.suffix.lower() in endings)
    ]


def _named(path: Path, refusal: VolumeError) -> VolumeError:
    """A refusal that begins with the upload's name."""
    said = str(refusal)
    return type(refusal)(said if said.startswith(f"{path.name}:") else f"{path.name}: {said}")


def _by_format(
    files: Sequence[Path], limits: Limits
) -> tuple[list[tuple[Format, list[Path]]], dict[Path, Foreign]]:
    """Formats that occur, each with its files; and what the other files are."""
    known: dict[int, list[Path]] = {}
    others: dict[Path, Foreign] = {}
    for file in files:
        limits.check_time()
        number = next((n for n, kind in enumerate(FORMATS) if kind.recognises(file)), None)
        if number is None:
            others[file] = foreign(file)
        else:
            known.setdefault(number, []).append(file)
    return [(FORMATS[number], known[number]) for number in sorted(known)], others


def _said_of(kind: Foreign) -> str:
    if kind is UNKNOWN:
        return f"this is {UNREADABLE}"
    return f"this is {kind.what}" + ("" if kind.remedy else f", {UNREADABLE}")


def _no_scan(path: Path, upload: Upload, others: dict[Path, Foreign]) -> VolumeError:
    """Why nothing could be opened, as a message for the user."""
    if others.get(path) == EMPTY:
        return VolumeError(f"{path.name}: the file is empty. {EMPTY.remedy}")
    named = [kind for kind in others.values() if kind.remedy]
    kinds = [kind for kind in named if not kind.beside] or named
    remedy = remedies(kinds) or f"Supported: {READABLE}."
    if path in others:
        what = _said_of(others[path])
    elif path.is_dir():
        what = f"none of its {len(upload.files)} files is a scan that can be read"
    else:
        what = "this is a zip that contains no scan that can be read"
    if not upload.files:
        remedy = "" if upload.notes else "It holds no file: check it, and copy or make it again."
    holds = f" ({counted(kinds)})" if kinds and path not in others else ""
    said = (f"{path.name}: {what}{holds}.", remedy, *upload.notes)
    return NoScanError(" ".join(filter(None, said)))
