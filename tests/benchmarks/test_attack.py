"""The short form of `make attack`: what nobody may get through, against servers as shipped."""

from pathlib import Path

import pytest

from benchmarks.attack.__main__ import line_of, table
from benchmarks.attack.campaign import FELL, HELD, SLOWED, Row, campaign, verdict_of
from benchmarks.attack.http_fuzz import fuzzed
from benchmarks.attack.watch import Waits

FUZZ_SECONDS = 5.0


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_attack_gets_through(tmp_path: Path) -> None:
    """How long others wait is measured by `make attack`: here other tests run at the same time."""
    rows = list(campaign(tmp_path, short=True))
    assert len(rows) > 30
    assert not [line_of(row) for row in rows if row.verdict == FELL]


@pytest.mark.slow
def test_requests_by_the_servers_own_schema_are_answered(tmp_path: Path) -> None:
    row = fuzzed(tmp_path, FUZZ_SECONDS)
    assert row.verdict == HELD, row.told


@pytest.mark.parametrize(("worst", "verdict"), [(0.02, HELD), (0.3, SLOWED), (11.0, FELL)])
def test_a_row_tells_what_others_noticed(worst: float, verdict: str) -> None:
    waits = Waits(worst, worst / 2)
    assert verdict_of(waits) == verdict
    row = Row(name="a flood", verdict=verdict, told="a | b\nc", seconds=1.0, waits=waits)
    words = "slowed to 300 ms" if verdict == SLOWED else verdict
    assert line_of(row) == (
        f"| a flood | {words} | {1000 * worst:.0f} | {500 * worst:.0f} | 1.0 | a / b c |"
    )
    assert list(table([row], [0.5, 2.0]))[-1] == line_of(row)
