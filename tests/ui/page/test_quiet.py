import logging
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from gradio import queueing, route_utils, routes

from med3dvlm.hosting.operations.logs import JsonLogFormatter, LogFormatter
from med3dvlm.ui.page.quiet import quieten

MODULES = (queueing, routes, route_utils)
WORDS = "input was: does Mrs Shelley have a tumour?"


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module in MODULES:
        monkeypatch.setattr(module, "traceback", module.traceback)
    quieten()
    return


def printed(module: ModuleType, failing: Callable[[], None]) -> None:
    """What Gradio does with an error."""
    try:
        failing()
    except (ValueError, KeyError, IndexError):
        module.traceback.print_exc()


def handler() -> None:
    raise ValueError(WORDS)


def call_function() -> None:
    raise IndexError(WORDS)


def preprocess_data() -> None:
    handler()


def special_args() -> None:
    """What was selected is told as a text, by a call that no page makes."""
    raise ValueError(WORDS)


def send_message() -> None:
    raise KeyError(WORDS)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("failing", "level"),
    [
        (handler, logging.ERROR),
        (preprocess_data, logging.INFO),
        (special_args, logging.INFO),
        (send_message, logging.INFO),
        (call_function, logging.INFO),
        (lambda: handler() or call_function(), logging.ERROR),
    ],
)
def test_gradios_tracebacks_are_logged_without_their_texts(
    caplog, capsys, module: ModuleType, failing: Callable[[], None], level: int
) -> None:
    """An error before a handler quotes the value that could not be used, perhaps a question."""
    caplog.set_level(logging.INFO)
    printed(module, failing)
    assert not module.traceback.format_exc()
    [record] = caplog.records
    assert record.levelno == level
    for formatter in (LogFormatter(), JsonLogFormatter()):
        assert "Shelley" not in formatter.format(record)
        assert "Error at" in formatter.format(record)
    assert capsys.readouterr() == ("", "")
