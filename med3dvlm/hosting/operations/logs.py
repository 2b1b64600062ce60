"""The log: plain lines or JSON; it never holds an exception's message.

    set_up_logging("json", sys.stdout)

An exception's message may quote a file name, a question or a header, so only the error's type and
its stack of code lines are logged.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import TextIO

OURS = "med3dvlm"


def way_of(error: BaseException) -> str:
    """The type of an error and its stack of code lines, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    way = " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {way}" if way else type(error).__name__


class LogFormatter(logging.Formatter):
    """Plain lines for the terminal: the message, and where an error came from."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        error = record.exc_info[1] if record.exc_info else None
        return record.getMessage() + (f" ({way_of(error)})" if error else "")


class JsonLogFormatter(logging.Formatter):
    """One JSON object per line: time, level, part, message and any error."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": record.name,
            "message": record.getMessage(),
        }
        error = record.exc_info[1] if record.exc_info else None
        return json.dumps(fields | ({"error": way_of(error)} if error else {}))


def set_up_logging(kind: str, stream: TextIO) -> None:
    """Log our parts from INFO and libraries from WARNING to one stream; `kind`: text, json."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLogFormatter() if kind == "json" else LogFormatter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
