"""One machine that comes as many: a new cookie, program or connection for each request."""

import gzip
import socket
import time
from contextlib import ExitStack

import httpx

from benchmarks.attack.attempt import (
    API,
    ATTACKER,
    CALL,
    JOIN,
    OTHER,
    UPLOAD,
    Attack,
    Target,
    at_once,
    expect,
    others_may_upload,
    refused,
    searched,
    upload,
)
from benchmarks.visitor import Visitor

QUESTION = "Is there a kidney stone?"
FORM = {"content-type": "multipart/form-data; boundary=attack"}
HOARDER = "127.0.0.5"  # its own address, because it may not upload for a while afterwards
HEAD_SECONDS = 15.0  # between two looks of the server at its connections


def pages_without_a_cookie(target: Target) -> str:
    """The page for one new browser after the other, none of which has made a request before."""

    def come(place: int) -> int:
        with target.stranger(headers={"user-agent": f"{place}"}) as client:
            return client.get(("/", "/config", "/?x", f"{API}/info?x")[place % 4]).status_code

    begun = time.monotonic()
    seen = at_once(8, come, range(target.of(60, 600)))
    took = time.monotonic() - begun
    expect(all(status in {200, 429} for status in seen), f"statuses {sorted(set(seen))}")
    return f"{seen.count(200)} made in {took:.1f} s, {seen.count(429)} refused"


def unused_connections(target: Target) -> str:
    """Connections on which nothing comes, or heads that never end."""
    number = target.of(600, 2000)
    with ExitStack() as stack:
        lines = []
        for place in range(number):
            line = stack.enter_context(
                socket.create_connection(
                    ("127.0.0.1", target.app.port), timeout=30, source_address=(ATTACKER, 0)
                )
            )
            if place % 2:
                line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
            lines.append(line)
        with Visitor(target.app.url, address=OTHER) as visitor:
            expect(len(visitor.ids) > 10, "others get no page")
        if target.short:
            return f"{number} connections, others come in"
        time.sleep(2.5 * HEAD_SECONDS)
        alive = sum(not _is_closed(line) for line in lines)
    expect(alive == 0, f"{alive} of {number} are still open")
    return f"{number} connections, others came in, all were ended within {2.5 * HEAD_SECONDS:.0f} s"


def _is_closed(line: socket.socket) -> bool:
    line.settimeout(0.05)
    try:
        return line.recv(100) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def bodies_that_do_not_end(target: Target) -> str:
    """Bodies in pieces that stay open: as much of each is kept as has come."""
    most = target.of(8, 60)
    with ExitStack() as stack:
        for place in range(most):
            line = stack.enter_context(
                socket.create_connection(
                    ("127.0.0.1", target.app.port), timeout=30, source_address=(ATTACKER, 0)
                )
            )
            line.sendall(
                f"POST {JOIN} HTTP/1.1\r\nHost: 127.0.0.1:{target.app.port}\r\n"
                f"User-Agent: {place}\r\nContent-Type: application/json\r\n"
                "Transfer-Encoding: chunked\r\n\r\n".encode()
                + b"200000\r\n[" + b" " * 0x1FFFFF + b"\r\n"
            )  # fmt: skip
        time.sleep(1)
        with Visitor(target.app.url, address=OTHER) as visitor:
            expect(len(visitor.ids) > 10, "others get no page")
    return f"{most} bodies of 2 MB held open, others come in"


def packed_bodies(target: Target) -> str:
    """Bodies that say that they are packed: a megabyte may be a gigabyte inside."""
    bomb = gzip.compress(b" " * 64 * 2**20)
    with target.browser() as client:
        for packing in ("gzip", "deflate", "br", "x"):
            for route in (JOIN, f"{CALL}/ask_volume", UPLOAD):
                head = {"content-encoding": packing, "content-type": "application/json"}
                answer = client.post(route, content=bomb, headers=head)
                expect(refused(answer), f"{route}: {answer.status_code}")
    return "12 refused, none is unpacked"


def tiny_files(target: Target) -> str:
    """So many files of one byte that looking at them takes long."""
    tiny = b'--attack\r\nContent-Disposition: form-data; name="files"; filename="%d"\r\n\r\nx\r\n'
    form = b"".join(tiny % number for number in range(900)) + b"--attack--\r\n"
    with target.browser() as client:
        seen = []
        for _ in range(target.of(3, 40)):
            begun = time.monotonic()
            status = client.post(UPLOAD, content=form, headers=FORM).status_code
            seen.append((status, time.monotonic() - begun))
            if status == 429:
                break
    taken = sum(status == 200 for status, _ in seen)
    if not target.short:
        expect(seen[-1][0] == 429, f"{900 * taken} files were taken")
    others_may_upload(target)
    return f"{900 * taken} files taken, the last {seen[-1][1]:.1f} s; others may upload"


def new_cookies_for_the_disk(target: Target) -> str:
    """A share of the disk for each new cookie, until there is no room for anybody."""
    content = bytes(100 * 2**20)
    allowed, seen = 40, []
    while len(seen) < allowed and 429 not in seen:
        with target.browser(HOARDER) as client:
            seen += [upload(client, f"{n}.bin", content).status_code for n in range(4)]
    expect(429 in seen, f"{len(seen)} uploads of 100 MB were taken")
    others_may_upload(target)
    return f"{seen.count(200)} of 100 MB taken from one address, then refused; others may upload"


def new_cookies_for_the_queue(target: Target) -> str:
    """A request of each of many new browsers, so that the queue has no place for others."""

    def ask(_: int) -> str:
        with target.browser() as client:
            return searched(client, QUESTION, 5)[1]

    told: list[str] = []

    def other(_: int) -> None:
        time.sleep(0.5)
        with target.browser(OTHER) as client:
            told.append(searched(client, QUESTION, 5)[1])

    number = target.of(20, 90)
    at_once(number + 1, lambda place: ask(place) if place else other(place), range(number + 1))
    expect("event: complete" in told[0], f"another is told {told[0][:200]}")
    return f"{number} at once, another's search was answered"


def answers_that_nobody_reads(target: Target) -> str:
    """Large answers that are asked for and not read."""
    number = target.of(40, 200)
    with ExitStack() as stack:
        for _ in range(number):
            line = stack.enter_context(socket.socket())
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.bind((ATTACKER, 0))
            line.connect(("127.0.0.1", target.app.port))
            line.sendall(
                f"GET /config HTTP/1.1\r\nHost: 127.0.0.1:{target.app.port}\r\n\r\n".encode()
            )
        time.sleep(1)
        with target.stranger(OTHER) as client:
            try:
                status = client.get("/config", timeout=20).status_code
            except httpx.TimeoutException:
                status = 0
    expect(status == 200, f"others get {status}")
    return f"{number} answers left lying, another gets the page"


ATTACKS = (
    Attack("pages without a cookie", pages_without_a_cookie),
    Attack("connections that are not used", unused_connections),
    Attack("bodies that do not end", bodies_that_do_not_end),
    Attack("packed bodies", packed_bodies, brief=False),
    Attack("thousands of tiny files", tiny_files, brief=False),
    Attack("new cookies for the disk", new_cookies_for_the_disk, brief=False),
    Attack("new cookies for the queue", new_cookies_for_the_queue, visits=True),
    Attack("answers that nobody reads", answers_that_nobody_reads),
)
