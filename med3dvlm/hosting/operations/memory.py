"""Counts the memory of open scans, so that many visitors can't exhaust the machine.

budget = MemoryBudget(bytes_allowed)
budget.hold(volume.voxels)          # until the array is garbage-collected
share_heaps()                       # at startup, before threads exist
give_back()                         # return freed memory to the system
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
    """The configured budget; 0 means half of the free memory, or of a container's limit."""
    if memory_mb:
        return memory_mb * MEBI
    return int(SHARE_OF_FREE * available_host_bytes())


def share_heaps() -> bool:
    """Let all threads allocate from two heaps; False if the C library does not support it.

    By default glibc makes up to eight heaps per core, and `malloc_trim` returns only the free end
    of the first one: the others grew by 20 to 40 MiB per visit.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(GLIBC_ARENA_MAX, 2))
    except (AttributeError, OSError):  # another C library than GNU's
        return False


def give_back() -> bool:
    """Return memory that the C library holds to the system; False if it does not support that.

    Threads that read, pack and encode scans each leave free blocks behind.
    """
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError):  # another C library than GNU's
        return False


class MemoryBudget:
    """Bytes held by open scans; each array counts once, until it is freed."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._held: dict[int, int] = {}

    @property
    def held(self) -> int:
        """Bytes of all live arrays."""
        return sum(self._held.values())

    def hold(self, voxels: NDArray[Any]) -> None:
        """Count an array until it is freed.

        Raises:
            VolumeError: the budget would be exceeded.
        """
        key = id(voxels)
        with self._lock:
            if key in self._held:
                return
            if self.held + voxels.nbytes > self.most:
                raise VolumeError(
                    "The open scans use all the memory reserved for them. Try again in a few "
                    "minutes, or open a smaller scan."
                )
            self._held[key] = voxels.nbytes
        weakref.finalize(voxels, self._release, key)

    def _release(self, key: int) -> None:
        self._held.pop(key, None)
