import asyncio
import socket
import time
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest
from gradio import http_server
from uvicorn.config import Config

from med3dvlm.ui.page.accepting import FEW, GentleServer, accept_few_at_once
from tests.hosting.conftest import run_apart

CROWD = 10 * FEW


class Noted(asyncio.Protocol):
    """Counts connections, by how often the loop has come round."""

    rounds = 0
    made: ClassVar[dict[int, int]] = {}

    def connection_made(self, _: Any) -> None:
        self.made[self.rounds] = self.made.get(self.rounds, 0) + 1


def test_between_a_few_connections_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 connections that came while the loop was busy were all welcomed before the next."""
    monkeypatch.setattr(Noted, "made", {})

    async def go() -> None:
        loop = asyncio.get_running_loop()
        config = Config(lambda: None, port=0, lifespan="off", log_config=None)
        config.load()
        config.http_protocol_class = lambda **_: Noted()  # type: ignore[assignment]
        server = GentleServer(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup()
        port = server.servers[0].sockets[0].getsockname()[1]

        def come_round() -> None:
            Noted.rounds += 1
            loop.call_soon(come_round)

        with ExitStack() as stack:
            for _ in range(CROWD):  # meanwhile the loop does nothing
                stack.enter_context(socket.create_connection(("127.0.0.1", port), 0.9))
            come_round()
            until = time.monotonic() + 10
            while sum(Noted.made.values()) < CROWD and time.monotonic() < until:
                await asyncio.sleep(0)
            for listening in server.servers:
                listening.close()

    run_apart(go())
    assert sum(Noted.made.values()) == CROWD, "all were kept by the system meanwhile"
    assert max(Noted.made.values()) <= FEW


def test_pages_are_served_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "Server", http_server.Server)
    accept_few_at_once()
    assert http_server.Server is GentleServer
