"""One hostile visitor beside others: all that keeps a server busy, again and again.

    with hostile(url):
        ...                                         # others use the server

    python -m benchmarks.attack.hostile URL         # the process, until it is ended

It comes from an address of its own, as many browsers, has prepared what it sends, and leaves the
processors to the others: a real one would have a computer of its own.
"""

import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx

from benchmarks.attack.attempt import (
    API,
    ATTACKER,
    JOIN,
    NAME,
    UPLOAD,
    file_data,
    outcome_of,
    searched,
)
from benchmarks.attack.bodies import JSON, hard_bodies
from benchmarks.attack.endless_slice import slice_of_empty_items
from benchmarks.attack.files import scan_bytes
from benchmarks.visitor import transport_to

ROOT = Path(__file__).resolve().parents[2]
POLITE, PAUSE_SECONDS, PAGES = 19, 0.05, 100
QUESTION = "Is there a kidney stone?"


class Hostile:
    """What one visitor sends; each kind from a thread of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = self._stranger()
        self._port = int(url.rpartition(":")[2])
        self._bodies = list(hard_bodies(3_900_000).values())
        self._endless = slice_of_empty_items(2_000_000)
        self._zeros = scan_bytes((192, 192, 128))
        self._client.get("/").raise_for_status()

    def kinds(self) -> tuple[Callable[[], object], ...]:
        """All that it does at the same time."""
        return (self._send_bodies, self._read_endlessly, self._open_zeros, self._ask, self._flood,
                self._come_as_another, self._hold_pages)  # fmt: skip

    def _send_bodies(self) -> None:
        for body in self._bodies:
            self._client.post(JOIN, content=body, headers=JSON)

    def _read_endlessly(self) -> None:
        self._ask_about(f"{NAME}.dcm", self._endless)

    def _open_zeros(self) -> None:
        self._ask_about("zeros.nii.gz", self._zeros)

    def _ask(self) -> None:
        searched(self._client, QUESTION, 50)

    def _come_as_another(self) -> None:
        """Each new cookie is a visitor of its own."""
        with self._stranger() as client:
            client.get("/")
            client.post(UPLOAD, files={"files": (f"{NAME}.bin", b"x")})
            searched(client, NAME, 50)

    def _stranger(self) -> httpx.Client:
        transport = transport_to(self._url, ATTACKER)
        return httpx.Client(base_url=self._url, transport=transport, timeout=120)

    def _ask_about(self, name: str, content: bytes) -> None:
        answer = self._client.post(UPLOAD, files={"files": (name, content)})
        [path] = answer.raise_for_status().json()
        outcome_of(self._client, "ask_volume", [file_data(path), QUESTION, 0, 1, 16, 0])

    def _flood(self) -> None:
        for path in ("/config", f"{API}/info", "/"):
            self._client.get(path)

    def _hold_pages(self) -> None:
        """Open pages, and close them all at once."""
        with ExitStack() as stack:
            for _ in range(PAGES):
                line = stack.enter_context(
                    socket.create_connection(
                        ("127.0.0.1", self._port), timeout=30, source_address=(ATTACKER, 0)
                    )
                )
                name = secrets.token_hex(6)
                line.sendall(
                    f"GET {API}/heartbeat/{name} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
                    f"User-Agent: {name}\r\n\r\n".encode()
                )
            time.sleep(1)


def again_and_again(work: Callable[[], object]) -> None:
    """Whatever the answers are."""
    while True:
        with suppress(httpx.HTTPError, OSError, ValueError, KeyError):
            work()
        time.sleep(PAUSE_SECONDS)


@contextmanager
def hostile(url: str) -> Iterator[None]:
    """Somebody who attacks a server meanwhile."""
    command = [sys.executable, "-m", "benchmarks.attack.hostile", url]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield
    finally:
        early = process.poll()
        process.kill()
        process.wait()
    assert early is None, "it ended by itself"


def main() -> None:
    """Attack until it is ended."""
    os.nice(POLITE)
    attacker = Hostile(sys.argv[1])
    threads = [threading.Thread(target=again_and_again, args=(kind,)) for kind in attacker.kinds()]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main()
