"""The queue for the model: fair between visitors, with each place and expected wait.

    queue = ModelQueue(at_once=4, most_waiting=64, per_visitor=3)
    with queue.join(visitor, "answer") as turn:
        for place in turn.waiting():        # about once a second, until it is this one's turn
            print(place.ahead, place.seconds)
        ...                                  # the work

Each visitor has a clock of the work used so far; the visitor who used least goes first. A new
visitor starts at the current virtual time, which advances with each visitor's share of the finished
work, so nobody starves (start-time fair queueing).
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType

from med3dvlm.errors import Med3DVLMError

LOOK_SECONDS = 1.0
FIRST_GUESS = 5.0  # seconds, for a kind of work not done before
LEARNING = 0.3
AT_LEAST_LEFT = 0.2  # share of the usual time, for work that overruns it
REMEMBERED = 1000
SHARE_OF_ADDRESS = 0.75  # of the places; a new visitor costs its address one request


class BusyError(Med3DVLMError):
    """The queue has no room for the request."""


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """How many requests are ahead, and the expected wait in seconds."""

    ahead: int
    seconds: float


@dataclass(slots=True, eq=False)
class _Ticket:
    visitor: str
    work: str
    tag: float
    number: int
    guess: float
    counted: bool
    address: str = ""
    started: float | None = None
    # One for each, because waking all that wait at every change kept the server busy with that.
    begun: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class _FairClock:
    """Usual seconds for each kind of work, and each visitor's clock."""

    usual: dict[str, float] = field(default_factory=dict)
    finish: dict[str, float] = field(default_factory=dict)
    now: float = 0.0

    def guess(self, work: str) -> float:
        return self.usual.get(work, FIRST_GUESS)

    def learn(self, work: str, seconds: float) -> None:
        before = self.usual.get(work, seconds)
        self.usual[work] = before + LEARNING * (seconds - before)

    def settle(self, visitor: str, more: float) -> None:
        """Count what work took more than guessed, or less: a file that takes minutes is minutes."""
        if visitor in self.finish:
            self.finish[visitor] += more

    def tag(self, visitor: str, work: str) -> float:
        tag = max(self.now, self.finish.pop(visitor, 0.0))
        self.finish[visitor] = tag + self.guess(work)
        while len(self.finish) > REMEMBERED:
            del self.finish[next(iter(self.finish))]
        return tag


class ModelQueue:
    """Running and waiting requests; safe to share between threads."""

    def __init__(
        self,
        *,
        at_once: int = 4,
        most_waiting: int = 64,
        per_visitor: int = 3,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once, self._most_waiting = at_once, most_waiting
        self._per_visitor = per_visitor
        self._clock = clock
        self._lock = threading.Lock()
        self._emptied = threading.Condition(self._lock)
        self._numbers = itertools.count()
        self._waiting: list[_Ticket] = []
        self._running: list[_Ticket] = []
        self._fair_clock = _FairClock()
        self._closed = ""

    @property
    def waiting(self) -> int:
        """How many requests are waiting."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """How many requests are running."""
        return len(self._running)

    def join(
        self, visitor: str, work: str, *, counted: bool = True, address: str = ""
    ) -> "QueueTurn":
        """Join the queue; the visitors at one address never have all of its places.

        `counted` requests are limited per visitor. Work that a page starts on its own is not
        counted, as each page runs only one at a time.

        Raises:
            BusyError: the visitor is at the limit, or the queue is full or closed.
        """
        with self._lock:
            if self._closed:
                raise BusyError(self._closed)
            if len(self._waiting) >= self._most_waiting:
                raise BusyError(
                    f"{len(self._waiting)} requests are already waiting. Try again in a minute."
                )
            near = sum(bool(address) and t.address == address for t in self._waiting)
            if near >= SHARE_OF_ADDRESS * self._most_waiting:
                raise BusyError(
                    f"{near} requests from your address are already waiting. Try again in a minute."
                )
            own = sum(t.counted and t.visitor == visitor for t in (*self._waiting, *self._running))
            if counted and own >= self._per_visitor:
                raise BusyError(
                    f"You have {own} requests running or waiting. Stop one, or let it finish."
                )
            tag = self._fair_clock.tag(visitor, work)
            guess = self._fair_clock.guess(work)
            ticket = _Ticket(visitor, work, tag, next(self._numbers), guess, counted, address)
            self._waiting.append(ticket)
            self._advance()
        return QueueTurn(self, ticket)

    def close(self, why: str, *, seconds: float) -> bool:
        """Refuse new requests and wait up to `seconds` for the others. True if all finished."""
        with self._lock:
            self._closed = why
            return self._emptied.wait_for(lambda: not self._running and not self._waiting, seconds)

    def _advance(self) -> None:
        while len(self._running) < self._at_once:
            ready = [ticket for ticket in self._waiting if self._may_begin(ticket)]
            if not ready:
                break
            first = min(ready, key=self._rank)
            self._waiting.remove(first)
            first.started = self._clock()
            self._fair_clock.now = max(self._fair_clock.now, first.tag)
            self._running.append(first)
            first.begun.set()
        if not self._running and not self._waiting:
            self._emptied.notify_all()

    def _may_begin(self, ticket: _Ticket) -> bool:
        """Whether others have a turn left: files that take minutes to read had all of them."""
        if not ticket.address:
            return True
        near = sum(other.address == ticket.address for other in self._running)
        own = sum(other.visitor == ticket.visitor for other in self._running)
        return near < max(1, self._at_once - 1) and own < max(1, self._at_once // 2)

    def _rank(self, ticket: _Ticket) -> tuple[int, float, int]:
        """Who has nothing running goes first; else long work beside it had two turns for one."""
        own = sum(other.visitor == ticket.visitor for other in self._running)
        return own, *_order(ticket)

    def _place(self, ticket: _Ticket) -> QueuePlace:
        before = [other for other in self._waiting if _order(other) < _order(ticket)]
        left = sum(self._fair_clock.guess(other.work) for other in before)
        for other in self._running:
            usual, started = self._fair_clock.guess(other.work), other.started or 0.0
            left += max(usual - (self._clock() - started), AT_LEAST_LEFT * usual)
        return QueuePlace(len(before), left / self._at_once)

    def wait(self, ticket: _Ticket) -> QueuePlace | None:
        """Wait a moment; return the place, or None when it is this ticket's turn."""
        if ticket.begun.wait(LOOK_SECONDS):
            return None
        with self._lock:
            return None if ticket.begun.is_set() else self._place(ticket)

    def leave(self, ticket: _Ticket) -> None:
        """Leave the queue after the work, or without having had a turn."""
        with self._lock:
            if ticket in self._running:
                self._running.remove(ticket)
                assert ticket.started is not None, "who is served has begun"
                took = self._clock() - ticket.started
                self._fair_clock.settle(ticket.visitor, took - ticket.guess)
                self._fair_clock.learn(ticket.work, took)
                others = {other.visitor for other in (*self._waiting, *self._running)}
                self._fair_clock.now += took / (1 + len(others - {ticket.visitor}))
            elif ticket in self._waiting:
                self._waiting.remove(ticket)
            self._advance()


class QueueTurn:
    """One request's time with the model."""

    def __init__(self, queue: ModelQueue, ticket: _Ticket) -> None:
        self._queue, self._ticket = queue, ticket

    def waiting(self) -> Iterator[QueuePlace]:
        """Yield the place repeatedly until it is this request's turn."""
        while place := self._queue.wait(self._ticket):
            yield place

    def __enter__(self) -> "QueueTurn":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._queue.leave(self._ticket)


def _order(ticket: _Ticket) -> tuple[float, int]:
    return ticket.tag, ticket.number
