"""What the viewer was last told of an open scan, so that no message takes back another.

    state = looks.say(first, overlay=overlay)      # what was said before, and the overlay
    looks.keep("Maps", overlay)                    # to be shown again: looks.kept("Maps")

A message replaces the one before, and of two that come together the browser shows the last alone.
So each begins with all that was said of the scan.
"""

import threading
from dataclasses import replace
from typing import Any

from med3dvlm.ui.components.viewer.state import Overlay, ViewerState, new_token


class Looks:
    """The last message on one open scan; the events of a page change it at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: ViewerState | None = None
        self._opened = new_token()
        self._kept: dict[str, Overlay] = {}

    @property
    def overlay(self) -> Overlay | None:
        """What lies over the scan."""
        return self._last.overlay if self._last else None

    def keep(self, part: str, overlay: Overlay) -> None:
        """What a part of the page laid over the scan last, to be shown again."""
        self._kept[part] = overlay

    def kept(self, part: str) -> Overlay | None:
        """What a part laid over the scan last; None if nothing."""
        return self._kept.get(part)

    def forget(self, part: str) -> Overlay | None:
        """The same, which is not shown again."""
        return self._kept.pop(part, None)

    def say(self, first: ViewerState, **changed: Any) -> ViewerState:
        """What was said last, or else `first`, with what is `changed` in it."""
        with self._lock:
            self._last = replace(self._last or first, opened=self._opened, **changed)
            return self._last
