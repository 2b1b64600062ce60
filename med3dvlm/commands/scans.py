"""Processes the scans below a path one by one, with rows in a table that can be resumed.

table = Table(path=Path("made.csv"), columns=("file", "series", "mean", ERROR), keys=("file",))
for line in over(Path("scans"), table, lambda volume: {"mean": volume.voxels.mean()}):
    print(line)
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from med3dvlm.commands.table import ERROR, Row, Table
from med3dvlm.errors import Med3DVLMError, VolumeError
from med3dvlm.volumes import Volume, list_series, open_volume

SLICES = {"", ".dcm", ".ima"}


class PartlyFailedError(Med3DVLMError):
    """Some scans could not be processed; the others were."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A series that can be opened, or why it can't."""

    name: str
    path: Path
    series: str = ""
    error: str = ""

    def open(self) -> Volume:
        """Read the volume.

        Raises:
            VolumeError: it can't be read.
        """
        if self.error:
            raise VolumeError(self.error)
        return open_volume(self.path, series=self.series)


def find_scans(path: Path) -> Iterator[Scan]:
    """Every series of a file, or of all files and DICOM folders below a folder, by name.

    Raises:
        VolumeError: the path doesn't exist or contains no files.
    """
    if not path.exists():
        raise VolumeError(f"{path}: there is no such file or folder")
    found = [path] if path.is_file() else _below(path)
    if not found:
        raise VolumeError(f"{path} contains no files")
    for place in found:
        name = place.name if place == path else place.relative_to(path).as_posix()
        try:
            series = list_series(place)
        except VolumeError as error:
            yield Scan(name, place, error=str(error))
            continue
        for info in series:
            yield Scan(name, place, info.key)


def _below(folder: Path) -> list[Path]:
    """Files that are one scan each, and folders whose files belong together."""
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    files = [path for path in inside if path.is_file()]
    slices = [path for path in files if path.suffix.lower() in SLICES]
    found = [folder] if len(slices) > 1 else slices
    found += [path for path in files if path not in slices and path.suffix.lower() != ".img"]
    for path in inside:
        if path.is_dir():
            found += _below(path)
    return found


def over(
    path: Path, table: Table, work: Callable[[Volume], Row], *, about: Row | None = None
) -> Iterator[str]:
    """Process every scan that has no row yet; a scan that fails gets a row that says why.

    Args:
        path: a file or a folder.
        table: where rows go; its keys are `file`, `series` and those of `about`.
        work: takes a volume; returns the fields of its row.
        about: fields that all rows share.

    Raises:
        PartlyFailedError: some scans failed.
        VolumeError: the path doesn't exist or contains no files.
    """
    yield from over_each(path, table, lambda volume: lambda _: work(volume), abouts=[about or {}])


def over_each(
    path: Path,
    table: Table,
    begin: Callable[[Volume], Callable[[Row], Row]],
    *,
    abouts: Sequence[Row],
) -> Iterator[str]:
    """Add the missing rows of every scan; a scan has one row for each of `abouts`.

    A scan with no missing rows is not opened; any other is opened once. A failure becomes a row
    that says why, and the run continues.

    Args:
        path: a file or a folder.
        table: where rows go; its keys are `file`, `series` and those of `abouts`.
        begin: does the work that a volume's rows share; returns a function that makes the fields
            of one row.
        abouts: the fields that distinguish the rows of a scan.

    Raises:
        PartlyFailedError: some scans failed, if only for one of their rows.
        VolumeError: the path doesn't exist or contains no files.
    """
    scans = list(find_scans(path))
    failed = 0
    for scan in tqdm(scans, unit="scan", file=sys.stderr, disable=None):
        rows: list[Row] = [{"file": scan.name, "series": scan.series, **one} for one in abouts]
        missing = [row for row in rows if table.lacks(row)]
        errors = False
        for row in _worked(scan, missing, begin) if missing else ():
            table.add(row)
            errors |= ERROR in row
        failed += errors
    if failed:
        raise PartlyFailedError(f"{failed} of {len(scans)} scans failed; see {table.path} for why.")
    yield f"{len(scans)} scans done; results are in {table.path}"


def _worked(
    scan: Scan, missing: Sequence[Row], begin: Callable[[Volume], Callable[[Row], Row]]
) -> Iterator[Row]:
    """The rows with their results or errors."""
    try:
        finish = begin(scan.open())
    except Med3DVLMError as error:
        yield from (row | {ERROR: str(error)} for row in missing)
        return
    for row in missing:
        try:
            fields = finish(row)
        except Med3DVLMError as error:
            fields = {ERROR: str(error)}
        yield row | fields
