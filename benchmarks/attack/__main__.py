"""Attacks a fresh server and prints what became of each attack; fails if one got through.

python -m benchmarks.attack                 # all, some minutes; writes a table
python -m benchmarks.attack --short         # the form that the tests run
python -m benchmarks.attack --only zip      # those with this in their name
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.attack.campaign import (
    FELL,
    MARK_SECONDS,
    SLOWED,
    TIMES_CALM,
    TIMES_FELL,
    Row,
    campaign,
    limit_of,
)
from benchmarks.attack.served import ROOT

FUZZ_SECONDS = {True: 4.0, False: 120.0}
NONE = "- | -"


def line_of(row: Row) -> str:
    """One row of the table."""
    waits = row.waits
    verdict = row.verdict
    if waits and verdict == SLOWED:
        verdict = f"slowed to {1000 * waits.worst:.0f} ms"
    times = f"{1000 * waits.worst:.0f} | {1000 * waits.usual:.0f}" if waits else NONE
    calm = row.calm
    limits = NONE if calm is None else f"{1000 * calm:.0f} | {1000 * limit_of(calm):.0f}"
    told = row.told.replace("|", "/").replace("\n", " ")[:300]
    return f"| {row.name} | {verdict} | {times} | {limits} | {row.seconds:.1f} | {told} |"


def table(rows: Sequence[Row], loads: Sequence[float]) -> Iterator[str]:
    """The lines of the result page."""
    load = " ".join(f"{one:.1f}" for one in loads)
    mark = f"{1000 * MARK_SECONDS:.0f} ms"
    yield "# Attacks on a fresh server"
    yield ""
    yield f"`make attack`, {platform.machine()}, {os.cpu_count()} cores; load of the machine {load}"
    yield "before the first and after the last. `/healthz` is asked by another process. Its limit"
    yield f"is {mark} or, on a busy machine, {TIMES_CALM:g} times what it took before and after the"
    yield "attack (without it). An attack has slowed the server if one answer took longer, and it"
    yield f"fell if something got through or one answer took {TIMES_FELL:g} times that limit."
    yield ""
    yield "| attack | | worst (ms) | 95th percentile | without it | limit | took (s) | seen |"
    yield "|---|---|---|---|---|---|---|---|"
    yield from map(line_of, rows)


def main() -> None:
    """Run, print, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--out", default="benchmarks")
    chosen = parser.parse_args()
    rows, loads = [], [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as folder:
        seconds = 0.0 if chosen.only else FUZZ_SECONDS[chosen.short]
        for row in campaign(
            Path(folder), short=chosen.short, only=chosen.only, fuzz_seconds=seconds
        ):
            print(line_of(row), flush=True)
            rows.append(row)
    loads.append(os.getloadavg()[0])
    if chosen.out and not (chosen.only or chosen.short):
        name = f"attack_{platform.machine()}_{os.cpu_count()}cores_{time.strftime('%Y-%m-%d')}.md"
        (ROOT / chosen.out / name).write_text("\n".join(table(rows, loads)) + "\n")
    fell = [row.name for row in rows if row.verdict == FELL]
    if fell:
        sys.exit(f"fell: {', '.join(fell)}")


if __name__ == "__main__":
    main()
