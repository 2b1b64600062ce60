"""The memory of finished visits is given back, and while the processors are busy nobody waits."""

import gc
import weakref

import pytest

from med3dvlm.hosting.operations import tidying
from med3dvlm.hosting.operations.tidying import LATEST_SECONDS, Tidying
from tests.hosting.conftest import Clock


class Server:
    """Whether it was busy, and when it cleared up."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.busy, self.tidied = clock, False, list[float]()
        self.tidying = Tidying(
            lambda: self.tidied.append(clock.now), busy=lambda: self.busy, clock=clock
        )

    def sweep(self, forgotten: int = 0, *, after: float = 5.0) -> None:
        self.clock.now += after
        self.tidying(forgotten)


@pytest.fixture
def server(clock: Clock) -> Server:
    return Server(clock)


def test_a_server_with_nothing_to_do_clears_up_at_once_and_once(server: Server) -> None:
    server.sweep()
    assert not server.tidied
    server.sweep(3)
    server.sweep()
    assert server.tidied == [server.clock.now - 5]


def test_a_busy_one_waits_until_a_processor_is_free(server: Server) -> None:
    """One answer took 213 ms while scans were read on all processors."""
    server.busy = True
    server.sweep(2)
    server.sweep(1)
    assert not server.tidied
    server.busy = False
    server.sweep()
    assert server.tidied == [server.clock.now]


def test_but_not_for_ever(server: Server) -> None:
    server.busy = True
    server.sweep(1)
    server.sweep(after=LATEST_SECONDS - 1)
    assert not server.tidied
    server.sweep(1, after=1)
    assert server.tidied == [server.clock.now]
    server.sweep(after=LATEST_SECONDS)
    assert len(server.tidied) == 1


@pytest.mark.parametrize(("percent", "busy"), [(100.0, True), (60.0, False)])
def test_busy_is_what_all_processors_do(
    monkeypatch: pytest.MonkeyPatch, *, percent: float, busy: bool
) -> None:
    monkeypatch.setattr(tidying.psutil, "cpu_percent", lambda: percent)
    assert tidying.processors_are_busy() is busy


def test_what_a_visit_leaves_in_a_circle_is_freed() -> None:
    class Page:
        itself: object

    page = Page()
    page.itself = page
    left = weakref.ref(page)
    del page
    gc.disable()
    try:
        Tidying(busy=lambda: False)(1)
    finally:
        gc.enable()
    assert left() is None
