import io
import json
import logging
import logging.config
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest
from uvicorn.config import LOGGING_CONFIG

from med3dvlm.hosting.operations.logs import set_up_logging


@pytest.fixture
def quiet() -> Iterator[None]:
    """Loggers as in a process that has no server yet; afterwards the handlers that pytest has."""
    server = logging.getLogger("uvicorn")
    server.handlers.clear()
    server.propagate = True
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    hooks, servers = (sys.excepthook, threading.excepthook, sys.unraisablehook), {**LOGGING_CONFIG}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    LOGGING_CONFIG.clear()
    LOGGING_CONFIG.update(servers)


def log_of(kind: str) -> str:
    stream = io.StringIO()
    set_up_logging(kind, stream)
    logger = logging.getLogger("med3dvlm.part")
    logger.info("%d scans are open", 3)
    try:
        raise ValueError("can't read /uploads/mary_shelley.nii")
    except ValueError:
        logger.exception("reading failed")
    logging.getLogger("a_library").info("GET /file=/mary_shelley.nii")
    return stream.getvalue()


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", ["text", "json"])
def test_errors_are_told_by_kind_and_place_and_never_quoted(kind: str) -> None:
    text = log_of(kind)
    assert "mary" not in text
    assert "ValueError at" in text
    assert "test_logs.py" in text
    assert len(text.splitlines()) == 2


@pytest.mark.usefixtures("quiet")
def test_json_lines_have_the_same_fields() -> None:
    first, second = (json.loads(line) for line in log_of("json").splitlines())
    assert first["message"] == "3 scans are open"
    assert (first["level"], first["part"]) == ("info", "med3dvlm.part")
    assert set(first) == {"time", "level", "part", "message"}
    assert set(second) == set(first) | {"error"}


PLANTED = 'Mary\n{"level": "info", "message": "forged"}\x1b[2J\u2028\u202eyram'


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", ["text", "json"])
def test_nobody_writes_a_line_or_moves_the_cursor(kind: str) -> None:
    """An unknown parameter's name stood in the terminal with its line breaks and escapes."""
    stream = io.StringIO()
    set_up_logging(kind, stream)
    logging.getLogger("med3dvlm.part").warning("folder %s", PLANTED)
    text = stream.getvalue()
    assert len(text.splitlines()) == 1
    assert not {"\x1b", "\u202e", "\u2028"} & set(text)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", ["text", "json"])
def test_of_a_librarys_words_only_the_place_is_logged(kind: str) -> None:
    stream = io.StringIO()
    set_up_logging(kind, stream)
    logging.config.dictConfig(LOGGING_CONFIG)  # as the web server does when it starts
    for name in ("uvicorn.error", "asyncio", "pydicom"):
        logging.getLogger(name).error("%s", PLANTED)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(PLANTED, UserWarning, stacklevel=1)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 4
    assert not any("Mary" in line or "forged" in line for line in lines)
    assert all("test_logs.py" in line for line in lines)
    assert "UserWarning" in lines[3]


@pytest.mark.usefixtures("quiet")
def test_errors_that_nobody_handles_are_logged_like_others() -> None:
    stream = io.StringIO()
    set_up_logging("text", stream)

    def fail() -> None:
        raise KeyError(PLANTED)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except KeyError as error:
        sys.excepthook(KeyError, error, error.__traceback__)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert all("KeyError at" in line and "Mary" not in line for line in lines)


@pytest.mark.usefixtures("quiet")
def test_an_interrupt_stays_an_interrupt(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    set_up_logging("text", stream)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert "KeyboardInterrupt" in capsys.readouterr().err
    assert not stream.getvalue()
