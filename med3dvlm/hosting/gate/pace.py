"""Lets an address that makes much work wait, while there are others: they have most of the server.

    pace = Pace()
    await pace.turn(visitor.address, work_of(head))     # raises RefusedError if the wait is long
    receive = pace.counting(receive, visitor.address)   # what comes in is work, too,
    pace.sent(visitor.address, size)                    # and what goes out

Requests that are allowed one by one, sent without a pause, took three quarters of a processor, and
all others waited three times as long. A class behind one address needs a tenth of a second of work
a second; whoever is alone has everything.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.request_bodies import Message, Receive
from med3dvlm.hosting.gate.request_head import RequestHead

# Seconds of the server's own work, as measured on two cores, without the model's.
REQUEST, STREAM, EVENT, UPLOAD, MEGABYTE = 0.002, 0.004, 0.01, 0.015, 0.01
PAGE = 0.1  # one that is made anew
EVENTS = ("queue/join", "run/", "api/", "call/")
WORK_A_SECOND, BURST = 0.25, 10.0  # seconds a second, and seconds
LONGEST_WAIT = 5.0
OTHERS_SECONDS = 10.0  # who has sent nothing for so long is gone
REMEMBERED = 20_000
TOO_MUCH = "Others use the server, too, and it is busy with what you sent. Wait a few seconds."
Clock = Callable[[], float]


class Pace:
    """How much work each address may still make; for one event loop."""

    def __init__(
        self, clock: Clock = time.monotonic, *, work_a_second: float = WORK_A_SECOND
    ) -> None:
        self._clock, self._work_a_second = clock, work_a_second
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def turn(self, address: str, work: float) -> None:
        """Count a request, and wait for its turn.

        Raises:
            RefusedError: too many of the address wait already.
        """
        if self._wait_of(address) > LONGEST_WAIT and self._others(address):
            raise RefusedError(429, "pace", TOO_MUCH, again=5)
        await self._wait(address, work)

    def counting(self, receive: Receive, address: str) -> Receive:
        """A `receive` that counts what comes in, and takes the next piece when it is its turn."""

        async def piece() -> Message:
            message = await receive()
            if message.get("body"):
                await self._wait(address, _moving(len(message["body"])))
            return message

        return piece

    def sent(self, address: str, size: int) -> None:
        """Count what goes out."""
        self._take(address, _moving(size))

    async def _wait(self, address: str, work: float) -> None:
        self._take(address, work)
        wait = self._wait_of(address)
        if wait > 0:
            await asyncio.sleep(min(wait, LONGEST_WAIT))

    def _take(self, address: str, work: float) -> None:
        now = self._clock()
        left, since = self._left.pop(address, (BURST, now))
        left = min(BURST, left + (now - since) * self._work_a_second) - work
        self._left[address] = (left if self._others(address) else max(left, 0.0), now)
        while len(self._left) > REMEMBERED:
            self._left.popitem(last=False)

    def _others(self, address: str) -> bool:
        """Whether anybody else is here; the last two to come stand at the end."""
        last = next((one for one in reversed(self._left) if one != address), None)
        return last is not None and self._clock() - self._left[last][1] < OTHERS_SECONDS

    def _wait_of(self, address: str) -> float:
        left, since = self._left.get(address, (0.0, 0.0))
        return -(left / self._work_a_second + self._clock() - since) if left < 0 else 0.0


def _moving(size: int) -> float:
    return size / 2**20 * MEGABYTE


def work_of(head: RequestHead) -> float:
    """What a request costs, whatever becomes of it; what it brings is counted as it comes."""
    if head.route.startswith("upload") and head.method == "POST":
        return UPLOAD
    if head.route.startswith(EVENTS) and head.method == "POST":
        return EVENT
    if head.route.startswith("mcp"):
        return EVENT
    return STREAM if head.route.startswith("heartbeat/") else REQUEST
