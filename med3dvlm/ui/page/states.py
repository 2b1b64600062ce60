"""Keeps the state of every open page; Gradio alone drops that of whoever is quiet for longest.

    keep_open_pages(page, sessions.is_open)         # after launch

Gradio makes a state for each name that it is given, also for calls without a page, and drops the
oldest above a capacity. Anybody could push another's open scan out by sending names.
"""

from collections.abc import Callable

import gradio as gr
from gradio.state_holder import StateHolder


class PageStates(StateHolder):
    """States by session name; only those of no open page are dropped to make room."""

    def __init__(self, is_open: Callable[[str], bool]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._is_open = is_open

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


def keep_open_pages(page: gr.Blocks, is_open: Callable[[str], bool]) -> None:
    """Let a launched page drop only states that no open page has; it has no visitors yet."""
    states = PageStates(is_open)
    states.set_blocks(page)
    page.app.state_holder = states
