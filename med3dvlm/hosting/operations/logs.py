"""The log: lines for people or, as JSON, for machines; never a traceback's text.

    set_up_logging("json", sys.stdout)

An exception's message may quote a file's name, a question or a header, so only its kind and the
lines of code it passed are written.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import TextIO

OURS = "med3dvlm"


def way_of(error: BaseException) -> str:
    """The kind of an error and the lines of code it passed, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    way = " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {way}" if way else type(error).__name__


class LogFormatter(logging.Formatter):
    """What a person reads in the terminal: the message, and the way of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        error = record.exc_info[1] if record.exc_info else None
        return record.getMessage() + (f" ({way_of(error)})" if error else "")


class JsonLogFormatter(logging.Formatter):
    """One JSON object a line: time, level, part, message and, where there is one, the error."""

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
    """Our parts from INFO on, libraries from WARNING on, all to one stream; `kind`: text, json."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLogFormatter() if kind == "json" else LogFormatter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
