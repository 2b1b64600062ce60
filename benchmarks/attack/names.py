"""Names that cost nothing: invented cookies and sessions, and the states behind them."""

import secrets
import socket
from contextlib import ExitStack

from benchmarks.attack.attempt import (
    API,
    ATTACKER,
    JOIN,
    OTHER,
    RUN,
    VICTIM,
    Attack,
    FellError,
    Target,
    at_once,
    expect,
)
from benchmarks.visitor import QUESTION, VisitError, Visitor

SEAL = secrets.token_hex(16)
PAGES_OF_ADDRESS = 200


def invented_cookies(target: Target) -> str:
    """Cookies that the server never gave, each with 24 names of sessions; it was full for hours."""
    with target.stranger() as client:

        def come(number: int) -> int:
            cookie = f"med3dvlm={secrets.token_urlsafe(24)}.{SEAL}"
            address = f"/config?session_hash=invented{number}"
            return client.get(address, headers={"cookie": cookie}).status_code

        seen = at_once(4, come, range(target.of(170, 1000)))
    expect(200 not in seen, "a name was taken")
    _others_can_come(target)
    return f"{len(seen)} names refused, the next visitor can come"


def open_streams(target: Target) -> str:
    """As many open pages as one address may have, and more."""
    with ExitStack() as stack:
        streams = [stack.enter_context(_stream(target)) for _ in range(PAGES_OF_ADDRESS + 50)]
        _others_can_come(target)
        for stream in streams:
            stream.settimeout(30)
        heads = [stream.recv(64) for stream in streams[-50:]]
    expect(all(b" 429 " in head for head in heads), "an address has more pages than its share")
    return f"{PAGES_OF_ADDRESS} let in, 50 refused, the next visitor can come"


def _stream(target: Target) -> socket.socket:
    """The heartbeat of one more page."""
    line = socket.create_connection(
        ("127.0.0.1", target.app.port), timeout=30, source_address=(ATTACKER, 0)
    )
    name = secrets.token_hex(6)
    # As many programs: a single one may not open so many.
    line.sendall(
        f"GET {API}/heartbeat/{name} HTTP/1.1\r\nHost: 127.0.0.1:{target.app.port}\r\n"
        f"User-Agent: {name}\r\n\r\n".encode()
    )
    return line


def _others_can_come(target: Target) -> None:
    with Visitor(target.app.url, address=OTHER) as visitor:
        expect(len(visitor.ids) > 10, "others get no page")


def pushed_out(target: Target) -> str:
    """Another's open scan, pushed out by new states; 210 calls of a component did it."""
    number = target.of(230, 600)
    with Visitor(target.app.url, address=VICTIM) as victim:
        title = victim.choose("examples")
        with target.browser() as client:

            def call(place: int) -> int:
                body = {"data": [], "fn_name": "x", "component_id": 1, "fn_index": 0}
                session = secrets.token_hex(5)
                route = (f"{API}/component_server", RUN, JOIN)[place % 3]
                return client.post(route, json=body | {"session_hash": session}).status_code

            seen = at_once(4, call, range(number))
        expect(max(seen) < 500, f"statuses {sorted(set(seen))}")
        expect({*seen[::3]} <= {404, 429}, "a component can be called")
        try:
            victim.ask(QUESTION)
        except VisitError as error:
            raise FellError(f"{title} is gone: {error}") from None
    return f"{number} calls, the other's scan is still open"


ATTACKS = (
    Attack("invented cookies and names", invented_cookies),
    Attack("pages held open", open_streams),
    Attack("states that push out another's scan", pushed_out, brief=False, visits=True),
)
