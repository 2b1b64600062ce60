"""Connections that cost their sender nothing take nothing from the others."""

import asyncio
import resource
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from med3dvlm.hosting.gate.connections import (
    HEAD_BYTES,
    PIECE_BYTES,
    BoundedProtocol,
    OpenConnections,
    limit_connections,
)
from tests.hosting.conftest import run_apart

GOOD = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
Connect = Callable[[], socket.socket]


async def answer(_scope: Any, _receive: Any, send: Any) -> None:
    await asyncio.sleep(0.3)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    """Say how many bytes came, and what they add up to."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    told = f"{len(body)} bytes, {sum(body)}".encode()
    head = [(b"content-length", str(len(told)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": told})


def served(talk: Callable[[Connect], Any], counted: OpenConnections, app: Any = answer) -> Any:
    """What a talk with a small server gives."""

    async def go() -> Any:
        loop = asyncio.get_running_loop()
        config = Config(app, log_config=None, timeout_keep_alive=30)
        config.load()
        made = partial(BoundedProtocol, counted, config, ServerState(), {})
        server = await loop.create_server(made, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with ExitStack() as stack:

            def connect() -> socket.socket:
                return stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))

            try:
                return await loop.run_in_executor(None, talk, connect)
            finally:
                server.close()

    return run_apart(go())


def is_ended(line: socket.socket) -> bool:
    with suppress(ConnectionResetError):
        return line.recv(100) == b""
    return True


def test_an_address_has_so_many_connections_and_no_more() -> None:
    counted = OpenConnections(most=3)

    def talk(connect: Connect) -> tuple[bool, bytes]:
        held = [connect() for _ in range(3)]
        refused = is_ended(connect())
        held[0].close()
        while counted["127.0.0.1"] > 2:
            time.sleep(0.01)
        last = connect()
        last.sendall(GOOD)
        return refused, last.recv(15)

    assert served(talk, counted) == (True, b"HTTP/1.1 200 OK")


def test_a_connection_without_a_whole_head_is_ended() -> None:
    """Also where one request was answered before, and where a letter comes now and then."""

    def talk(connect: Connect) -> list[bool]:
        silent, trickling, second = connect(), connect(), connect()
        second.sendall(GOOD)
        while not second.recv(100).endswith(b"0\r\n\r\n"):
            pass
        second.sendall(GOOD[:9])
        ended = [is_ended(silent), is_ended(second)]
        with suppress(OSError):
            for _ in range(50):
                trickling.sendall(b"G")
                time.sleep(0.02)
            return [*ended, False]
        return [*ended, True]

    assert served(talk, OpenConnections(most=9, head_seconds=0.2)) == [True, True, True]


def test_what_is_served_for_long_goes_on() -> None:
    def talk(connect: Connect) -> bytes:
        line = connect()
        line.sendall(GOOD)
        return line.recv(15)

    assert served(talk, OpenConnections(most=9, head_seconds=0.05)) == b"HTTP/1.1 200 OK"


def test_an_address_has_a_quarter_of_the_files(monkeypatch) -> None:
    set_to = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 1000))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: set_to.append(limits))
    config = Config(answer, log_config=None)
    limit_connections(config)
    assert set_to == [(1000, 1000)]
    assert config.http_protocol_class.args[0].most == 250
    assert config.h11_max_incomplete_event_size == HEAD_BYTES


def test_what_comes_after_the_end_is_left() -> None:
    """What had waited for its turn was read on a connection that was closed meanwhile.

    An error of the web server was in the log for each.
    """

    async def go() -> None:
        config = Config(answer, log_config=None)
        config.load()
        line = BoundedProtocol(OpenConnections(most=9), config, ServerState(), {})
        transport = Mock(**{"get_extra_info.return_value": None})
        transport.is_closing.return_value = False
        line.connection_made(transport)
        line.timeout_keep_alive_handler()  # says to itself that it is closed, and closes it
        transport.is_closing.return_value = True
        line.data_received(GOOD)
        line.connection_lost(None)

    run_apart(go())


def test_garbage_beside_an_answer_ends_the_connection(caplog) -> None:
    """The web server wanted to answer it, too, which was an error of its own, and in the log."""

    def talk(connect: Connect) -> bool:
        line = connect()
        line.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not line.recv(100).endswith(b"0\r\n\r\n"):
            pass
        line.sendall(b"no chunk\r\n" * 9)
        return is_ended(line)

    assert served(talk, OpenConnections(most=9))
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_connection_stays_counted_whatever_it_asks_to_become(monkeypatch) -> None:
    """As a websocket it was forgotten without being counted out: an address filled itself up."""
    counted = OpenConnections(most=9)
    monkeypatch.setattr(BoundedProtocol, "_should_upgrade_to_ws", lambda _: True)

    def talk(connect: Connect) -> bytes:
        line = connect()
        line.sendall(GOOD[:-2] + b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        told = line.recv(15)
        line.close()
        until = time.monotonic() + 10
        while counted["127.0.0.1"] and time.monotonic() < until:
            time.sleep(0.01)
        return told

    assert served(talk, counted) == b"HTTP/1.1 200 OK"
    assert not counted


def told(line: socket.socket, ending: bytes) -> bytes:
    """All that is said up to an ending, or the end."""
    said = b""
    with suppress(ConnectionResetError):
        while ending not in said and (more := line.recv(2**16)):
            said += more
    return said


CHUNKED = b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"


BEFORE = {
    "nothing": b"",
    "a body": b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\n\r\nx",
    "a large body": b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000,
}


@pytest.fixture
def steps(monkeypatch) -> list[int]:
    """Bytes that the web server was given at once, each time."""
    given: list[int] = []
    parse = H11Protocol.data_received
    monkeypatch.setattr(
        H11Protocol, "data_received", lambda one, data: given.append(len(data)) or parse(one, data)
    )
    return given


@pytest.mark.parametrize("before", BEFORE)
def test_a_body_of_tiny_chunks_is_refused_soon(steps: list[int], before: str) -> None:
    """Of 400,000 chunks of a byte, a quarter of a megabyte was parsed in one step: 0.7 s each."""

    def talk(connect: Connect) -> bytes:
        line = connect()
        with suppress(ConnectionError):
            line.sendall(BEFORE[before] + CHUNKED + b"1\r\nx\r\n" * 400_000 + b"0\r\n\r\n")
        return told(line, b"chunks.")

    assert b"HTTP/1.1 400" in served(talk, OpenConnections(most=9), echo)
    assert max(steps) <= len(BEFORE[before]) + PIECE_BYTES
    assert sum(steps) < len(BEFORE[before]) + 10 * PIECE_BYTES


@pytest.mark.parametrize("size", [60, 1000, 70_000])
def test_a_body_in_chunks_of_a_usual_size_comes_whole(size: int) -> None:
    content = bytes(range(250)) * 1200
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)

    def talk(connect: Connect) -> bytes:
        line = connect()
        line.sendall(CHUNKED + body + b"0\r\n\r\n")
        return told(line, f"300000 bytes, {sum(content)}".encode())

    assert f"300000 bytes, {sum(content)}".encode() in served(talk, OpenConnections(9), echo)


def test_requests_that_come_in_one_piece_are_all_answered() -> None:
    """With bodies and without, and chunks behind one that is still answered are taken in pieces."""
    plain = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9000\r\n\r\n" + b"a" * 9000
    chunks = CHUNKED + b"400\r\n" + b"b" * 1024 + b"\r\n0\r\n\r\n"
    get = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"

    def talk(connect: Connect) -> bytes:
        line = connect()
        line.sendall((get + plain + chunks) * 30 + GOOD[:-2] + b"X-Last: 1\r\n")
        said = b""
        while said.count(b"200 OK") < 90:
            said += line.recv(2**16)
        line.sendall(b"\r\n")
        return said + told(line, b"0 bytes")

    said = served(talk, OpenConnections(9), echo)
    assert said.count(b"200 OK") == 91
    assert [said.count(size) for size in (b"9000 bytes", b"1024 bytes")] == [30, 30]


def test_a_body_that_is_not_chunked_comes_in_few_pieces(steps: list[int]) -> None:
    """An upload of a gigabyte is no more work than it was."""

    def talk(connect: Connect) -> bytes:
        line = connect()
        line.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 4000000\r\n\r\n")
        line.sendall(bytes(4_000_000))
        return told(line, b"4000000 bytes, 0")

    assert b"4000000 bytes, 0" in served(talk, OpenConnections(9), echo)
    assert len(steps) < 200
