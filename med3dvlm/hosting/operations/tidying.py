"""When the memory of finished visits is given back: when nobody waits for it.

tidying = Tidying()
tidying(3)   # after each sweep, with the number of sessions that it has forgotten
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from med3dvlm.hosting.operations.memory import give_back

BUSY_PERCENT = 20.0  # of one processor, by this server itself, since the sweep before
CROWDED_PERCENT = 75.0  # of all processors, by everything
PATIENCE_SECONDS = 180.0


_this_server = psutil.Process()


def server_is_busy() -> bool:
    """Whether this process has done much since the last call; those that read scans don't count."""
    return float(_this_server.cpu_percent()) > BUSY_PERCENT


def machine_is_crowded() -> bool:
    """Whether the processors have had little time to spare since the last call."""
    return float(psutil.cpu_percent()) > CROWDED_PERCENT


@dataclass(slots=True)
class Tidying:
    """Clears up after sweeps that have forgotten sessions.

    To look for garbage among all that lives takes Python a tenth of a second after two hundred
    visits, in which nobody is answered, and longer where readers of scans keep the processors busy.
    It does so by itself, and more often, while there is work; an idle server might not for hours.
    So this looks when there is no work, and if it can, when the processors are free. Memory that is
    free already goes back to the operating system in the meantime, too.
    """

    collect: Callable[[], object] = gc.collect
    give_back: Callable[[], object] = give_back
    busy: Callable[[], bool] = server_is_busy
    crowded: Callable[[], bool] = machine_is_crowded
    clock: Callable[[], float] = time.monotonic
    _since: float | None = field(default=None, init=False)

    def __call__(self, forgotten: int) -> None:
        """Call it after each sweep, with the number of sessions that the sweep has forgotten."""
        busy, crowded, now = self.busy(), self.crowded(), self.clock()
        if forgotten and self._since is None:
            self._since = now
        if self._since is None:
            return
        waited = now - self._since >= PATIENCE_SECONDS
        if not busy and (waited or not crowded):
            self._since = None
            self.collect()
            self.give_back()
        elif waited:
            self._since = now
            self.give_back()
