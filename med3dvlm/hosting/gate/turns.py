"""Work that keeps the interpreter busy, so that others wait for little of it.

    turns = Turns()                             # one after the other
    turn = turns.of(visitor.address)            # to be entered by `async with`

    places = Places()                           # two at a time for each address
    place = places.of(visitor.address)          # gives a function that gives it back early

Who has many pieces of work waits for the own ones first.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

FEW = 2


class Places:
    """A few places for each address; for one event loop.

    Ninety requests that one machine sent at the same moment went on side by side, step by step, and
    every round of the loop was as long as ninety steps.
    """

    def __init__(self, few: int = FEW) -> None:
        self._few = few
        self._own: dict[str, asyncio.Semaphore] = {}
        self._coming: dict[str, int] = {}

    def __len__(self) -> int:
        """How many addresses have a place, or wait for one."""
        return len(self._own)

    @asynccontextmanager
    async def of(self, address: str) -> AsyncIterator[Callable[[], None]]:
        """Wait for a place of an address; yields what gives it back early."""
        own = self._own.setdefault(address, asyncio.Semaphore(self._few))
        self._coming[address] = self._coming.get(address, 0) + 1
        try:
            await own.acquire()
            left = False

            def leave() -> None:
                nonlocal left
                if not left:
                    left = True
                    own.release()

            try:
                yield leave
            finally:
                leave()
        finally:
            self._coming[address] -= 1
            if not self._coming[address]:
                del self._coming[address], self._own[address]


class Turns:
    """A line in which every address has one place; for one event loop."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._own = Places(1)

    @asynccontextmanager
    async def of(self, address: str) -> AsyncIterator[None]:
        """Wait for the turn of an address, and have it."""
        async with self._own.of(address), self._one:
            yield
