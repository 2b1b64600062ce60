"""A table of results, .csv or .jsonl, from which a run can be resumed.

table = Table(path=Path("answers.csv"), columns=("file", "answer", ERROR), keys=("file",))
if table.lacks({"file": "a.nii"}):
    table.add({"file": "a.nii", "answer": "Yes."})
"""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from med3dvlm.errors import Med3DVLMError

Row = dict[str, Any]
JSONL = ".jsonl"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet runs what begins like this
SUFFIXES = {".csv", JSONL}
ERROR = "error"


@dataclass(kw_only=True)
class Table:
    """Rows of a .csv or .jsonl file, identified by their keys; each is written at once.

    Raises:
        Med3DVLMError: the name has another ending, or the file contains another table.
    """

    path: Path
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    done: set[tuple[str, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.path.suffix not in SUFFIXES:
            raise Med3DVLMError(f"{self.path}: name a file that ends in .csv or .jsonl")
        try:
            self._start()
        except OSError as error:
            raise Med3DVLMError(
                f"{self.path}: the table can't be written ({error.strerror}). Name another file."
            ) from error

    def _start(self) -> None:
        """Keep the complete rows of an existing table, and write them anew."""
        kept = [row for row in self._read() if not row.get(ERROR)]
        self.done = {self.key(row) for row in kept}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_name(self.path.name + ".new")
        with aside.open("w", newline="", encoding="utf-8") as stream:
            if self.path.suffix != JSONL:
                csv.DictWriter(stream, self.columns).writeheader()
            for row in kept:
                self._put(stream, row)
        aside.replace(self.path)

    def lacks(self, row: Row) -> bool:
        """Whether this row is missing; rows with an error count as missing."""
        return self.key(row) not in self.done

    def key(self, row: Row) -> tuple[str, ...]:
        """The key that identifies a row."""
        return tuple(str(row[name]) for name in self.keys)

    def add(self, row: Row) -> None:
        """Append a row."""
        with self.path.open("a", newline="", encoding="utf-8") as stream:
            self._put(stream, row)

    def _put(self, stream: Any, row: Row) -> None:
        whole = {name: row.get(name, "") for name in self.columns}
        if self.path.suffix == JSONL:
            stream.write(json.dumps(whole) + "\n")
        else:
            csv.DictWriter(stream, self.columns).writerow(
                {name: plain_cell(value) for name, value in whole.items()}
            )

    def _read(self) -> list[Row]:
        rows = rows_of(self.path)
        if rows and set(rows[0]) != set(self.columns):
            raise Med3DVLMError(f"{self.path} is a different table: name a new file")
        return rows


def rows_of(path: Path) -> list[Row]:
    """The complete rows of a table: if a run was killed, its last line may be cut off.

    Raises:
        Med3DVLMError: the file is no table.
    """
    if not path.exists():
        return []
    try:
        text = path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        rows: list[Row] = (
            [json.loads(line) for line in whole.splitlines() if line.strip()]
            if path.suffix == JSONL
            else [
                {name: _value(cell) for name, cell in row.items()}
                for row in csv.DictReader(whole.splitlines(True))
            ]
        )
    except ValueError:  # neither UTF-8 nor JSON
        raise Med3DVLMError(f"{path} is a different table: name a new file") from None
    return [row for row in rows if None not in row.values()]


def plain_cell(value: Any) -> Any:
    """What a spreadsheet shows as it is: a text that looks like a formula is marked as a text."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _value(cell: Any) -> Any:
    """The text of a cell, without the mark."""
    marked = isinstance(cell, str) and cell[:1] == "'" and cell[1:].startswith(FORMULA)
    return cell[1:] if marked else cell
