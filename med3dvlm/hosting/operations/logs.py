"""The log: plain lines or JSON, of which no visitor can write a word.

    set_up_logging("json", sys.stdout)

An exception's message may quote a file name, a question or a header, so only the error's type and
its stack of code lines are logged. Of what a library says, only the place is: its text may quote
the same. Everything passes through one formatter: libraries, warnings, errors of threads.
"""

import json
import logging
import re
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import PurePath
from types import TracebackType
from typing import Any, TextIO

from uvicorn.config import LOGGING_CONFIG

from med3dvlm.hosting.operations.repeated import UNSAID, FewOfAKind

OURS, WARNINGS = "med3dvlm", "py.warnings"
# Of a warning, where it comes from and its kind, which stand before its text.
WARNED = re.compile(r"\S+:\d+: \w+(?=: )")
# What ends a line, moves a terminal's cursor or turns the direction of writing.
UNSEEN = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]"
)

logger = logging.getLogger(__name__)


def way_of(error: BaseException) -> str:
    """The type of an error and its stack of code lines, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    way = " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {way}" if way else type(error).__name__


def words_of(record: logging.LogRecord) -> str:
    """The message of a record of ours, or the place of a library's; always a single line."""
    if record.name.partition(".")[0] == OURS:
        said = record.getMessage()
    else:
        known = WARNED.match(record.getMessage()) if record.name == WARNINGS else None
        place = known[0] if known else f"{PurePath(record.pathname).name}:{record.lineno}"
        said = f"{record.name} said something at {place}"
    unsaid = getattr(record, UNSAID, 0)
    said += f" ({unsaid:,} more before it were left out)" if unsaid else ""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), said)


class LogFormatter(logging.Formatter):
    """Plain lines for the terminal: the message, and where an error came from."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        error = record.exc_info[1] if record.exc_info else None
        return words_of(record) + (f" ({way_of(error)})" if error else "")


class JsonLogFormatter(logging.Formatter):
    """One JSON object per line: time, level, part, message and any error."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": record.name,
            "message": words_of(record),
        }
        error = record.exc_info[1] if record.exc_info else None
        return json.dumps(fields | ({"error": way_of(error)} if error else {}))


def set_up_logging(kind: str, stream: TextIO) -> None:
    """Log our parts from INFO and libraries from WARNING to one stream; `kind`: text, json."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLogFormatter() if kind == "json" else LogFormatter())
    handler.addFilter(FewOfAKind())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    # The web server would set up handlers of its own when it starts.
    LOGGING_CONFIG.clear()
    LOGGING_CONFIG.update(version=1, disable_existing_loggers=False)
    _log_what_nobody_handled()


def _log_what_nobody_handled() -> None:
    """Python writes such errors to the terminal, with their texts."""

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            logger.error("an error that nobody handled", exc_info=error)

    def passed_on(failed: Any) -> None:
        logger.error("an error that nobody handled", exc_info=failed.exc_value)

    sys.excepthook = ended
    threading.excepthook = passed_on
    sys.unraisablehook = passed_on
