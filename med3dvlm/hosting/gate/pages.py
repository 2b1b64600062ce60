"""Keeps the finished description of the page, which Gradio makes again for each who asks.

    pages = Pages()
    key = pages.key_of(head)            # None: it has to be made anew
    pages.keep(key, messages)
    pages.kept(key)                     # the messages of the response, or None

Copying, filling in and packing the description took a tenth of a second of a processor, and several
at once left no time to anybody else. It depends on the address that the page was asked at alone, as
long as nobody has to log in: what stands behind a question mark is for the browser, and Gradio does
not get to see it.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence

from med3dvlm.hosting.gate.request_bodies import Message
from med3dvlm.hosting.gate.request_head import RequestHead

PLACES = ("/", "/config", "/gradio_api/info", "/gradio_api/openapi.json")
WITHOUT_QUERY = ("/", "/config", "/config/")  # there are no further pages, nor deep links
PACKINGS = ("br", "gzip")
# What the page says of where it is, or how it is sent.
SEEN_HEADERS = (
    "host", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix", "x-gradio-server",
)  # fmt: skip
MOST_KEPT = 32
PIECE_BYTES = 2**16

Key = tuple[str, ...]


class Pages:
    """Responses that are the same for everybody; the one not used for longest goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[Message, ...]] = OrderedDict()

    @staticmethod
    def is_page(head: RequestHead) -> bool:
        """Whether a request asks for a description of the page, however it is written."""
        return head.method in {"GET", "HEAD"} and (head.path.rstrip("/") or "/") in PLACES

    @staticmethod
    def key_of(head: RequestHead) -> Key | None:
        """What the response to a request for the page depends on; None if it can't be kept."""
        path = "/config" if head.path == "/config/" else head.path
        asked_more = head.query and path not in WITHOUT_QUERY
        if head.method != "GET" or path not in PLACES or asked_more:
            return None
        accepted = head.first("accept-encoding")
        packing = next((one for one in PACKINGS if one in accepted), "")
        return (path, packing, *map(head.first, SEEN_HEADERS))

    def kept(self, key: Key | None) -> tuple[Message, ...] | None:
        """The response that was kept, if there is one."""
        if key is None or key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def keep(self, key: Key | None, messages: Sequence[Message]) -> None:
        """Keep a good response that is for everybody."""
        if key is None or not messages or not _is_for_all(messages[0]):
            return
        self._kept[key] = tuple(messages)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def in_pieces(messages: Sequence[Message]) -> Iterator[Message]:
    """The same response in small pieces, each sent when there is room on the connection.

    In one piece it would be copied for every client that asks for it and does not read. Whoever
    packs them on their way changes them, so they are copies.
    """
    for message in messages:
        body, more = message.get("body", b""), message.get("more_body", False)
        if len(body) <= PIECE_BYTES:
            yield {**message}
            continue
        for start in range(0, len(body), PIECE_BYTES):
            end = start + PIECE_BYTES
            yield {**message, "body": body[start:end], "more_body": more or end < len(body)}


def _is_for_all(start: Message) -> bool:
    names = {name.lower() for name, _ in start.get("headers", ())}
    return bool(start.get("status") == 200) and b"set-cookie" not in names
