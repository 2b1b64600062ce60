"""Memory of open scans, counted, so that many visitors can't fill the machine.

budget = MemoryBudget(bytes_allowed)
budget.hold(volume.voxels)          # until nobody refers to the array any more
share_heaps()                       # at the start, before there are threads
give_back()                         # what was freed, to the machine
"""

import ctypes
import threading
import weakref
from typing import Any

from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.model.host_memory import available_host_bytes

MEBI = 2**20
SHARE_OF_FREE = 0.5
GLIBC_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


def budget_bytes(memory_mb: int) -> int:
    """What the setting says; 0 takes half of what is free now, in a container of its limit."""
    if memory_mb:
        return memory_mb * MEBI
    return int(SHARE_OF_FREE * available_host_bytes())


def share_heaps() -> bool:
    """Let all threads allocate from two heaps; False where the C library can't be asked.

    By default glibc makes up to eight heaps a core for its threads, and `malloc_trim` gives back
    the free end of the first one alone: the others grew by 20 to 40 MiB a visit.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(GLIBC_ARENA_MAX, 2))
    except (AttributeError, OSError):  # another C library than GNU's
        return False


def give_back() -> bool:
    """Return freed memory to the machine, which C libraries keep; False where they can't be asked.

    Threads that read, packed and encoded scans each leave pieces behind.
    """
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError):  # another C library than GNU's
        return False


class MemoryBudget:
    """Bytes that are held; each array counts once, as long as it lives."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._held: dict[int, int] = {}

    @property
    def held(self) -> int:
        """Bytes of all arrays that live."""
        return sum(self._held.values())

    def hold(self, voxels: NDArray[Any]) -> None:
        """Count an array until it is gone.

        Raises:
            VolumeError: it would be too much.
        """
        key = id(voxels)
        with self._lock:
            if key in self._held:
                return
            if self.held + voxels.nbytes > self.most:
                raise VolumeError(
                    "The scans that are open here take up all memory meant for them. Try again "
                    "in a few minutes, or with a smaller scan."
                )
            self._held[key] = voxels.nbytes
        weakref.finalize(voxels, self._release, key)

    def _release(self, key: int) -> None:
        self._held.pop(key, None)
