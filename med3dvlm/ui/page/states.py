"""Keeps the state of every open page; Gradio alone drops that of whoever is quiet for longest.

    keep_open_pages(page, sessions.is_open)         # after launch

Gradio makes a state for each name that it is given, also for calls without a page and for pages
that are closed, and drops the oldest above a capacity. Anybody could push another's open scan out
by sending names. To make one, it describes each part of the page again, which took a tenth of a
second in which nobody was answered; here there is one description, of which a visit has copies of
what it changes. It is read for links to what a page shows alone, which are closed here.
"""

from collections.abc import Callable
from copy import copy
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder


class PageStates(StateHolder):
    """States by session name; only those of no open page are dropped to make room."""

    def __init__(self, page: gr.Blocks, is_open: Callable[[str], bool]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._is_open = is_open
        self.set_blocks(page)
        self._first = SessionState(page)

    def __getitem__(self, session_id: str) -> SessionState:
        """The state of a session; made if there is none."""
        if session_id not in self.session_data:
            self.session_data[session_id] = copy_of(self._first)
        return super().__getitem__(session_id)

    def update(self, session_id: str) -> None:
        """Note that a state was used, and make room if there are too many."""
        with self.lock:
            if session_id in self.session_data:
                self.session_data.move_to_end(session_id)
            if len(self.session_data) <= self.capacity:
                return
            closed = (name for name in self.session_data if not self._is_open(name))
            oldest = next((name for name in closed if name != session_id), None)
            if oldest is not None:
                del self.session_data[oldest]
                self.time_last_used.pop(oldest, None)


def copy_of(first: SessionState) -> SessionState:
    """A state like one that nobody has used, with all that a visit changes of its own."""
    made = copy(first)
    made.blocks_config = copy(first.blocks_config)
    made.config_values = OwnDescriptions(first.config_values)
    made.state_data, made._state_ttl = {}, {}
    return made


class OwnDescriptions(dict[int, dict[str, Any]]):
    """The parts of a page that a visit has changed; of any other it takes a copy when asked."""

    def __init__(self, first: dict[int, dict[str, Any]]) -> None:
        super().__init__()
        self._first = first

    def __contains__(self, part: object) -> bool:
        return super().__contains__(part) or part in self._first

    def __missing__(self, part: int) -> dict[str, Any]:
        """A copy of how a part is described; a visit changes the value among its properties."""
        first = self._first[part]
        own = first | {"props": dict(first["props"])} if "props" in first else dict(first)
        self[part] = own
        return own


def keep_open_pages(page: gr.Blocks, is_open: Callable[[str], bool]) -> None:
    """Let a launched page drop only states that no open page has; it has no visitors yet."""
    page.app.state_holder = PageStates(page, is_open)
