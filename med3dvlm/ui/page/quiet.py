"""Keeps Gradio's own tracebacks out of the terminal: their last line may quote what a visitor sent.

quieten()       # from then on, only the type and place of such an error are logged
"""

import logging
import sys
import traceback
from types import TracebackType
from typing import Any

from gradio import queueing, route_utils, routes

# Gradio's functions that look at an event before its handler has it, and that tell its page of it.
BEFORE = {"validate_inputs", "preprocess_data", "special_args", "send_message"}
CALLS = "call_function"  # Gradio's; if it fails itself, there is no handler

logger = logging.getLogger(__name__)


class _Quiet:
    """Replaces `traceback` in those modules."""

    def print_exc(self, *_: Any, **__: Any) -> None:
        """Log the error that is being handled; the log's lines never hold its text."""
        error = sys.exception()
        if error is None or _is_of_the_sender(error.__traceback__):
            logger.info("an event does not fit the page, or its page is gone", exc_info=error)
        else:
            logger.error("an event failed before or after its handler", exc_info=error)

    def format_exc(self, *_: Any, **__: Any) -> str:
        """Nothing that could be shown."""
        return ""


def _is_of_the_sender(trace: TracebackType | None) -> bool:
    """Whether an event failed by what was sent, or because its page was left meanwhile."""
    names = [frame.name for frame in traceback.extract_tb(trace)]
    return bool(BEFORE.intersection(names)) or names[-1:] == [CALLS]


def quieten() -> None:
    """Replace what prints in the modules that handle events and requests."""
    for module in (queueing, routes, route_utils):
        module.traceback = _Quiet()  # type: ignore[attr-defined]
