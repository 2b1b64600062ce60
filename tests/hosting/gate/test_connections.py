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

from uvicorn.config import Config
from uvicorn.server import ServerState

from med3dvlm.hosting.gate.connections import BoundedProtocol, OpenConnections, limit_connections
from tests.hosting.conftest import run_apart

GOOD = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
Connect = Callable[[], socket.socket]


async def answer(_scope: Any, _receive: Any, send: Any) -> None:
    await asyncio.sleep(0.3)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})


def served(talk: Callable[[Connect], Any], counted: OpenConnections) -> Any:
    """What a talk with a small server gives."""

    async def go() -> Any:
        loop = asyncio.get_running_loop()
        config = Config(answer, log_config=None, timeout_keep_alive=30)
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
