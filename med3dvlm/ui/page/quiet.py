"""Keeps Gradio's own tracebacks out of the terminal: their last line may quote what a visitor sent.

quieten()       # from then on, only the type and place of such an error are logged
"""

import logging
import sys
import traceback
from typing import Any

from gradio import queueing, route_utils, routes

# Gradio's functions that look at the values of an event before its handler has them.
BEFORE = {"validate_inputs", "preprocess_data"}

logger = logging.getLogger(__name__)


class _Quiet:
    """Replaces `traceback` in those modules."""

    def print_exc(self, *_: Any, **__: Any) -> None:
        """Log the error that is being handled; the log's lines never hold its text."""
        _, error, trace = sys.exc_info()
        if BEFORE & {frame.name for frame in traceback.extract_tb(trace)}:
            logger.info("an event was sent values that do not fit it", exc_info=error)
        else:
            logger.error("an event failed before or after its handler", exc_info=error)

    def format_exc(self, *_: Any, **__: Any) -> str:
        """Nothing that could be shown."""
        return ""


def quieten() -> None:
    """Replace what prints in the modules that handle events and requests."""
    for module in (queueing, routes, route_utils):
        module.traceback = _Quiet()  # type: ignore[attr-defined]
