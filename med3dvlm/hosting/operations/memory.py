"""Counts the memory of open scans, so that many visitors can't exhaust the machine.

budget = MemoryBudget(bytes_allowed)
budget.hold(volume.voxels)          # until the array is garbage-collected
share_heaps()                       # at startup, before threads exist
put_off_collections()               # until keep_for_good(); leave_out() in between
give_back()                         # return freed memory to the system
"""

import ctypes
import gc
import threading
import weakref
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.model.host_memory import available_host_bytes

MEBI = 2**20
SHARE_OF_FREE = 0.5
SHARE_OF_VISITOR, SHARE_OF_ONLY_SCAN, SHARE_OF_ADDRESS = 0.25, 0.5, 0.75
SHARE_KEPT = 0.125  # of what a visitor keeps beside the scan that a page shows
LEAST_VOXEL_BYTES = 2
GLIBC_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h
USUAL = gc.get_threshold()
NEVER = 2**30


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


def put_off_collections() -> None:
    """Collect only young garbage until `keep_for_good`.

    While libraries are imported and the model is loaded, Python looked at everything there is again
    and again: thirteen times, for up to half a second, of which six after the page was open.
    """
    gc.set_threshold(*USUAL[:2], NEVER)


def leave_out() -> None:
    """Leave what there is now out of later collections, without looking for garbage in it.

    For what an import has made, which is not garbage: to look at it takes half a second.
    """
    gc.freeze()


def keep_for_good() -> None:
    """Leave what there is now, such as the model, out of later collections, which begin here.

    Each looked at all of it: that took half a second, in which nobody was answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*USUAL)


def give_back() -> bool:
    """Return memory that the C library holds to the system; False if it does not support that.

    Threads that read, pack and encode scans each leave free blocks behind.
    """
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError):  # another C library than GNU's
        return False


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose scan it is: a page (which shows one at a time), its visitor and the address."""

    page: str
    visitor: str
    address: str


class MemoryBudget:
    """Bytes held by open scans; each array counts once, until it is freed.

    Attributes:
        most: bytes of all visitors together.

    A visitor has a quarter of it, and an address three quarters. The only scan of a visitor may
    take half. What another page of the visitor shows counts, and what is kept; not what this scan
    will replace.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._held: dict[int, tuple[int, Holder | None]] = {}
        self._kept: set[int] = set()

    @property
    def held(self) -> int:
        """Bytes of all live arrays."""
        return sum(size for size, _ in list(self._held.values()))

    def check(self, size: int, holder: Holder | None = None) -> None:
        """Check that there is room for a scan, before it is read.

        Raises:
            VolumeError: there is none in all, or none in the holder's share.
        """
        if self.held + size > self.most:
            raise VolumeError(
                "The open scans use all the memory reserved for them. Try again in a few "
                "minutes, or open a smaller scan."
            )
        if holder is None:
            return
        others = [
            (held, known)
            for key, (held, known) in list(self._held.items())
            if known and (known.page != holder.page or key in self._kept)
        ]
        own = sum(held for held, known in others if known.visitor == holder.visitor)
        near = sum(held for held, known in others if known.address == holder.address)
        share = SHARE_OF_VISITOR if own else SHARE_OF_ONLY_SCAN
        if own + size > share * self.most:
            raise VolumeError(
                "This scan does not fit into one visitor's share of the memory. Close your other "
                "pages, take away the scans that you added to the search, or open a smaller scan."
            )
        if near + size > SHARE_OF_ADDRESS * self.most:
            raise VolumeError(
                "The visitors at your address use their share of the memory. Try again when one "
                "of them has closed a page, or open a smaller scan."
            )

    def check_unread(self, voxels: int, holder: Holder | None = None) -> None:
        """The same for a scan of so many voxels: what is packed small may be large inside.

        Raises:
            VolumeError: as `check`.
        """
        self.check(LEAST_VOXEL_BYTES * voxels, holder)

    def hold(self, voxels: NDArray[Any], holder: Holder | None = None) -> None:
        """Count an array until it is freed.

        Raises:
            VolumeError: the budget or the holder's share would be exceeded.
        """
        key = id(voxels)
        with self._lock:
            if key in self._held:
                return
            self.check(voxels.nbytes, holder)
            self._held[key] = voxels.nbytes, holder
        weakref.finalize(voxels, self._release, key)

    def keep(self, voxels: NDArray[Any]) -> bool:
        """Count an array that is held beside what its page shows, until it is freed.

        Returns:
            Whether it is kept; not if nobody holds it, or its visitor keeps too much already.
        """
        key = id(voxels)
        with self._lock:
            if key not in self._held:
                return False
            held, holder = self._held[key]
            others = [self._held.get(other, (0, None)) for other in self._kept - {key}]
            own = sum(size for size, whose in others if _visitor(whose) == _visitor(holder))
            if own + held > SHARE_KEPT * self.most:
                return False
            self._kept.add(key)
            return True

    def _release(self, key: int) -> None:
        self._held.pop(key, None)
        self._kept.discard(key)


def _visitor(holder: Holder | None) -> str | None:
    return holder.visitor if holder else None
