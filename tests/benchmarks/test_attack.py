"""The short form of `make attack`, and what its table tells."""

from pathlib import Path

import pytest

from benchmarks.attack.__main__ import line_of, table
from benchmarks.attack.campaign import FELL, HELD, SLOWED, Row, campaign, limit_of, verdict_of
from benchmarks.attack.watch import Waits

FUZZ_SECONDS = 3.0


@pytest.mark.apart
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_attack_gets_through(tmp_path: Path) -> None:
    """How long others wait is measured by `make attack`: here other tests run at the same time."""
    rows = list(campaign(tmp_path, short=True, fuzz_seconds=FUZZ_SECONDS))
    assert len(rows) > 25
    assert not [line_of(row) for row in rows if row.through]


@pytest.mark.parametrize(
    ("worst", "calm", "verdict"),
    [
        (0.02, 0.01, HELD),
        (0.3, 0.01, SLOWED),
        (0.3, 0.2, HELD),
        (1.1, 0.01, FELL),
        (1.1, 0.2, SLOWED),
    ],
)
def test_a_row_tells_what_others_noticed(worst: float, calm: float, verdict: str) -> None:
    """On a busy machine it is compared with what was without an attack."""
    waits = Waits(worst, worst / 2)
    assert verdict_of(waits, calm) == verdict
    row = Row(name="a flood", verdict=verdict, told="a | b\nc", seconds=1, waits=waits, calm=calm)
    words = f"slowed to {1000 * worst:.0f} ms" if verdict == SLOWED else verdict
    assert line_of(row) == (
        f"| a flood | {words} | {1000 * worst:.0f} | {500 * worst:.0f} | {1000 * calm:.0f} | "
        f"{1000 * limit_of(calm):.0f} | 1.0 | a / b c |"
    )
    assert list(table([row], [0.5, 2.0]))[-1] == line_of(row)
