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

from med3dvlm.commands.places import Place, legible, places
from med3dvlm.commands.table import ERROR, Row, Table
from med3dvlm.errors import Med3DVLMError, NoScanError, VolumeError
from med3dvlm.volumes import Volume, list_series, open_volume


class PartlyFailedError(Med3DVLMError):
    """Some scans could not be processed; the others were."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A series that can be opened, or why it can't."""

    name: str
    place: Place
    series: str = ""
    error: str = ""

    def open(self) -> Volume:
        """Read the volume.

        Raises:
            VolumeError: it can't be read.
        """
        if self.error:
            raise VolumeError(self.error)
        return open_volume(self.place.path, series=self.series, files=self.place.files)


def find_scans(path: Path) -> Iterator[Scan]:
    """Every series of a file, or of all files and DICOM folders below a folder, once, by name.

    Raises:
        VolumeError: the path doesn't exist or contains no scan.
    """
    if not path.exists():
        raise VolumeError(f"{legible(str(path))}: there is no such file or folder")
    found = False
    for place in [Place(path)] if path.is_file() else places(path):
        for scan in _series(place, path):
            found = True
            yield scan
    if not found:
        raise VolumeError(f"{legible(str(path))} contains no scan")


def _series(place: Place, root: Path) -> Iterator[Scan]:
    """The series at a place, or why there are none; nothing for what isn't meant as a scan."""
    inside = place.path.relative_to(root).as_posix()
    name = legible(place.path.name if place.path == root else inside)
    try:
        series = list_series(place.path, files=place.files)
    except NoScanError as error:
        if place.files is None and (place.meant or place.path == root):
            yield Scan(name, place, error=legible(str(error)))
        return
    except VolumeError as error:
        yield Scan(name, place, error=legible(str(error)))
        return
    for info in series:
        yield Scan(name, place, info.key)


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
        VolumeError: the path doesn't exist or contains no scan.
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
        VolumeError: the path doesn't exist or contains no scan.
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
    yield _summary(failed, len(scans), table)


def over_list(
    path: Path,
    table: Table,
    work: Callable[[Sequence[Scan]], Iterator[Row]],
    *,
    about: Row | None = None,
) -> Iterator[str]:
    """Like `over`, but the work takes the list of scans that have no row yet.

    Args:
        path: a file or a folder.
        table: where rows go; its keys are `file`, `series` and those of `about`.
        work: yields the fields of each scan's row, in order; those of a failed one are an error.
        about: fields that all rows share.

    Raises:
        PartlyFailedError: some scans failed.
        VolumeError: the path doesn't exist or contains no scan.
    """
    scans = list(find_scans(path))
    rows = [{"file": scan.name, "series": scan.series, **(about or {})} for scan in scans]
    missing = [(scan, row) for scan, row in zip(scans, rows, strict=True) if table.lacks(row)]
    failed = 0
    done = work([scan for scan, _ in missing])
    bar = tqdm(total=len(missing), unit="scan", file=sys.stderr, disable=None)
    for (_, row), fields in zip(missing, done, strict=True):
        table.add(row | fields)
        failed += ERROR in fields
        bar.update()
    bar.close()
    yield _summary(failed, len(scans), table)


def _summary(failed: int, count: int, table: Table) -> str:
    where = legible(str(table.path))
    if failed:
        raise PartlyFailedError(f"{failed} of {count} scans failed; see {where} for why.")
    return f"{count} scans done; results are in {where}"


def _worked(
    scan: Scan, missing: Sequence[Row], begin: Callable[[Volume], Callable[[Row], Row]]
) -> Iterator[Row]:
    """The rows with their results or errors."""
    try:
        finish = begin(scan.open())
    except Med3DVLMError as error:
        yield from (row | {ERROR: legible(str(error))} for row in missing)
        return
    for row in missing:
        try:
            fields = finish(row)
        except Med3DVLMError as error:
            fields = {ERROR: legible(str(error))}
        yield row | fields
