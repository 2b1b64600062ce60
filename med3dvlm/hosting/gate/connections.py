"""Bounds the connections of an address, and ends those on which no request comes.

What comes on many of them at the same moment is looked at a few at a time (`rounds`), and what
comes on one a piece at a time: a quarter of a megabyte of chunks of one byte is half a second.

    limit_connections(server.config, most=1500)         # `page.server`, after launch

An idle connection costs its sender nothing and takes a file descriptor here: a thousand of them, or
heads that are sent a letter at a time, and nobody else could connect. Behind a proxy all this is
the proxy's work, because all connections come from it.
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol

from med3dvlm.hosting.gate.rate_limits import network_of
from med3dvlm.hosting.gate.rounds import Rounds

MOST_OF_ADDRESS, SHARE_OF_ADDRESS = 1500, 0.25
HEAD_SECONDS = 15.0  # between two looks; who has not sent a head since the last one is cut off
HEAD_BYTES = 2**15  # cookies of other servers on the same machine may be many
PIECE_BYTES = 2048  # of heads and chunks; what is neither is taken in whole
# Of chunks, bytes that are no content: an eighth of the content, and some to begin with.
TOO_FINE = "This request is cut into too many chunks."
CONTENT_PER_FRAMING, MOST_FRAMING = 8, 2048


class OpenConnections(Counter[str]):
    """How many connections each address has, how many it may have, and whose turn it is."""

    def __init__(self, most: int, head_seconds: float = HEAD_SECONDS) -> None:
        super().__init__()
        self.most, self.head_seconds = most, head_seconds
        self.rounds = Rounds()


class TellingFlow(FlowControl):
    """The web server's pause of a connection, which tells when it is over."""

    def __init__(self, transport: asyncio.Transport, over: Callable[[], object]) -> None:
        super().__init__(transport)
        self._over = over

    def resume_reading(self) -> None:
        """Read on."""
        was_paused = self.read_paused
        super().resume_reading()
        if was_paused:
            self._over()


class BoundedProtocol(H11Protocol):
    """The web server's protocol for one connection, which is counted and has to be used."""

    def __init__(self, open_connections: OpenConnections, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._open = open_connections
        self._address = ""
        self._last: Any = None
        self._look: asyncio.TimerHandle | None = None
        self._rest = b""
        self._coming = False
        # Of the body that is under way: what is still to come, and what was no content.
        self._left = self._framing = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count it; above the limit it is closed at once."""
        super().connection_made(transport)
        # In the next round: until then the web server may not have begun its next request.
        self.flow = TellingFlow(transport, partial(self.loop.call_soon, self._go_on))
        self._address = network_of(self.client[0] if self.client else "")
        self._open[self._address] += 1
        self._look_later()
        if self._open[self._address] > self._open.most:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Look at what came when it is the address's turn; until then nothing more is taken in."""
        self._unset_keepalive_if_required()  # it is used, however long it waits for its turn
        self._rest += data
        if not self._open.rounds.has_room(self._address):
            self.transport.pause_reading()
        self._go_on()

    def _go_on(self) -> None:
        if self._rest and not self._coming:
            self._coming = True
            self._open.rounds.do(self._address, self._take_in)

    def _take_in(self) -> None:
        """Take in the next piece, unless the web server waits for the end of an answer."""
        self._coming = False
        if self.transport.is_closing():  # meanwhile
            self._rest = b""
        elif not self.flow.read_paused:
            size = PIECE_BYTES if self._in_chunks() else max(PIECE_BYTES, self._left)
            piece, self._rest = self._rest[:size], self._rest[size:]
            if self._rest:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()
            self._parse(piece)
            self._go_on()

    def _in_chunks(self) -> bool:
        in_body = self.cycle is not None and self.cycle.more_body
        return in_body and any(name == b"transfer-encoding" for name, _ in self.headers)

    def _parse(self, piece: bytes) -> None:
        """Let the web server have it; whoever sends hardly anything but chunks is cut off."""
        cycle, chunked = self.cycle, self._in_chunks()
        before = len(cycle.body) if chunked else 0
        super().data_received(piece)
        if chunked and cycle.more_body:  # otherwise, something else follows in this piece
            content = len(cycle.body) - before
            framing = len(piece) - content - content // CONTENT_PER_FRAMING
            self._framing = max(0, self._framing + framing)
            if self._framing > MOST_FRAMING:
                self.send_400_response(TOO_FINE)
        if self.cycle is not cycle:
            said = dict(self.headers).get(b"content-length", b"0")
            self._left, self._framing = int(said) - len(self.cycle.body), 0
        else:
            self._left -= len(piece)

    def send_400_response(self, msg: str) -> None:
        """Say that it is broken; where an answer has begun, only the connection can be ended."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:
            self.transport.close()

    def _should_upgrade(self) -> bool:
        """Nothing is upgraded: nobody would count the connection any more."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it, and end what is served on it when it is the address's turn."""
        self._open.rounds.do(self._address, partial(super().connection_lost, exc))
        if self._look:
            self._look.cancel()
        self._open[self._address] -= 1
        if self._open[self._address] <= 0:
            del self._open[self._address]

    def _look_later(self) -> None:
        self._look = self.loop.call_later(self._open.head_seconds, self._end_if_unused)

    def _end_if_unused(self) -> None:
        """Close the connection if no request has begun since the last look, and none is served."""
        waits = self.cycle is None or self.cycle.response_complete
        if waits and self.cycle is self._last:
            self.transport.abort()
            return
        self._last = self.cycle
        self._look_later()


def limit_connections(config: Config, most: int = MOST_OF_ADDRESS) -> None:
    """Bound what comes from now on, and let this process have as many files as the system allows.

    An address has no more than a quarter of them.
    """
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    if allowed != resource.RLIM_INFINITY:
        most = min(most, int(SHARE_OF_ADDRESS * allowed))
    config.h11_max_incomplete_event_size = HEAD_BYTES
    config.http_protocol_class = partial(  # type: ignore[assignment]
        BoundedProtocol, OpenConnections(most)
    )
