"""One volume of a library: what is known of it, apart from its vector.

    entry = Entry(title="Case 7", text=report, digest=volume.digest, facts={"region": "chest"})
    entry_from(plain(entry)) == entry

`plain` and `entry_from` are how an entry travels as JSON: to a file, or to another engine.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, NamedTuple

from med3dvlm.errors import LibraryError

MAX_THUMBNAIL_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One volume of a library.

    Attributes:
        title: what a list shows.
        text: the report, or other text about the volume.
        digest: `Volume.digest`; a collection holds each digest once.
        collection: owner of the entry, or the set it belongs to.
        source: a key by which the caller finds the volume, such as `phantom:1234`.
        thumbnail: a small PNG or WebP, empty for none.
        facts: any JSON object.
        added: when it was added, as `2026-11-29T12:00:00Z`; the library fills it in if empty.
        id: assigned by the library, 0 before; ids follow the order of adding.
    """

    title: str
    text: str
    digest: str
    collection: str = ""
    source: str = ""
    thumbnail: bytes = b""
    facts: dict[str, Any] = field(default_factory=dict)
    added: str = ""
    id: int = 0

    def __post_init__(self) -> None:
        if not self.digest:
            raise LibraryError(f"the entry {self.title!r} lacks its volume's digest")
        if len(self.thumbnail) > MAX_THUMBNAIL_BYTES:
            raise LibraryError(
                f"the thumbnail of {self.title!r} has {len(self.thumbnail)} bytes, but the limit "
                f"is {MAX_THUMBNAIL_BYTES}. Make it smaller."
            )
        if self.thumbnail and not _is_png_or_webp(self.thumbnail):
            raise LibraryError(f"the thumbnail of {self.title!r} is neither PNG nor WebP")


@dataclass(frozen=True, slots=True)
class Hit:
    """What a search found.

    Attributes:
        entry: the entry.
        score: cosine of its vector and the query's, -1 to 1.
    """

    entry: Entry
    score: float


class Glance(NamedTuple):
    """What a map of many entries shows of one: no text and no picture."""

    id: int
    title: str
    source: str
    value: Any


def time_now() -> str:
    """Now, as `Entry.added` has it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def facts_json(entry: Entry) -> str:
    """The facts as JSON.

    Raises:
        LibraryError: they can't be stored as JSON.
    """
    try:
        return json.dumps(entry.facts, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise LibraryError(
            f"{entry.title!r}: the facts can't be stored as JSON: {error}"
        ) from error


def plain(entry: Entry) -> dict[str, Any]:
    """The entry as a JSON object, its thumbnail in base64."""
    values = {one.name: getattr(entry, one.name) for one in fields(Entry)}
    return values | {"thumbnail": base64.b64encode(entry.thumbnail).decode("ascii")}


def entry_from(values: Mapping[str, Any]) -> Entry:
    """The entry that `plain` wrote.

    Raises:
        LibraryError: the values are not those of an entry.
    """
    try:
        picture = base64.b64decode(values.get("thumbnail", ""), validate=True)
        return Entry(**{**values, "thumbnail": picture})
    except (TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise LibraryError(f"these are not the values of a library's entry: {error}") from error


def _is_png_or_webp(picture: bytes) -> bool:
    is_webp = picture[:4] == b"RIFF" and picture[8:12] == b"WEBP"
    return is_webp or picture.startswith(b"\x89PNG\r\n\x1a\n")
