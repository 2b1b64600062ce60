"""What comes at the same moment from one machine is done a few at a time, in order."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from med3dvlm.hosting.gate.connections import BoundedProtocol, OpenConnections
from med3dvlm.hosting.gate.rounds import FEW, Rounds
from tests.hosting.conftest import run_apart

CROWD = 12 * FEW
HEAD = b"GET /heartbeat/x HTTP/1.1\r\nHost: here\r\n\r\n"
Steps = list[int]


def coming_round(steps: Steps) -> Callable[[], None]:
    """Opens a new step for every round of the loop."""
    loop = asyncio.get_running_loop()

    def come_round() -> None:
        steps.append(0)
        loop.call_soon(come_round)

    return come_round


async def until(steps: Steps) -> None:
    """Wait until each of a crowd has had its step."""
    for _ in range(100_000):
        if sum(steps) == CROWD:
            return
        await asyncio.sleep(0)


async def connected(
    crowd: list[socket.socket], server: asyncio.Server, counted: OpenConnections
) -> None:
    """Connect a crowd."""
    for line in crowd:
        line.connect(server.sockets[0].getsockname())
    while sum(counted.values()) < CROWD:
        await asyncio.sleep(0)


async def closed(counted: OpenConnections, server: asyncio.Server) -> None:
    """Wait for the connections to be gone."""
    server.close()
    while counted:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.01)


def test_an_address_does_a_few_things_in_a_round_and_all_in_order() -> None:
    done: list[tuple[str, int]] = []
    steps: Steps = []

    def work(address: str, number: int) -> None:
        done.append((address, number))
        steps[-1] += address == "crowd"

    async def go() -> None:
        rounds = Rounds()
        coming_round(steps)()
        for number in range(CROWD):
            rounds.do("crowd", partial(work, "crowd", number))
        rounds.do("other", partial(work, "other", 0))
        while len(done) <= CROWD:
            await asyncio.sleep(0)

    run_apart(go())
    assert done.index(("other", 0)) == FEW, "it did not wait for the crowd"
    assert [number for who, number in done if who == "crowd"] == list(range(CROWD))
    assert max(steps) <= 2 * FEW  # two of its rounds may lie in one of the loop's


def test_an_error_in_one_thing_keeps_no_other_waiting() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        done.append(number)
        if number == FEW:
            raise ValueError

    async def go() -> list[Any]:
        errors: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: errors.append(told))
        rounds = Rounds()
        for number in range(CROWD):
            rounds.do("crowd", partial(work, number))
        while len(done) < CROWD:
            await asyncio.sleep(0)
        return errors

    assert len(run_apart(go())) == 1
    assert done == list(range(CROWD))


@pytest.fixture
def crowd() -> Iterator[list[socket.socket]]:
    """Sockets that are connected later."""
    with ExitStack() as stack:
        yield [stack.enter_context(socket.socket()) for _ in range(CROWD)]


def test_pages_opened_and_closed_at_once_leave_others_their_turn(
    crowd: list[socket.socket],
) -> None:
    """250 pages of one machine were all begun, and ended, before the next answer: 151 ms."""
    begun: Steps = []
    ended: Steps = []

    async def page(_scope: Any, receive: Any, _send: Any) -> None:
        begun[-1] += 1
        while (await receive())["type"] != "http.disconnect":
            pass
        ended[-1] += 1

    async def go() -> None:
        loop = asyncio.get_running_loop()
        config = Config(page, log_config=None)
        config.load()
        counted = OpenConnections(most=CROWD)
        server = await loop.create_server(
            partial(BoundedProtocol, counted, config, ServerState(), {}), "127.0.0.1", 0,
            backlog=CROWD,
        )  # fmt: skip
        await connected(crowd, server, counted)
        for steps in (begun, ended):
            coming_round(steps)()
        for line in crowd:  # meanwhile the loop does nothing
            line.sendall(HEAD)
        await until(begun)
        for line in crowd:
            line.close()
        await until(ended)
        await closed(counted, server)

    run_apart(go())
    assert (sum(begun), sum(ended)) == (CROWD, CROWD)
    assert max(begun) <= 2 * FEW
    assert max(ended) <= 2 * FEW


def test_a_body_in_many_pieces_arrives_as_it_was_sent(crowd: list[socket.socket]) -> None:
    """Nothing is lost or out of order where an address waits for its turn."""
    bodies: dict[bytes, bytes] = {}

    async def note(_scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        bodies[body[:4]] = body
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent = {b"%04d" % number: b"%04d" % number * 60_000 for number in range(2 * FEW)}

    def talk(place: Any) -> None:
        for line, body in zip(crowd, sent.values(), strict=False):
            line.connect(place)
            line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body))
        for start in range(0, 240_000, 60_000):
            for line, body in zip(crowd, sent.values(), strict=False):
                line.sendall(body[start : start + 60_000])
        for line, _ in zip(crowd, sent, strict=False):
            assert line.recv(15) == b"HTTP/1.1 200 OK"
            line.close()

    async def go() -> None:
        loop = asyncio.get_running_loop()
        config = Config(note, log_config=None)
        config.load()
        counted = OpenConnections(most=99)
        made = partial(BoundedProtocol, counted, config, ServerState(), {})
        server = await loop.create_server(made, "127.0.0.1", 0)
        await loop.run_in_executor(None, talk, server.sockets[0].getsockname())
        await closed(counted, server)

    run_apart(go())
    assert bodies == sent
