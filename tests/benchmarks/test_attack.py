"""What the table of `make attack` tells."""

import pytest

from benchmarks.attack.__main__ import line_of, table
from benchmarks.attack.campaign import FELL, HELD, SLOWED, Row, verdict_of
from benchmarks.attack.watch import Waits


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
