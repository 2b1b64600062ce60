"""What others notice of one hostile visitor: the soak test without and with one, on fresh servers.

python -m benchmarks.attack.soak                    # 30 visitors, writes a table
python -m benchmarks.attack.soak --visitors 4 --seconds 20 --out ""

Fails if another's visit failed, if a visit took more than half as long again, if memory or disk are
not back at their level, if a name is in the log, or if something is left after the end, or after a
server was killed and another started.
"""

import argparse
import os
import platform
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.attack.attempt import NAME
from benchmarks.attack.hostile import hostile
from benchmarks.attack.leftovers import after_a_kill
from benchmarks.attack.watch import Waits, watching
from benchmarks.soak import MEBI, ROOT, Outcome, soak

MOST_TIMES, ALLOWED_GROWTH = 1.5, 1.35
PLANTED = re.compile(r"visitor\d\d|scan_\d")
Meeting = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True)
class Compared:
    """The same visits twice.

    Attributes:
        outcomes: without and with a hostile visitor.
        waits: of `/healthz` meanwhile.
        killed: what was left of a server that was killed.
    """

    outcomes: tuple[Outcome, Outcome]
    waits: tuple[Waits, Waits]
    killed: str

    @property
    def medians(self) -> dict[str, tuple[float, float]]:
        """Seconds of each step, without and with."""
        plain, beside = (outcome.record.seconds for outcome in self.outcomes)
        return {
            step: (statistics.median(plain[step]), statistics.median(beside[step]))
            for step in plain
            if step in beside
        }

    @property
    def visit_seconds(self) -> tuple[float, float]:
        """What a whole visit took, without and with: all that was waited for in it."""
        without, beside = (
            sum(map(sum, outcome.record.seconds.values())) / max(1, outcome.record.visits)
            for outcome in self.outcomes
        )
        return without, beside


def compare(visitors: int, seconds: float) -> Compared:
    """Run both."""
    waits: list[Waits] = []
    without, beside = (
        soak(visitors, seconds, beside=partial(_watched, meeting=meeting, seen=waits))
        for meeting in (nullcontext, hostile)
    )
    with tempfile.TemporaryDirectory() as folder:
        killed = after_a_kill(Path(folder))
    return Compared((without, beside), (waits[0], waits[1]), killed)


@contextmanager
def _watched(url: str, *, meeting: Meeting, seen: list[Waits]) -> Iterator[None]:
    with watching(url) as watch, meeting(url):
        begun = time.monotonic()
        yield
        seen.append(watch.since(begun))


def table(compared: Compared, visitors: int, seconds: float) -> Iterator[str]:
    """The lines of the result page."""
    yield f"# One hostile visitor beside {visitors} others, {seconds:.0f} s without and with"
    yield ""
    yield f"`make soak-hostile`, {platform.machine()}, {os.cpu_count()} cores; load"
    yield f"of the machine at the end {os.getloadavg()[1]:.1f}, with all of this and other work."
    yield ""
    yield "| | without | with | times |"
    yield "|---|---|---|---|"
    yield _row("a whole visit (s)", *compared.visit_seconds)
    for step, medians in compared.medians.items():
        yield _row(f"{step}, median (s)", *medians)
    yield _row("`/healthz`, 95th percentile (s)", *(one.usual for one in compared.waits))
    yield _row("`/healthz`, worst (s)", *(one.worst for one in compared.waits))
    records = [outcome.record for outcome in compared.outcomes]
    for name, counts in (
        ("completed visits", [record.visits for record in records]),
        ("errors of the others", [len(record.errors) for record in records]),
        ("words, answers or files of others", [len(record.crossed) for record in records]),
        ("files that stayed", [outcome.left for outcome in compared.outcomes]),
        (
            "left in the temporary folder after the end",
            [len(one.after) for one in compared.outcomes],
        ),
        ("log lines with a planted name", [len(named(one)) for one in compared.outcomes]),
        ("memory before (MiB)", [one.level // MEBI for one in compared.outcomes]),
        ("memory afterwards (MiB)", [one.memory[-1] // MEBI for one in compared.outcomes]),
    ):
        yield f"| {name} | {counts[0]} | {counts[1]} | |"
    yield f"| killed, and started again | {compared.killed} | | |"


def named(outcome: Outcome) -> list[str]:
    """Log lines with a name of a visitor, of a file, or of the hostile one's."""
    lines = outcome.log.splitlines()
    return [line for line in lines if NAME in line or PLANTED.search(line)]


def faults(compared: Compared) -> Iterator[str]:
    """What should not have been."""
    without, beside = compared.visit_seconds
    if beside > MOST_TIMES * without:
        yield f"a visit took {beside / without:.2f} times as long"
    for outcome in compared.outcomes:
        yield from (*outcome.record.errors[:10], *outcome.record.crossed[:10], *named(outcome)[:3])
        yield from outcome.after[:3]
        if outcome.left:
            yield f"{outcome.left} files stayed"
        if outcome.memory[-1] > ALLOWED_GROWTH * outcome.level:
            yield f"memory was {outcome.level // MEBI} MB, and is {outcome.memory[-1] // MEBI} MB"


def _row(name: str, without: float, beside: float) -> str:
    return f"| {name} | {without:.3f} | {beside:.3f} | {beside / without:.2f} |"


def main() -> None:
    """Run, print, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--out", default="benchmarks")
    chosen = parser.parse_args()
    compared = compare(chosen.visitors, chosen.seconds)
    text = "\n".join(table(compared, chosen.visitors, chosen.seconds)) + "\n"
    print(text)
    if chosen.out:
        day = time.strftime("%Y-%m-%d")
        name = f"attack-soak_{platform.machine()}_{os.cpu_count()}cores_{day}.md"
        (ROOT / chosen.out / name).write_text(text)
    found = list(faults(compared))
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
