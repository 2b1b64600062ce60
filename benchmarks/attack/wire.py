"""Requests as no browser would write them: cut very fine, behind one another, to become another."""

import socket
from contextlib import suppress

from benchmarks.attack.attempt import (
    API,
    ATTACKER,
    JOIN,
    OTHER,
    RUN,
    Attack,
    Target,
    at_once,
    expect,
)

SECONDS = 30.0
CHUNK = b"1\r\n \r\n"
WEBSOCKET = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def tiny_chunks(target: Target) -> str:
    """Bodies in chunks of a byte: a quarter of a megabyte of them was parsed in one step."""

    def send(_: int) -> bytes:
        head = _head(target, f"POST {JOIN}") + b"Transfer-Encoding: chunked\r\n\r\n"
        return _told(target, head + CHUNK * target.of(40_000, 400_000), b"\r\n")

    seen = at_once(4, send, range(target.of(4, 24)))
    expect(not any(b" 200 " in one for one in seen), f"{seen[0]!r}")
    return f"{len(seen)} bodies refused"


def behind_one_another(target: Target) -> str:
    """Many requests in one piece, and what is none behind an answer."""
    number = target.of(30, 300)
    get = _head(target, "GET /robots.txt") + b"\r\n"
    answers = _told(target, get * number, b"", enough=number).count(b"HTTP/1.1 ")
    expect(answers == number, f"{answers} of {number} answered")
    closed = _head(target, f"POST {API}/proxy=x") + b"Transfer-Encoding: chunked\r\n\r\n"
    for _ in range(target.of(5, 50)):
        _told(target, closed + b"no chunk\r\n" * 200, b"\r\n\r\n")
    return f"{answers} answered, what is none ends the connection"


def other_protocols(target: Target) -> str:
    """Connections that are to become something else, which nobody would count any more."""
    number = target.of(50, 1600)

    def ask(_: int) -> bytes:
        head = _head(target, f"GET {API}/queue/data?session_hash=unknown")
        return _told(target, head + WEBSOCKET.encode(), b"\r\n")

    seen = at_once(8, ask, range(number))
    expect(not any(b" 101 " in one for one in seen), "a connection was upgraded")
    with target.stranger(ATTACKER) as client:
        status = client.get("/robots.txt").status_code
    expect(status in {200, 429}, f"the address gets {status} afterwards")
    return f"{number} asked, none was upgraded, the address may come again"


def calls_without_a_session(target: Target) -> str:
    """Events that name no session: for each, the whole page was described."""
    with target.browser() as client:

        def call(place: int) -> int:
            return client.post(RUN, json={"data": [{}, {}], "fn_index": place % 40}).status_code

        seen = at_once(4, call, range(target.of(40, 400)))
    expect(max(seen) < 500, f"statuses {sorted(set(seen))}")
    return f"{len(seen)} answered or refused, none is an error"


def pages_of_many_names(target: Target) -> str:
    """The page with something behind a question mark, and at names with invented ports."""
    with target.browser(OTHER) as client:

        def ask(place: int) -> int:
            if place % 4:
                return client.get(f"/?a={place}").status_code
            return client.get("/config", headers={"host": f"localhost:{place + 1}"}).status_code

        seen = at_once(8, ask, range(target.of(40, 200)))
    expect(all(status in {200, 429} for status in seen), f"statuses {sorted(set(seen))}")
    return f"{seen.count(200)} sent, {seen.count(429)} refused"


def _head(target: Target, begin: str) -> bytes:
    return (
        f"{begin} HTTP/1.1\r\nHost: 127.0.0.1:{target.app.port}\r\n"
        "Content-Type: application/json\r\n"
    ).encode()


def _told(target: Target, words: bytes, ending: bytes, *, enough: int = 1) -> bytes:
    """What is said to this: up to an ending, or as many answers, or the end of the connection."""
    said = b""
    where = ("127.0.0.1", target.app.port)
    with (
        socket.create_connection(where, SECONDS, source_address=(ATTACKER, 0)) as line,
        suppress(OSError),
    ):
        with suppress(OSError):
            line.sendall(words)
        while said.count(b"HTTP/1.1 ") < enough or ending not in said:
            more = line.recv(2**16)
            if not more:
                break
            said += more
    return said


ATTACKS = (
    Attack("bodies of tiny chunks", tiny_chunks),
    Attack("requests behind one another", behind_one_another),
    Attack("connections that become another", other_protocols),
    Attack("calls without a session", calls_without_a_session),
    Attack("pages of many names", pages_of_many_names, brief=False),
)
