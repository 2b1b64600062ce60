"""Request bodies: read with limits on size and time, and checked away from the event loop.

body = await read_body(receive, most=2**20)
await apart(partial(check, body), size=len(body))
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.request_head import SMALL_BYTES

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
T = TypeVar("T")

PAUSE_SECONDS = 30.0  # between two pieces of a body
EASY_SECONDS, LEAST_BYTES_A_SECOND = 60.0, 2_000
# A large body takes a while to check; small ones do not wait behind it.
SMALL_CHECKS = ThreadPoolExecutor(2, thread_name_prefix="small body")
LARGE_CHECKS = ThreadPoolExecutor(1, thread_name_prefix="large body")


def bounded(receive: Receive, *, most: int) -> Receive:
    """A `receive` that refuses a body that is too large or arrives too slowly."""
    started, got, whole = time.monotonic(), 0, False

    async def piece() -> Message:
        nonlocal got, whole
        if whole:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), PAUSE_SECONDS)
        except TimeoutError:
            raise RefusedError(408, "slow", "The upload stalled. Try again.") from None
        got += len(message.get("body", b""))
        whole = not message.get("more_body")
        taken = time.monotonic() - started
        if got > most:
            raise RefusedError(413, "size", "This request is larger than the server allows.")
        if message.get("more_body") and taken > EASY_SECONDS + got / LEAST_BYTES_A_SECOND:
            raise RefusedError(408, "slow", "The upload was too slow. Try again.")
        return message

    return piece


async def read_body(receive: Receive, *, most: int) -> bytes:
    """The whole body.

    Raises:
        RefusedError: too large, too slow, or cut off.
    """
    take, pieces = bounded(receive, most=most), []
    while True:
        message = await take()
        if message["type"] == "http.disconnect":
            raise RefusedError(400, "cut", "The request was cut off.")
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that first returns a body that was already read."""
    handed = False

    async def piece() -> Message:
        nonlocal handed
        if handed:
            return await receive()
        handed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return piece


async def apart(check: Callable[[], T], *, size: int) -> T:
    """Check a body of `size` bytes in another thread, so that nobody else waits for it."""
    threads = SMALL_CHECKS if size <= SMALL_BYTES else LARGE_CHECKS
    return await asyncio.get_running_loop().run_in_executor(threads, check)
