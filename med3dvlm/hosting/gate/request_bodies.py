"""Request bodies: read with limits on size and time.

body = await read_body(receive, most=2**20)
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from med3dvlm.hosting.gate.refusal import RefusedError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PAUSE_SECONDS = 30.0  # between two pieces of a body
TOO_LARGE = "This request is larger than the server allows."
EASY_SECONDS, LEAST_BYTES_A_SECOND = 60.0, 2_000


def bounded(receive: Receive, *, most: int, too_large: str = TOO_LARGE) -> Receive:
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
            raise RefusedError(413, "size", too_large)
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
