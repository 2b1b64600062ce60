"""Times every pair; writes the table into docs/results.md, its most telling rows into README.md.

python -m benchmarks.speed                 # see benchmarks/speed/__init__.py
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from benchmarks.hardware import hardware
from benchmarks.speed.dicom import dicom_rows
from benchmarks.speed.encoder import encoder_rows
from benchmarks.speed.growth import all_growths
from benchmarks.speed.memory import all_peaks, memory_growth
from benchmarks.speed.released_words import released_rows
from benchmarks.speed.rounds import Row
from benchmarks.speed.scans import scan_rows
from benchmarks.speed.table import RECORD, write_documents
from benchmarks.speed.words import word_rows
from med3dvlm.volumes.grid import PUBLISHED_GRID

HUGE = "THP_MEM_ALLOC_ENABLE"  # torch asks the system for huge pages
HALF_GRID = (64, 128, 128)


def main() -> None:
    """Measure, record, write the documents."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--short", action="store_true", help="smaller scans")
    parser.add_argument("--huge", action="store_true", help="only the encoder, rows to the output")
    arguments = parser.parse_args()
    grid = HALF_GRID if arguments.short else PUBLISHED_GRID
    if arguments.huge:
        rows = encoder_rows(rounds=arguments.rounds, grid=grid, pages="huge")
        print(json.dumps(rows))
        return
    record = measured(arguments, grid)
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    write_documents(record)
    print(f"Written: {RECORD.name}, docs/results.md, README.md")


def measured(arguments: argparse.Namespace, grid: tuple[int, int, int]) -> dict[str, Any]:
    """All rows, with the machine, its load before, and the day."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    rounds, slices = arguments.rounds, 40 if arguments.short else 300
    rows = encoder_rows(rounds=rounds, grid=grid, pages="usual")
    rows += _with_huge_pages(sys.argv[1:])
    rows += word_rows(rounds=rounds) + released_rows(rounds=rounds)
    with tempfile.TemporaryDirectory() as folder:
        rows += scan_rows(Path(folder), rounds=rounds, slices=slices)
        rows += dicom_rows(Path(folder), rounds=rounds, slices=slices)
        growths = all_growths(Path(folder), rounds=3)
        growths.append(memory_growth(Path(folder) / "memory"))
        peaks = all_peaks(Path(folder), slices=slices)
    return {
        "machine": hardware("cpu"), "cores": os.cpu_count(), "torch": torch.__version__,
        "load": load, "day": datetime.now(UTC).date().isoformat(),
        "rows": [row._asdict() for row in rows],
        "growths": [one._asdict() for one in growths],
        "peaks": [one._asdict() for one in peaks],
    }  # fmt: skip


def _with_huge_pages(arguments: list[str]) -> list[Row]:
    """The encoder again, in a process whose memory lies on huge pages for both ways."""
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed", "--huge", *arguments],
        env={**os.environ, HUGE: "1"}, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return [Row(*values) for values in json.loads(made.stdout)]


if __name__ == "__main__":
    main()
