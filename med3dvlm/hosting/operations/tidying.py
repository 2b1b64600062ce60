"""When the memory of finished visits is given back: at once, or when a processor is free for it.

tidying = Tidying()
tidying(3)   # after each sweep, with the number of sessions that it has forgotten
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from med3dvlm.hosting.operations.memory import give_back

BUSY_PERCENT = 75.0  # of all processors, since the sweep before
LATEST_SECONDS = 180.0


def clear_up() -> None:
    """Return the memory of finished visits to the operating system."""
    gc.collect()  # an idle server might not collect for hours
    give_back()


def processors_are_busy() -> bool:
    """Whether most of what the processors can do has been used since the last call."""
    return float(psutil.cpu_percent()) > BUSY_PERCENT


@dataclass(slots=True)
class Tidying:
    """Clears up after sweeps that have forgotten sessions.

    Python looks at all that lives for it and answers nobody meanwhile: a twentieth of a second,
    and several times that where scans are being read on every processor. So it waits for those,
    but not for ever.
    """

    tidy: Callable[[], None] = clear_up
    busy: Callable[[], bool] = processors_are_busy
    clock: Callable[[], float] = time.monotonic
    _since: float | None = field(default=None, init=False)

    def __call__(self, forgotten: int) -> None:
        """Call it after each sweep, with the number of sessions that the sweep has forgotten."""
        busy, now = self.busy(), self.clock()
        if forgotten and self._since is None:
            self._since = now
        if self._since is None or (busy and now - self._since < LATEST_SECONDS):
            return
        self._since = None
        self.tidy()
