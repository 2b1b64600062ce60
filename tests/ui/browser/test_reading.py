"""While one visitor's scan is being read, others are served, and everybody is told what goes on."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.visitor import Visitor, wait_until_ready
from med3dvlm.config import DEFAULT_MODEL
from tests.engine_maker import make_checkpoints
from tests.ui.browser.conftest import App, start

pytestmark = pytest.mark.slow
SCRIPT = "tests/ui/browser/held_reading.py"
PATIENCE = 60.0


@dataclass(frozen=True)
class Held:
    """An app whose model can be held while it reads scans."""

    app: App
    folder: Path

    def begun(self) -> int:
        path = self.folder / "begun"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def hold(self) -> None:
        (self.folder / "hold").touch()

    def let_go(self) -> None:
        (self.folder / "hold").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    """Two of an address are served at a time, and each visitor may have one request."""
    folder = tmp_path_factory.mktemp("held")
    model = f"{make_checkpoints(folder / 'model')}/vlm+{DEFAULT_MODEL}/dual_encoder"
    settings = {"MODEL": model, "AT_ONCE": "3", "PER_VISITOR": "1"}
    named = {f"MED3DVLM_{name}": value for name, value in settings.items()}
    for app in start(folder, script=SCRIPT, READING=str(folder), **named):
        wait_until_ready(app.url.rstrip("/"), 240)
        yield Held(app, folder)


@pytest.fixture
def held(served: Held) -> Iterator[Held]:
    yield served
    served.let_go()


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.05)


def begin(work: Callable[[], object]) -> Future[object]:
    """Do it in a thread; it can end when the model is let go."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return future


def opens(held: Held, visitor: Visitor, example: int) -> Future[object]:
    """An example that nobody had read before, and the model does not get on with."""
    before = held.begun()
    opening = begin(lambda: visitor.choose("examples", example))
    until(lambda: held.begun() == before + 1)
    return opening


def test_a_question_does_not_wait_for_another_visitors_scan(held: Held) -> None:
    """One scan was read at a time, and every question waited for that slot, unseen."""
    with Visitor(held.app.url) as anna, Visitor(held.app.url) as ben:
        anna.choose("examples", 0)
        held.hold()
        opening = opens(held, ben, 1)
        assert begin(lambda: anna.ask("What can be seen?")).result(PATIENCE)
        assert not opening.done(), "his scan is still being read"
        held.let_go()
        opening.result(PATIENCE)


def test_who_waits_to_have_a_scan_read_is_told_the_place(held: Held) -> None:
    with (
        Visitor(held.app.url) as anna,
        Visitor(held.app.url) as ben,
        Visitor(held.app.url) as carla,
    ):
        held.hold()
        openings = [opens(held, ben, 2), opens(held, carla, 3)]
        openings.append(begin(lambda: anna.choose("examples", 4)))
        until(lambda: bool(anna.waits))
        assert anna.waits[0].startswith("you are next")
        held.let_go()
        for opening in openings:
            opening.result(PATIENCE)
        assert "waiting" not in anna.shown("doing").lower()
