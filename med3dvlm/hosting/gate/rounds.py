"""Shares each round of the event loop: an address does a few things in it, and the rest later.

    rounds = Rounds()
    rounds.do(address, work)            # at once, or in one of the next rounds; always in order

Two hundred pages that one machine opens, or closes, at the same moment were all begun, or ended,
before the next answer to anybody else.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable

FEW = 2
Work = Callable[[], object]


class Rounds:
    """What each address has done in this round, and what waits; for one event loop."""

    def __init__(self, few: int = FEW) -> None:
        self._few = few
        self._done: Counter[str] = Counter()
        self._waiting: dict[str, deque[Work]] = {}
        self._coming = False

    def has_room(self, address: str) -> bool:
        """Whether something is done at once."""
        return address not in self._waiting and self._done[address] < self._few

    def do(self, address: str, work: Work) -> None:
        """Do it when it is the turn of the address, after whatever waits for that already."""
        self._come_round()
        if self.has_room(address):
            self._done[address] += 1
            work()
        else:
            self._waiting.setdefault(address, deque()).append(work)

    def _come_round(self) -> None:
        if not self._coming:
            self._coming = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self._coming = False
        self._done.clear()
        try:
            for address in list(self._waiting):
                self._go_on(address)
        finally:
            if self._waiting:
                self._come_round()

    def _go_on(self, address: str) -> None:
        waiting = self._waiting[address]
        try:
            while waiting and self._done[address] < self._few:
                self._done[address] += 1
                waiting.popleft()()
        finally:
            if not waiting:
                del self._waiting[address]
