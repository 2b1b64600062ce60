"""One after the other: work that keeps the interpreter busy, so that others wait for one at most.

    turns = Turns()
    turn = turns.of(visitor.address)            # to be entered by `async with`

Who has many pieces of work waits for the own ones first: of each address one stands in the line.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """A line in which every address has one place; for one event loop."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._own: dict[str, asyncio.Lock] = {}
        self._coming: dict[str, int] = {}

    @asynccontextmanager
    async def of(self, address: str) -> AsyncIterator[None]:
        """Wait for the turn of an address, and have it."""
        own = self._own.setdefault(address, asyncio.Lock())
        self._coming[address] = self._coming.get(address, 0) + 1
        try:
            async with own, self._one:
                yield
        finally:
            self._coming[address] -= 1
            if not self._coming[address]:
                del self._coming[address], self._own[address]
