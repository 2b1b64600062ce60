"""Binds sessions and files to the browser that they belong to.

    ownership = Ownership(folder)
    ownership.claim(session, visitor)     # the first visitor to use a session owns it
    ownership.grant(visitor, path)        # the file was sent to, or uploaded by, this visitor
    ownership.check_file(visitor, path)   # refuses everybody else
    ownership.leave(session)              # the page was closed; forgotten after a while

Gradio serves any file in its cache to anyone who knows the path, and accepts a session name from
anyone who knows it. Visitors are the tags that `VisitorLimits` assigns; this module knows nothing
else about them.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from med3dvlm.hosting.gate.refusal import RefusedError

SESSIONS_OF_ONE, LEFT_OF_ONE = 24, 500  # open pages, and those closed a moment ago
MOST_SESSIONS = 4000
FRESH_SECONDS = 5.0
Gone = Callable[[str], None]
NOT_YOURS = "This file does not exist, or it is not yours."


@dataclass(slots=True)
class _Session:
    """One open page, or one run of an API client."""

    visitor: str
    seen: float
    open: int = 0
    left: float | None = None


@dataclass(frozen=True, slots=True)
class _Times:
    """How long sessions and files are kept, in seconds."""

    forget: float = 120.0
    keep: float = 3600.0
    idle: float = 2 * 3600.0


class Ownership:
    """Sessions and files of all visitors; safe to share between threads."""

    def __init__(
        self,
        folder: Path,
        *,
        forget_seconds: float = 120.0,
        keep_seconds: float = 3600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder.resolve()
        self._times = _Times(forget=forget_seconds, keep=keep_seconds)
        self._clock = clock
        self._lock = threading.RLock()
        self._sessions: dict[str, _Session] = {}
        self._files: dict[str, dict[str, float]] = {}
        self._gone: list[Gone] = []
        self._hung_up: list[Gone] = []

    def when_gone(self, listener: Gone) -> None:
        """Call `listener` with the name of each session that has ended."""
        self._gone.append(listener)

    def when_hung_up(self, listener: Gone) -> None:
        """Call `listener` with the name of each call whose client has left, answered or not."""
        self._hung_up.append(listener)

    def hang_up(self, call: str) -> None:
        """Report that a call's client has left. Session names are ignored: they have owners."""
        with self._lock:
            if call in self._sessions:
                return
        for listener in self._hung_up:
            listener(call)

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def visitors(self) -> int:
        """How many different visitors have a session."""
        with self._lock:
            return len({session.visitor for session in self._sessions.values()})

    def claim(self, name: str, visitor: str) -> None:
        """Use a session; its first user becomes the owner.

        Raises:
            RefusedError: it belongs to someone else, or there are too many sessions.
        """
        with self._lock:
            known = self._sessions.get(name)
            if known is None:
                self._check_room(visitor)
                known = self._sessions[name] = _Session(visitor, self._clock())
            if known.visitor != visitor:
                raise RefusedError(
                    403, "session", "This session belongs to someone else. Reload the page."
                )
            known.seen, known.left = self._clock(), None

    def _check_room(self, visitor: str) -> None:
        own = [session for session in self._sessions.values() if session.visitor == visitor]
        here = sum(session.left is None for session in own)
        if here >= SESSIONS_OF_ONE or len(own) - here >= LEFT_OF_ONE:
            raise RefusedError(429, "sessions", "Too many pages are open. Close some of them.")
        if len(self._sessions) >= MOST_SESSIONS:
            raise RefusedError(503, "sessions", "The server is full. Come back later.")

    def enter(self, name: str) -> None:
        """Record that a session's page has opened a heartbeat."""
        with self._lock:
            if name in self._sessions:
                self._sessions[name].open += 1
                self._sessions[name].left = None

    def leave(self, name: str) -> None:
        """Record that a heartbeat ended: the page is closed unless it reconnects soon."""
        with self._lock:
            session = self._sessions.get(name)
            if session:
                session.open = max(0, session.open - 1)
                session.left = self._clock() if session.open == 0 else None

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
        with self._lock:
            over = [name for name, session in self._sessions.items() if self._over(session)]
            left = {self._sessions.pop(name).visitor for name in over}
            here = {session.visitor for session in self._sessions.values()}
            old = self._clock() - self._times.keep
            for path, owners in list(self._files.items()):
                for visitor, since in list(owners.items()):
                    if visitor in left - here or since < old:
                        del owners[visitor]
                if not owners and not _fresh(path):
                    del self._files[path]
                    _remove(Path(path), self.folder)
        for name in over:
            for listener in self._gone:
                listener(name)

    def _over(self, session: _Session) -> bool:
        now = self._clock()
        if session.left is not None:
            return now - session.left >= self._times.forget
        return session.open == 0 and now - session.seen >= self._times.idle


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
            self.ownership.sweep()
            self.old_files()

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
