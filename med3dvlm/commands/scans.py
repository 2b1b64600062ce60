"""Scans below a path, one after the other, with a row for each in a table that can be resumed.

batch = Batch(table=Table(Path("answers.csv"), keys=("file", "series", "question")))
yield from batch.over(Path("scans"), work)      # work(volume) gives the fields of a row
"""

import csv
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from med3dvlm.errors import Med3DVLMError, VolumeError
from med3dvlm.volumes import Volume, list_series, open_volume

Row = dict[str, Any]
JSONL = ".jsonl"
SUFFIXES = {".csv", JSONL}
SLICES = {"", ".dcm", ".ima"}
ERROR = "error"


class PartlyFailedError(Med3DVLMError):
    """Some scans could not be worked on; the others were."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A series that can be opened, or why it can't."""

    name: str
    path: Path
    series: str = ""
    error: str = ""

    def open(self) -> Volume:
        """Read it.

        Raises:
            VolumeError: it can't be read.
        """
        if self.error:
            raise VolumeError(self.error)
        return open_volume(self.path, series=self.series)


def find_scans(path: Path) -> Iterator[Scan]:
    """Every series of a file, or of all files and DICOM folders below a folder, by name.

    Raises:
        VolumeError: there is nothing at the path.
    """
    if not path.exists():
        raise VolumeError(f"{path}: there is no such file or folder")
    found = [path] if path.is_file() else _below(path)
    if not found:
        raise VolumeError(f"{path} holds no files")
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
    """Files that are a scan each, and folders whose files belong together."""
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    files = [path for path in inside if path.is_file()]
    slices = [path for path in files if path.suffix.lower() in SLICES]
    found = [folder] if len(slices) > 1 else slices
    found += [path for path in files if path not in slices and path.suffix.lower() != ".img"]
    for path in inside:
        if path.is_dir():
            found += _below(path)
    return found


@dataclass(kw_only=True)
class Table:
    """Rows of a .csv or .jsonl file, known by their keys; each is on disk once it is added.

    Raises:
        Med3DVLMError: the name ends in neither, or another table is there.
    """

    path: Path
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    done: set[tuple[str, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.path.suffix not in SUFFIXES:
            raise Med3DVLMError(f"{self.path}: name a file that ends in .csv or .jsonl")
        kept = [row for row in self._read() if not row.get(ERROR)]
        self.done = {self.key(row) for row in kept}
        aside = self.path.with_name(self.path.name + ".new")
        with aside.open("w", newline="", encoding="utf-8") as stream:
            if self.path.suffix != JSONL:
                csv.DictWriter(stream, self.columns).writeheader()
            for row in kept:
                self._put(stream, row)
        aside.replace(self.path)

    def key(self, row: Row) -> tuple[str, ...]:
        """What tells a row from the others."""
        return tuple(str(row[name]) for name in self.keys)

    def add(self, row: Row) -> None:
        """Write a row at the end."""
        with self.path.open("a", newline="", encoding="utf-8") as stream:
            self._put(stream, row)

    def _put(self, stream: Any, row: Row) -> None:
        whole = {name: row.get(name, "") for name in self.columns}
        if self.path.suffix == JSONL:
            stream.write(json.dumps(whole) + "\n")
        else:
            csv.DictWriter(stream, self.columns).writerow(
                {k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in whole.items()}
            )

    def _read(self) -> list[Row]:
        """Whole rows alone: the last line of a run that was killed may be cut."""
        if not self.path.exists():
            return []
        text = self.path.read_text(encoding="utf-8")
        if self.path.suffix != JSONL:
            rows: list[Row] = list(csv.DictReader(text[: text.rfind("\n") + 1].splitlines(True)))
        else:
            lines = text[: text.rfind("\n") + 1].splitlines()
            rows = [json.loads(line) for line in lines if line.strip()]
        if rows and set(rows[0]) != set(self.columns):
            raise Med3DVLMError(f"{self.path} is another table: name a new file")
        return [row for row in rows if None not in row.values()]


def over(
    path: Path, table: Table, work: Callable[[Volume], Row], *, about: Row | None = None
) -> Iterator[str]:
    """Work on every scan that has no row yet; a scan that fails gets a row that says why.

    Args:
        path: a file or a folder.
        table: where rows go; its keys are of `file`, `series` and what `about` holds.
        work: a volume to the fields of its row.
        about: fields that all rows share.

    Raises:
        PartlyFailedError: some scans failed.
        VolumeError: there is nothing at the path.
    """
    scans = list(find_scans(path))
    failed = 0
    for scan in tqdm(scans, unit="scan", file=sys.stderr, disable=None):
        row: Row = {"file": scan.name, "series": scan.series, **(about or {})}
        if table.key(row) in table.done:
            continue
        try:
            row |= work(scan.open())
        except Med3DVLMError as error:
            row[ERROR] = str(error)
            failed += 1
        table.add(row)
    if failed:
        raise PartlyFailedError(f"{failed} of {len(scans)} scans failed; {table.path} says why.")
    yield f"{len(scans)} scans, see {table.path}"
