"""How long a piece of work takes: seconds(lambda: engine.encode(volume))."""

import time
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
