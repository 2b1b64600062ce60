"""Which scan the model is encoding for each page, so that two events don't encode it twice.

    reading, first = readings.join(request, key)
    if first:
        try: ...                                    # encode, then reading.give(encoded)
        finally: readings.leave(request, reading)
    else:
        encoded = reading.result()                  # None: the first one gave up

A question asked while its scan is being encoded waits for the result. Opening another scan, or
leaving the page, ends the encoding. What comes with the app is encoded once for all pages.
"""

import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import NamedTuple

import gradio as gr

from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.visitor import session_of
from med3dvlm.volumes.grid import InputChoice

TASK = "read"
MOST_EXAMPLES = 16


class ReadingKey(NamedTuple):
    """What tells the features of one reading from those of another."""

    volume: str
    choice: InputChoice
    model: str


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One scan that is being read for one page.

    Attributes:
        key: what is read.
        ended: set when nobody wants it any more.
    """

    key: ReadingKey
    ended: threading.Event
    _made: "Future[Encoded | None]" = field(default_factory=Future)

    def give(self, encoded: Encoded) -> None:
        """Hand the result to all who wait for it."""
        self._made.set_result(encoded)

    def fail(self, error: Exception) -> None:
        """Hand them the error instead."""
        self._made.set_exception(error)

    def give_up(self) -> None:
        """Let them do it themselves, unless there is a result or an error already."""
        if not self._made.done():
            self._made.set_result(None)

    def result(self) -> Encoded | None:
        """Wait for what the first one made; None when it gave up."""
        return self._made.result()


class Readings:
    """The reading of each page, while it runs."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._lock = threading.Lock()
        self._running: dict[str, Reading] = {}

    def join(self, request: gr.Request, key: ReadingKey) -> tuple[Reading, bool]:
        """The page's reading of a scan, and whether the caller is the first and has to do it."""
        page = session_of(request)
        with self._lock:
            running = self._running.get(page)
            if running and running.key == key and not running.ended.is_set():
                return running, False
            about = key.volume, key.choice
            reading = Reading(key, self._switches.renew(request, TASK, about))
            self._running[page] = reading
            return reading, True

    def leave(self, request: gr.Request, reading: Reading) -> None:
        """The first one has done it, or has given up."""
        page = session_of(request)
        with self._lock:
            if self._running.get(page) is reading:
                del self._running[page]
        reading.give_up()

    def __len__(self) -> int:
        return len(self._running)


class ExampleReadings:
    """What was made of the scans that come with the app, the one not used for longest goes first.

    The page opens with one of them, so that each visitor would begin by having it encoded again.
    Nothing is kept of a scan that a visitor brings.
    """

    def __init__(self, most: int = MOST_EXAMPLES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._made: OrderedDict[ReadingKey, Encoded] = OrderedDict()

    def of(self, key: ReadingKey) -> Encoded | None:
        """What was made of this example, if it was read before."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
            return self._made.get(key)

    def keep(self, scan: Scan, key: ReadingKey, made: Encoded) -> None:
        """Keep what was made of a scan if it comes with the app."""
        if not scan.card:
            return
        with self._lock:
            self._made[key] = made
            if len(self._made) > self._most:
                self._made.popitem(last=False)
