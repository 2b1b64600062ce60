"""Request and response bodies: read with limits on size and time, and searched for file paths.

body = await read_body(receive, most=2**20)
for path in paths_in(json.loads(body), folder): ...
"""

import asyncio
import json
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from med3dvlm.hosting.gate.refusal import RefusedError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PAUSE_SECONDS = 30.0  # between two pieces of a body
EASY_SECONDS, LEAST_BYTES_A_SECOND = 60.0, 2_000
DEEPEST = 40
LONGEST_PATH = 4096
ADDRESS = re.compile(r"https?://")


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


def value_of(body: bytes) -> Any:
    """Parse JSON.

    Raises:
        RefusedError: the body is not JSON, or nested too deeply.
    """
    try:
        return json.loads(body or b"null")
    except (ValueError, RecursionError):
        raise RefusedError(400, "json", "This request is not valid here.") from None


def paths_in(value: Any, folder: Path, depth: int = 0) -> Iterator[str]:
    """Every path inside the folder that appears anywhere in a JSON value.

    Raises:
        RefusedError: the value is nested too deeply.
    """
    if depth > DEEPEST:
        raise RefusedError(400, "json", "This request is not valid here.")
    if isinstance(value, str):
        yield from _paths_of(value, str(folder))
    elif isinstance(value, dict):
        for part in (*value, *value.values()):
            yield from paths_in(part, folder, depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from paths_in(part, folder, depth + 1)


def _paths_of(text: str, folder: str) -> Iterator[str]:
    """The text from the folder's name on, or the real path if dots or links lead there."""
    for form in _forms(text, folder):
        start = form.find(folder)
        if start >= 0:
            yield form[start:]
        elif "/" in form and len(form) <= LONGEST_PATH and _may_be_a_path(form):
            real = os.path.realpath(form)
            if real.startswith(folder):
                yield real


def _forms(text: str, folder: str) -> set[str]:
    """The text and what it means if it is percent-encoded, as far as that may be a file.

    In a URL only the decoded form counts. The name of a file may hold percent signs itself: where
    it exists as it is written, and nothing lies at the decoded path, it is that file alone.
    """
    decoded = unquote(text)
    if ADDRESS.match(text):
        return {decoded}
    start = text.find(folder)
    if start >= 0 and "%" in text and _may_be_a_path(text) and _may_be_a_path(decoded):
        inside = os.path.normpath(decoded[max(0, decoded.find(folder)) :])
        if Path(text[start:]).is_file() and not os.path.lexists(inside):
            return {text}
    return {text, decoded}


def _may_be_a_path(text: str) -> bool:
    """False for what no file system can name: a null, or half a character."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def sent_paths(chunk: bytes, folder: Path) -> Iterator[str]:
    """Paths inside the folder in a chunk of outgoing JSON, which may be cut at both ends."""
    mark = str(folder).encode()
    if mark not in chunk:
        return
    for found in re.finditer(re.escape(mark) + rb'(?:[^"\\]|\\.)*', chunk):
        try:
            text = json.loads(b'"' + found[0] + b'"')
        except ValueError:
            continue
        yield text
        if "%" in text:
            yield unquote(text)
