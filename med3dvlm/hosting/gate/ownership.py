"""Binds sessions and files to the browser that they belong to.

    ownership = Ownership(folder)
    ownership.sessions.claim(session, visitor)      # the first visitor to use one owns it
    ownership.grant(visitor, path)        # the file was sent to, or uploaded by, this visitor
    ownership.check_file(visitor, path)   # refuses everybody else
    ownership.sweep()                     # files of those who have left are removed

Gradio serves any file in its cache to anyone who knows the path, and accepts a session name from
anyone who knows it. Visitors are the tags that `VisitorLimits` assigns; this module knows nothing
else about them.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.sessions import UPLOADING, Room, Sessions

log = logging.getLogger(__name__)

FRESH_SECONDS, UNUSED_SECONDS = 5.0, 60.0
Gone = Callable[[str], None]
NOT_YOURS = "This file does not exist, or it is not yours."


class Ownership:
    """Sessions and files of all visitors; safe to share between threads."""

    def __init__(
        self,
        folder: Path,
        *,
        forget_seconds: float = 120.0,
        keep_seconds: float = 3600.0,
        room: Room | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder.resolve()
        self.sessions = Sessions(room or Room(), forget_seconds=forget_seconds, clock=clock)
        self._keep = keep_seconds
        # An upload of a visitor who has nothing open: a call that names it may still come.
        self._unused = min(keep_seconds, UNUSED_SECONDS + forget_seconds)
        self._clock = clock
        self._lock = threading.Lock()
        self._files: dict[str, dict[str, float]] = {}
        self._unclaimed: dict[str, float] = {}
        self._gone: list[Gone] = []
        self._hung_up: list[Gone] = []
        self._swept: list[Callable[[int], None]] = []

    def when_gone(self, listener: Gone) -> None:
        """Call `listener` with the name of each session that has ended."""
        self._gone.append(listener)

    def when_swept(self, listener: Callable[[int], None]) -> None:
        """Call `listener` after each sweep with the number of sessions that it has forgotten."""
        self._swept.append(listener)

    def when_hung_up(self, listener: Gone) -> None:
        """Call `listener` with the name of each call whose client has left, answered or not."""
        self._hung_up.append(listener)

    def hang_up(self, call: str) -> None:
        """Report that a call's client has left. Session names are ignored: they have owners."""
        if call in self.sessions:
            return
        for listener in self._hung_up:
            listener(call)

    def grant(self, visitor: str, path: str) -> None:
        """Give a visitor access to a file in the folder; other owners keep theirs."""
        with self._lock:
            self._files.setdefault(self._inside(path), {})[visitor] = self._clock()

    def orphan(self, path: str) -> None:
        """Record a file without an owner; the next sweeps remove it."""
        with self._lock:
            self._files.setdefault(self._inside(path), {})

    def check_file(self, visitor: str, path: str) -> None:
        """Check that the visitor may access a file.

        Raises:
            RefusedError: the file is not in the folder, or not the visitor's.
        """
        with self._lock:
            if visitor not in self._files.get(self._inside(path), {}):
                raise RefusedError(403, "file", NOT_YOURS)

    def _inside(self, path: str) -> str:
        """Normalise a path and check that it is inside the folder."""
        plain = os.path.normpath(path)
        if not plain.startswith(f"{self.folder}{os.sep}") or "\0" in path:
            raise RefusedError(403, "file", NOT_YOURS)
        return plain

    def sweep(self) -> None:
        """Forget ended sessions and remove ownerless or old files; call it regularly."""
        over = self.sessions.forget_ended()
        gone = {visitor for name, visitor in over.items() if not name.startswith(UPLOADING)}
        here = self.sessions.visitors
        left = gone - here
        old, unused = self._clock() - self._keep, self._clock() - self._unused
        with self._lock:  # others add files meanwhile
            files = list(self._files.items())
        for path, owners in files:
            with self._lock:
                for visitor, since in list(owners.items()):
                    if visitor in left or since < (old if visitor in here else unused):
                        del owners[visitor]
            if not owners:
                self._remove(path)
        for name in over:
            for listener in self._gone:
                listener(name)
        for tidy in self._swept:
            tidy(len(over))

    def sweep_unclaimed(self) -> None:
        """Remove files of which nobody was told in time: answers to those who had left by then.

        Gradio's parts of uploads lie in the folder itself, and are not looked at.
        """
        now = self._clock()
        found = {
            f"{home}{os.sep}{name}"
            for home, _, names in os.walk(self.folder)
            for name in names
            if home != str(self.folder)
        }
        with self._lock:
            nobodys = found - self._files.keys()
        self._unclaimed = {path: self._unclaimed.get(path, now) for path in nobodys}
        for path, since in self._unclaimed.items():
            if now - since >= self._unused:
                self._remove(path)

    def _remove(self, path: str) -> None:
        """Remove a file unless somebody has it, or has just got it.

        Whoever asks for a file meanwhile does not wait for the disk.
        """
        if _fresh(path):
            return
        with self._lock:
            if self._files.get(path):
                return
            self._files.pop(path, None)
        _remove(Path(path), self.folder)


def _fresh(path: str) -> bool:
    """Whether a file was just written or touched, perhaps for a visitor not yet recorded."""
    try:
        return time.time() - Path(path).stat().st_mtime < FRESH_SECONDS
    except OSError:
        return False


def _remove(path: Path, folder: Path) -> None:
    """Delete a file, and the parent folders that are then empty."""
    path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == folder or folder not in parent.parents:
            return
        try:
            parent.rmdir()
        except OSError:
            return


@dataclass(frozen=True, slots=True)
class ExpirySweeper:
    """Regularly forgets visitors who have left, and removes old files."""

    ownership: Ownership
    every_seconds: float = 5.0
    keep_seconds: float = 3600.0
    stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Run the sweeps in a daemon thread."""
        threading.Thread(target=self._run, name="expiry sweeper", daemon=True).start()

    def _run(self) -> None:
        while not self.stopped.wait(self.every_seconds):
            for sweep in (self.ownership.sweep, self.ownership.sweep_unclaimed, self.old_files):
                try:
                    sweep()
                except Exception:  # or nothing would be removed any more, until the disk is full
                    log.exception("could not sweep away what is over")

    def old_files(self) -> None:
        """Remove old files without an owner: broken uploads, files of a stopped app."""
        limit = time.time() - self.keep_seconds
        for home, _, names in os.walk(self.ownership.folder, topdown=False):
            for path in (Path(home, name) for name in names):
                try:
                    if path.stat().st_mtime < limit:
                        _remove(path, self.ownership.folder)
                except OSError:  # another thread removed it first
                    continue
