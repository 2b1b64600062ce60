"""Keeps Gradio's own tracebacks out of the terminal: their last line may quote what a visitor sent.

quieten()       # from then on, only the type and place of such an error are logged
"""

import logging
import sys
from typing import Any

from gradio import queueing, route_utils, routes

logger = logging.getLogger(__name__)


class _Quiet:
    """Replaces `traceback` in those modules."""

    def print_exc(self, *_: Any, **__: Any) -> None:
        """Log the error that is being handled; the log's lines never hold its text."""
        logger.error("an event failed before or after its handler", exc_info=sys.exc_info())

    def format_exc(self, *_: Any, **__: Any) -> str:
        """Nothing that could be shown."""
        return ""


def quieten() -> None:
    """Replace what prints in the modules that handle events and requests."""
    for module in (queueing, routes, route_utils):
        module.traceback = _Quiet()  # type: ignore[attr-defined]
