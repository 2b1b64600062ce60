"""Fails where tests reach less of the code than before: coverage by lines and branches, by part.

A floor is what was reached, rounded down. `make coverage` calls it on what it has measured:

    coverage json -q -o - | python .ci/floors.py
"""

import json
import sys
from typing import Any

FLOORS = {
    "med3dvlm/volumes/": 99,
    "med3dvlm/metrics/": 100,
    "med3dvlm/retrieval/": 98,
    "med3dvlm/": 95,
    "train/": 90,
    "": 93,
}


def reached(files: dict[str, Any], part: str) -> float:
    """How many of a part's lines and branches were reached, in percent."""
    found = [file["summary"] for path, file in files.items() if path.startswith(part)]
    if not found:
        return 0.0
    covered = sum(file["covered_lines"] + file["covered_branches"] for file in found)
    return 100 * covered / sum(file["num_statements"] + file["num_branches"] for file in found)


def main() -> int:
    """Print a line for each part; 1 where one is below its floor."""
    files = json.load(sys.stdin)["files"]
    below = 0
    for part, floor in FLOORS.items():
        percent = reached(files, part)
        verdict = "" if percent >= floor else "  BELOW ITS FLOOR"
        below += bool(verdict)
        print(f"coverage {percent:6.2f} %  floor {floor:3} %  {part or 'in all'}{verdict}")
    if below:
        print("What no test reaches: .venv/bin/coverage report --show-missing --skip-covered")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
