"""Asks `/healthz` all the time, in a process of its own, and tells how long each answer took.

    with watching(app.url) as watch:
        begun = time.monotonic()
        ...
        watch.since(begun)              # worst and 95th percentile

    python -m benchmarks.attack.watch URL       # the process: prints when and how long, in seconds

The attacks keep their own interpreter busy, which would count as the server's slowness.
"""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
EVERY_SECONDS = 0.02
GIVEN_UP_SECONDS = 60.0
OWN_ADDRESS = ("127.0.0.9", 0)  # so that no attacker's address is slowed together with it


@dataclass(frozen=True, slots=True)
class Waits:
    """How long `/healthz` took, in seconds.

    Attributes:
        worst: the longest.
        usual: the 95th percentile.
    """

    worst: float
    usual: float


class Watch:
    """The answers so far."""

    def __init__(self, lines: IO[str]) -> None:
        self._lines = lines
        self._seen: list[tuple[float, float]] = []
        self._begun = ""

    def since(self, begun: float) -> Waits:
        """The answers to what was asked after a time or was open then, up to now."""
        ended, patience = time.monotonic(), time.monotonic() + GIVEN_UP_SECONDS
        self._read()
        while not (self._seen and self._seen[-1][0] > ended) and time.monotonic() < patience:
            time.sleep(EVERY_SECONDS)
            self._read()
        taken = sorted(
            took for asked, took in self._seen if asked + took >= begun and asked <= ended
        )
        if not taken:
            return Waits(GIVEN_UP_SECONDS, GIVEN_UP_SECONDS)
        return Waits(taken[-1], taken[int(0.95 * (len(taken) - 1))])

    def _read(self) -> None:
        *whole, self._begun = (self._begun + self._lines.read()).split("\n")
        for line in whole:
            asked, took = map(float, line.split())
            self._seen.append((asked, took))


@contextmanager
def watching(url: str) -> Iterator[Watch]:
    """Watch a server."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "waits"
        with path.open("w", encoding="ascii") as told, path.open(encoding="ascii") as lines:
            command = [sys.executable, "-m", "benchmarks.attack.watch", url]
            process = subprocess.Popen(command, stdout=told, cwd=ROOT)
            try:
                yield Watch(lines)
            finally:
                process.kill()
                process.wait()


def ask(connection: http.client.HTTPConnection) -> None:
    """Ask once; a refusal or a cut counts as an answer."""
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        connection.close()


def main() -> None:
    """Ask until it is ended."""
    where = urlsplit(sys.argv[1]).netloc
    connection = http.client.HTTPConnection(
        where, timeout=GIVEN_UP_SECONDS, source_address=OWN_ADDRESS
    )
    with suppress(BrokenPipeError):
        while True:
            asked = time.monotonic()
            ask(connection)
            print(asked, time.monotonic() - asked, flush=True)
            time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main()
