import io
import json
import logging
from collections.abc import Iterator

import pytest

from med3dvlm.hosting.operations.logs import set_up_logging


@pytest.fixture
def quiet() -> Iterator[None]:
    """Puts the handlers back that pytest has."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


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
