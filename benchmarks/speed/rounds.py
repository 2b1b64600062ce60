"""Two ways to do one thing, timed in turn.

row = compare("encoder", plain, ours, rounds=7)
row.ratio                    # how many times as fast ours is, in the median of the rounds
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import psutil

Work = Callable[[], object]


class Taken(NamedTuple):
    """Seconds of one call: by the clock, and of the processor."""

    clock: float
    processor: float


class Row(NamedTuple):
    """What was measured of one pair, in the median of its rounds.

    Attributes:
        name: what was done.
        plain: seconds of the plain way.
        ours: seconds of ours.
        ratio: how many times as fast ours is, by the clock.
        lowest: the smallest ratio of a round.
        highest: the largest.
        processor: the ratio by seconds of the processor.
        rounds: how many there were.
    """

    name: str
    plain: float
    ours: float
    ratio: float
    lowest: float
    highest: float
    processor: float
    rounds: int


def compare(name: str, plain: Work, ours: Work, *, rounds: int) -> Row:
    """Time both in turn, after one round to warm up."""
    plain()
    ours()
    row = row_of(name, [(taken(plain), taken(ours)) for _ in range(rounds)])
    print(row, file=sys.stderr, flush=True)  # the whole table comes at the end
    return row


def row_of(name: str, rounds: list[tuple[Taken, Taken]]) -> Row:
    """Medians and spread of the rounds."""
    ratios = [plain.clock / ours.clock for plain, ours in rounds]
    return Row(
        name=name,
        plain=statistics.median(plain.clock for plain, _ in rounds),
        ours=statistics.median(ours.clock for _, ours in rounds),
        ratio=statistics.median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
        processor=statistics.median(plain.processor / ours.processor for plain, ours in rounds),
        rounds=len(rounds),
    )


def taken(work: Work) -> Taken:
    """Seconds of one call; those of the processor with what other processes do for this one."""
    before, clock, processor = _of_others(), time.perf_counter(), time.process_time()
    work()
    spent = time.process_time() - processor
    return Taken(time.perf_counter() - clock, spent + _of_others() - before)


def _of_others() -> float:
    """Seconds of the processor of the children of this process, also of those that have ended."""
    times = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    ended = psutil.Process().cpu_times()
    return float(sum(sum(one) for one in times) + ended.children_user + ended.children_system)
