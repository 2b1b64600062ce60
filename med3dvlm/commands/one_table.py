"""A new table that is written at once; `table` is for those that grow row by row.

check_new(Path("words.csv"))
write_rows(Path("words.csv"), [{"word": "chest", "probability": 0.9}])
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from med3dvlm.commands.table import plain_cell
from med3dvlm.errors import Med3DVLMError


def check_new(path: Path) -> None:
    """Raise unless a table can be written there.

    Raises:
        Med3DVLMError: the file exists, or is no .csv file.
    """
    if path.suffix != ".csv":
        raise Med3DVLMError(f"{path}: name a file that ends in .csv.")
    if path.exists():
        raise Med3DVLMError(f"{path} already exists. Name a new file.")


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows with the columns of all of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, columns, restval="")
        table.writeheader()
        table.writerows({name: plain_cell(value) for name, value in row.items()} for row in rows)
