"""Keeps the state of every open page; Gradio alone drops that of whoever is quiet for longest.

    keep_open_pages(page, sessions.is_open)         # after launch

Gradio makes a state for each name that it is given, also for calls without a page and for pages
that are closed, and drops the oldest above a capacity. Anybody could push another's open scan out
by sending names. To make one, it describes each part of the page again, and after each event the
parts that this has changed: up to half a second in which nobody was answered. The descriptions are
read for links to what a page shows alone, which are closed here, so a visit has none; nor has a
call that names no session, for which Gradio makes a state that ends with it.
"""

from collections.abc import Callable
from copy import copy
from typing import Any

import gradio as gr
from gradio import mcp, route_utils
from gradio.blocks import BlocksConfig
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

    def of_nobody(self) -> SessionState:
        """A state that is not kept, for a call without a session."""
        return copy_of(self._first)

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
    made.blocks_config = Undescribed(first.blocks_config)
    made.config_values, made.state_data, made._state_ttl = {}, {}, {}
    return made


class Undescribed(BlocksConfig):
    """The parts of a page as one visit has them; how they are described is never asked."""

    def __init__(self, parts: BlocksConfig) -> None:
        vars(self).update(vars(copy(parts)))

    @staticmethod
    def config_for_block(*_: Any, **__: Any) -> dict[str, Any]:
        """Nothing."""
        return {}


def state_of_nobody(page: gr.Blocks) -> SessionState:
    """What a page gives to a call without a session."""
    states = getattr(page, "state_holder", None)
    return states.of_nobody() if isinstance(states, PageStates) else SessionState(page)


def keep_open_pages(page: gr.Blocks, is_open: Callable[[str], bool]) -> None:
    """Let a launched page drop only states that no open page has; it has no visitors yet."""
    page.app.state_holder = PageStates(page, is_open)
    for module in (route_utils, mcp):  # which make one of their own where no session is named
        module.SessionState = state_of_nobody  # type: ignore[attr-defined]
