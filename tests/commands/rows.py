"""Tables that commands write, as tests read them."""

import csv
from pathlib import Path


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a .csv table."""
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))
