"""Open pages and API calls: whose they are, whether they are open, and when they are forgotten.

    sessions = Sessions(Room(), forget_seconds=120)
    sessions.claim(name, visitor, address=address)      # its first user owns it
    sessions.enter(name)                                # a stream of it was opened
    sessions.leave(name)                                # and closed; forgotten after a while

Anybody can think up a name, so a name is claimed only where something is opened under it, what
nothing is opened for is forgotten in a minute, and names are counted by visitor and by address: a
new cookie costs one request, a new address does not come so easily.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from med3dvlm.hosting.gate.refusal import RefusedError

FRESH_SECONDS = 60.0  # for a name that nothing is opened for
LONGEST_NAME = 128
OPEN, LEFT = 0, 1  # places of the counts of pages that are open, and that were closed
ALL, VISITOR, ADDRESS = "", "visitor ", "address "  # begin the names of what is counted
EVENT, UPLOADING = "event ", "upload "  # begin the names of calls and uploads
NOT_YOURS = "This session belongs to someone else. Reload the page."
UNKNOWN = "This page is no longer known here. Reload it."
TOO_MANY = "Too many pages are open. Close some of them, or come back in two minutes."
FULL = "The server is full. Come back in a few minutes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many pages may be open, and closed ones remembered.

    Attributes:
        visitor: open pages of one visitor.
        address: open pages of one address.
        all: open pages in all.
        left: pages of one visitor that were closed a moment ago; four times as many of an address.
    """

    visitor: int = 24
    address: int = 200
    all: int = 1000
    left: int = 500


@dataclass(slots=True)
class _Session:
    """One open page, or one run of an API client."""

    visitor: str
    address: str
    seen: float
    open: int = 0
    left: float | None = None


class Sessions:
    """All sessions by name; safe to share between threads."""

    def __init__(
        self,
        room: Room,
        *,
        forget_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._room = room
        self._forget = forget_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, _Session] = {}
        self._counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    @property
    def visitors(self) -> set[str]:
        """The visitors who have a session."""
        with self._lock:
            return {session.visitor for session in self._known.values()}

    def is_open(self, name: str) -> bool:
        """Whether a page or a call of that name is open; one closed a moment ago is not."""
        session = self._known.get(name)
        return session is not None and session.left is None

    def claim(self, name: str, visitor: str, *, address: str = "") -> None:
        """Use a session; its first user becomes the owner.

        Raises:
            RefusedError: it belongs to someone else, or too many are open.
        """
        if len(name) > LONGEST_NAME:
            raise RefusedError(400, "session", UNKNOWN)
        with self._lock:
            known = self._known.get(name)
            if known is None:
                self._check_room(visitor, address)
                known = self._known[name] = _Session(visitor, address, self._clock())
                self._count(known, 1)
            if known.visitor != visitor:
                raise RefusedError(403, "session", NOT_YOURS)
            known.seen = self._clock()
            self._turn(known, left=None)

    def check(self, name: str, visitor: str) -> None:
        """Check that a session is known and the visitor's, without making one.

        Raises:
            RefusedError: it is not.
        """
        with self._lock:
            known = self._known.get(name)
            if known is None:
                raise RefusedError(404, "session", UNKNOWN)
            if known.visitor != visitor:
                raise RefusedError(403, "session", NOT_YOURS)

    def _check_room(self, visitor: str, address: str) -> None:
        here, left, room = self._counts[OPEN], self._counts[LEFT], self._room
        if (
            here[VISITOR + visitor] >= room.visitor
            or here[ADDRESS + address] >= room.address
            or left[VISITOR + visitor] >= room.left
            or left[ADDRESS + address] >= 4 * room.left
        ):
            raise RefusedError(429, "sessions", TOO_MANY, again=120)
        if here[ALL] >= room.all:
            raise RefusedError(503, "sessions", FULL, again=180)

    def _count(self, session: _Session, step: int) -> None:
        """Count a session in or out, by its visitor and its address; each look at all took long."""
        counts = self._counts[session.left is not None]
        for whose in (ALL, VISITOR + session.visitor, ADDRESS + session.address):
            counts[whose] += step
            if not counts[whose]:
                del counts[whose]

    def _turn(self, session: _Session, *, left: float | None) -> None:
        """Note when a page was closed, or that it is open."""
        self._count(session, -1)
        session.left = left
        self._count(session, 1)

    def enter(self, name: str) -> None:
        """Record that a stream of a session was opened."""
        with self._lock:
            if name in self._known:
                self._known[name].open += 1
                self._turn(self._known[name], left=None)

    def leave(self, name: str) -> None:
        """Record that a stream ended: the page is closed unless it reconnects soon."""
        with self._lock:
            session = self._known.get(name)
            if session:
                session.open = max(0, session.open - 1)
                self._turn(session, left=self._clock() if session.open == 0 else None)

    def forget_ended(self) -> dict[str, str]:
        """Forget the sessions that have ended; their names, each with its visitor."""
        with self._lock:
            over = [name for name, session in self._known.items() if self._over(session)]
            for name in over:
                self._count(self._known[name], -1)
            return {name: self._known.pop(name).visitor for name in over}

    def _over(self, session: _Session) -> bool:
        now = self._clock()
        if session.left is not None:
            return now - session.left >= self._forget
        return session.open == 0 and now - session.seen >= FRESH_SECONDS
