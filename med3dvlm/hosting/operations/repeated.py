"""Lets the log say one thing so many times a minute, however often it happens.

    handler.addFilter(FewOfAKind())

Whoever sends broken requests has a line of the log for each, before anything counts requests: in a
night they would fill a disk.
"""

import logging
import threading
import time
from collections.abc import Callable

A_MINUTE = 30
MINUTE_SECONDS = 60.0
UNSAID = "unsaid"  # the attribute of a record: how many like it were left out before it

Kind = tuple[str, int, str, int]


class FewOfAKind(logging.Filter):
    """Drops records of a place in the code, and of an error there, above a number a minute."""

    def __init__(
        self, most: int = A_MINUTE, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        # Since when, how many were said, and how many were not; as many as there are places.
        self._kinds: dict[Kind, tuple[float, int, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to say it."""
        now, kind = self._clock(), _kind_of(record)
        with self._lock:
            since, said, unsaid = self._kinds.get(kind, (now, 0, 0))
            if now - since >= MINUTE_SECONDS:
                since, said = now, 0
            fits = said < self._most
            self._kinds[kind] = (since, said + fits, 0 if fits else unsaid + 1)
        if fits and unsaid:
            setattr(record, UNSAID, unsaid)
        return fits


def _kind_of(record: logging.LogRecord) -> Kind:
    """Where it was said, and which error in which line it is about."""
    error = record.exc_info[1] if record.exc_info else None
    trace = error.__traceback__ if error else None
    while trace and trace.tb_next:
        trace = trace.tb_next
    line = trace.tb_lineno if trace else 0
    return record.pathname, record.lineno, type(error).__name__, line
