"""Moves each upload to a folder that only its visitor knows.

    for message in own_copies(messages, visitor, ownership): ...        # works on the disk

Gradio names an upload after its content: two visitors with the same file would share one copy, and
the first to open it would take it from the other. So each upload gets its own folder with a name
that can't be guessed, and the response names the file there.
"""

import json
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from med3dvlm.hosting.gate.ownership import Ownership
from med3dvlm.hosting.gate.rate_limits import Visitor
from med3dvlm.hosting.gate.request_bodies import Message

UPLOADS = "visitors"
TAG_SHOWN = 12


def folder_of_address(folder: Path, visitor: Visitor) -> Path:
    """Where the uploads of all visitors at a visitor's address are."""
    return folder / UPLOADS / visitor.address[:TAG_SHOWN]


def folder_of(folder: Path, visitor: Visitor) -> Path:
    """Where the uploads of a visitor are."""
    return folder_of_address(folder, visitor) / visitor.tag[:TAG_SHOWN]


def own_copies(
    messages: Sequence[Message], visitor: Visitor, ownership: Ownership
) -> Sequence[Message]:
    """The response to an upload with the new paths; any other response unchanged."""
    start = messages[0]
    body = b"".join(message.get("body", b"") for message in messages)
    paths = _listed(body) if start.get("status") == 200 else None
    if paths is None:
        return messages
    moved = [str(_own(Path(path), visitor, ownership)) for path in paths]
    body = json.dumps(moved).encode()
    headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
    return (
        {**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]},
        {"type": "http.response.body", "body": body},
    )


def _listed(body: bytes) -> list[str] | None:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    known = isinstance(value, list) and all(isinstance(path, str) for path in value)
    return value if known else None


def _own(path: Path, visitor: Visitor, ownership: Ownership) -> Path:
    """Link or copy the file; the sweep removes the original, which others may be about to use."""
    home = folder_of(ownership.folder, visitor) / secrets.token_hex(16)
    home.mkdir(parents=True)
    target = home / path.name
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)
    ownership.grant(visitor.tag, str(target))
    ownership.orphan(str(path))
    return target
