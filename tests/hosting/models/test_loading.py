"""A value made behind the page, on events instead of waiting for time."""

import logging
import threading
from collections.abc import Callable, Iterator
from queue import Queue

import pytest

from med3dvlm.errors import CheckpointError, Med3DVLMError
from med3dvlm.hosting.models import loading as loading_module
from med3dvlm.hosting.models.loading import Loading, Progress, Tell

LONG = 30.0


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Held closed by a test, and opened at its end so that no thread stays behind."""
    event = threading.Event()
    yield event
    event.set()


class Ear(logging.Handler):
    """Hears what a loading value says in the terminal, which it does in its own thread and time."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: Queue[logging.LogRecord] = Queue()
        self.emit = self.heard.put

    def record(self) -> logging.LogRecord:
        return self.heard.get(timeout=LONG)


@pytest.fixture
def ear(caplog: pytest.LogCaptureFixture) -> Iterator[Ear]:
    handler = Ear()
    loading_module.logger.addHandler(handler)
    with caplog.at_level(logging.INFO):
        yield handler
    loading_module.logger.removeHandler(handler)


def failing(error: Exception) -> Callable[[Tell], str]:
    def make(_tell: Tell) -> str:
        raise error

    return make


def test_a_value_is_made_once_in_a_thread_of_its_own() -> None:
    made: list[str] = []

    def make(_tell: Tell) -> str:
        made.append(threading.current_thread().name)
        return "engine"

    model = Loading("The model", make)
    model.start()
    model.start()
    assert (model.value(), model.value()) == ("engine", "engine")
    assert len(made) == 1
    assert made[0].startswith("The model")
    assert model.ready


def test_nothing_happens_before_it_is_asked_for() -> None:
    model = Loading("The model", lambda _tell: "engine")
    assert not model.ready
    assert model.progress == Progress("The model is still loading.")
    assert model.value() == "engine", "asking starts it"


def test_who_waits_is_told_what_is_being_done(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading_module, "LOOK_SECONDS", 0.01)
    told = threading.Event()

    def make(tell: Tell) -> str:
        tell(Progress("Reading weights.", 0.5))
        told.set()
        assert gate.wait(LONG)
        return "engine"

    model = Loading("The model", make)
    model.start()
    assert told.wait(LONG)
    seen = []
    for progress in model.waiting():
        seen.append(progress)
        gate.set()
    assert seen[0] == Progress("Reading weights.", 0.5)
    assert list(model.waiting()) == [], "there is nothing to wait for any more"
    assert model.value() == "engine"


def test_waiting_has_an_end(gate: threading.Event) -> None:
    model = Loading("The model", lambda _tell: gate.wait(LONG))
    assert not model.wait(0.01)
    gate.set()
    assert model.wait(LONG)


def test_many_threads_get_the_one_value(gate: threading.Event) -> None:
    model = Loading("The model", lambda _tell: gate.wait(LONG) and object())
    values: list[object] = []
    threads = [threading.Thread(target=lambda: values.append(model.value())) for _ in range(8)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(LONG)
    assert len(values) == 8
    assert len(set(map(id, values))) == 1


def test_an_error_for_the_user_keeps_its_type_and_reason(ear: Ear) -> None:
    model = Loading("The model", failing(CheckpointError("no config.json")))
    for _ in range(2):
        with pytest.raises(CheckpointError, match=r"^The model can't be used: no config.json$"):
            model.value()
    assert model.ready
    assert ear.record().exc_info is None, "its text says all"


def test_a_fault_of_ours_is_for_the_terminal_and_not_for_the_page(ear: Ear) -> None:
    model = Loading("The model", failing(ZeroDivisionError("patient 17")))
    with pytest.raises(Med3DVLMError, match="the terminal of the app says why") as error:
        model.value()
    assert "patient 17" not in str(error.value)
    assert ear.record().exc_info is not None


def test_the_end_of_the_app_does_not_wait_for_what_is_being_made(ear: Ear) -> None:
    """A stop while the library was built took as long as the building, which may be minutes."""
    began = threading.Event()

    def make(tell: Tell) -> None:
        while True:
            tell(Progress("Building the library."))
            began.set()

    library = Loading("The library", make)
    library.start()
    assert began.wait(LONG)
    library.give_up()
    assert library.wait(LONG)
    assert library.failed
    assert ear.heard.empty(), "that is no error"


def test_the_terminal_says_when_it_is_ready(ear: Ear) -> None:
    Loading("The model", lambda _tell: 1).start()
    assert ear.record().getMessage().startswith("The model is ready after ")
