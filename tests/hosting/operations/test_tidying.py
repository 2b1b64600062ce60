"""The memory of finished visits is given back, and nobody waits for it."""

import gc
import weakref
from types import SimpleNamespace

import pytest

from med3dvlm.hosting.operations import tidying
from med3dvlm.hosting.operations.tidying import PATIENCE_SECONDS, Tidying
from tests.hosting.conftest import Clock


class Server:
    """Whether it was busy, and when it cleared up."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.busy, self.crowded = clock, False, False
        self.collected, self.given_back = list[float](), list[float]()
        self.tidying = Tidying(
            lambda: self.collected.append(clock.now),
            lambda: self.given_back.append(clock.now),
            busy=lambda: self.busy,
            crowded=lambda: self.crowded,
            clock=clock,
        )

    def sweep(self, forgotten: int = 0, *, after: float = 5.0) -> None:
        self.clock.now += after
        self.tidying(forgotten)


@pytest.fixture
def server(clock: Clock) -> Server:
    return Server(clock)


def test_a_server_with_nothing_to_do_clears_up_at_once_and_once(server: Server) -> None:
    server.sweep()
    assert not server.collected
    server.sweep(3)
    server.sweep()
    assert server.collected == server.given_back == [server.clock.now - 5]


def test_a_busy_one_looks_for_garbage_when_there_is_less_to_do(server: Server) -> None:
    """One answer took 213 ms while scans were read, and one 157 while files were sent."""
    server.busy = True
    server.sweep(2)
    server.sweep(1, after=PATIENCE_SECONDS - 1)
    assert not server.given_back
    server.sweep(after=1)
    server.sweep(after=PATIENCE_SECONDS)
    assert len(server.given_back) == 2, "what is free goes back"
    assert not server.collected
    server.busy = False
    server.sweep()
    assert server.collected == [server.clock.now]
    server.sweep()
    assert len(server.collected) == 1


def test_on_a_crowded_machine_it_waits_but_not_for_ever(server: Server) -> None:
    server.crowded = True
    server.sweep(2)
    server.sweep(after=PATIENCE_SECONDS - 1)
    assert not server.collected
    server.sweep(after=1)
    assert server.collected == [server.clock.now]


@pytest.mark.parametrize("much", [True, False])
def test_what_counts_as_work(monkeypatch: pytest.MonkeyPatch, *, much: bool) -> None:
    share = 90.0 if much else 5.0
    monkeypatch.setattr(tidying.psutil, "cpu_percent", lambda: share)
    monkeypatch.setattr(tidying, "_this_server", SimpleNamespace(cpu_percent=lambda: share))
    assert (tidying.server_is_busy(), tidying.machine_is_crowded()) == (much, much)


def test_what_a_visit_leaves_in_a_circle_is_freed() -> None:
    class Page:
        itself: object

    page = Page()
    page.itself = page
    left = weakref.ref(page)
    del page
    gc.disable()
    try:
        Tidying(busy=lambda: False, crowded=lambda: False)(1)
    finally:
        gc.enable()
    assert left() is None
