"""How long a server serves."""

import signal
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from med3dvlm.hosting.server import Server


@pytest.fixture
def server() -> Iterator[Any]:
    """What `wait_for_the_end` touches; the handlers of signals are as before afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield SimpleNamespace(
        guard=SimpleNamespace(stopping=threading.Event()),
        queue=SimpleNamespace(close=lambda *_, **__: True),
        readers=SimpleNamespace(close=lambda: None),
        grace_seconds=0.0,
    )
    for number, handler in before.items():
        signal.signal(number, handler)


def test_it_ends_when_what_is_needed_could_not_be_loaded(server: Any) -> None:
    """With a wrong model the page stayed open, with nothing behind it."""
    needed: Any = SimpleNamespace(failed=False)
    threading.Timer(0.2, lambda: setattr(needed, "failed", True)).start()
    Server.wait_for_the_end(server, needed)
    assert server.guard.stopping.is_set()


def test_it_ends_at_a_signal(server: Any) -> None:
    threading.Timer(0.2, lambda: signal.raise_signal(signal.SIGTERM)).start()
    Server.wait_for_the_end(server)
    assert server.guard.stopping.is_set()
