"""What the viewer was last told of an open scan, so that no message takes back another.

    state = looks.say(first, overlay=overlay)      # what was said before, and the overlay

A message replaces the one before, and of two that come together the browser shows the last alone.
So each begins with all that was said of the scan.
"""

import threading
from dataclasses import replace
from typing import Any

from med3dvlm.ui.components.viewer.state import ViewerState, new_token


class Looks:
    """The last message on one open scan; the events of a page change it at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: ViewerState | None = None
        self._opened = new_token()

    def say(self, first: ViewerState, **changed: Any) -> ViewerState:
        """What was said last, or else `first`, with what is `changed` in it."""
        with self._lock:
            self._last = replace(self._last or first, opened=self._opened, **changed)
            return self._last
