"""Room on the disk for uploads: of a visitor, an address, in all, and what has to stay free.

    room = UploadRoom(folder, RoomLimits(visitor=2**31, all=2**35))
    room.check(visitor, size)               # raises RefusedError; looks at the disk
    coming = room.holding(visitor, size)    # to be entered by `async with` while it comes

A new cookie costs one request, so an address has a share, too. A file takes room in lists and on
the disk however small it is, so each counts as 64 kB at least.

Gradio writes each part of an upload to a file of its own, and leaves it where it is when the upload
is cut off.
"""

import os
import re
import shutil
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from med3dvlm.hosting.gate.apart import DISK, apart
from med3dvlm.hosting.gate.rate_limits import Visitor
from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.uploads import folder_of, folder_of_address

PART = re.compile(r"tmp[a-z0-9_]{8}")  # as `tempfile` names them
STAYS_FREE = 512 * 2**20
LEAST_OF_A_FILE = 2**16
SHARE_OF_ADDRESS = 0.75
FULL = "The server's disk has no room for this upload. Come back in an hour."
TOO_MUCH = "You have uploaded more than the server keeps of one visitor. Come back in an hour."
TOO_MUCH_HERE = (
    "The visitors at your address have uploaded more than the server keeps. Come back in an hour."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLimits:
    """Bytes of uploads on the disk: of one visitor, and of all; an address has three quarters."""

    visitor: int = 4 * 2**30
    all: int = 2**40

    @property
    def address(self) -> int:
        """Bytes of all visitors at one address."""
        return int(SHARE_OF_ADDRESS * self.all)


class UploadRoom:
    """What uploads take on the disk; safe to share between threads."""

    def __init__(self, folder: Path, limits: RoomLimits) -> None:
        self._folder, self._limits = folder, limits
        self._lock = threading.Lock()
        self._coming: list[tuple[Visitor, int, float]] = []

    def check(self, visitor: Visitor, size: int) -> None:
        """Check that there is room for an upload.

        Raises:
            RefusedError: the visitor's or the address's share or the disk is full.
        """
        with self._lock:
            coming = [(whose, expected) for whose, expected, _ in self._coming]
        own = sum(expected for whose, expected in coming if whose.tag == visitor.tag)
        if own + size + _bytes_in(folder_of(self._folder, visitor)) > self._limits.visitor:
            raise RefusedError(429, "disk", TOO_MUCH, again=3600)
        near = sum(expected for whose, expected in coming if whose.address == visitor.address)
        kept = _bytes_in(folder_of_address(self._folder, visitor))
        if near + size + kept > self._limits.address:
            raise RefusedError(429, "disk", TOO_MUCH_HERE, again=3600)
        self.check_all(size)

    def check_all(self, size: int) -> None:
        """Check that there is room for something of whoever it is; looks at the disk.

        Raises:
            RefusedError: the disk, or the share of all visitors, is full.
        """
        with self._lock:
            more = size + sum(expected for _, expected, _ in self._coming)
        free = shutil.disk_usage(self._folder).free
        if more + _bytes_in(self._folder) > self._limits.all or more + STAYS_FREE > free:
            raise RefusedError(507, "disk", FULL, again=3600)

    @asynccontextmanager
    async def holding(self, visitor: Visitor, size: int) -> AsyncIterator[None]:
        """Count an upload while it comes; afterwards, remove what it may have left."""
        coming = (visitor, size, time.time())
        with self._lock:
            self._coming.append(coming)
        try:
            yield
        finally:
            with self._lock:
                self._coming.remove(coming)
            await apart(DISK, self._clear)

    def _clear(self) -> None:
        """Remove parts of uploads that are over: those older than all that still come."""
        with self._lock:
            oldest = min((started for _, _, started in self._coming), default=time.time())
        for path in self._folder.iterdir():
            with suppress(OSError):
                if PART.fullmatch(path.name) and path.stat().st_mtime < oldest:
                    path.unlink()


def _bytes_in(folder: Path) -> int:
    total = 0
    for home, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += max(LEAST_OF_A_FILE, Path(home, name).stat().st_size)
    return total
