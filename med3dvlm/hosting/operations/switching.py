"""Lets the threads of the server take turns more often.

switch_often()      # at startup

Python runs one thread at a time, and whoever answers requests asks several times for a turn: beside
three busy threads an answer took 170 to 200 ms at worst, and with a turn of a millisecond 45. Half
of that halves the wait once more and costs nothing beside four threads; a fifth of a millisecond
costs a third of the work beside sixteen, which look at the clock at the end of each turn.
"""

import sys

TURN_SECONDS = 0.0005  # Python's own is ten times as long


def switch_often() -> None:
    """Shorten the time that a thread may run while another waits."""
    sys.setswitchinterval(TURN_SECONDS)
