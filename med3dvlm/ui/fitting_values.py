"""Looks at what a page sends before a handler has it: each part of a page has its kind of values.

    take_fitting_values(page)

Gradio hands on whatever is sent to a text, a checkbox or an emptied field, and handlers that were
written for what the page sends failed: an error of ours for what was none. Endpoints are for other
callers, and say themselves what they need (`api_values.py`).
"""

from collections.abc import Sequence
from math import inf, isfinite
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.blocks import Block
from gradio.components import Component
from gradio.state_holder import SessionState

from med3dvlm.errors import PromptError
from med3dvlm.ui.page.boundary import errors_for_callers

LARGEST = 2**53  # above it, a number of the page is not exact
PRIVATE = "private"  # how events of the page itself are marked
NO_FILE = "No file came with this. Choose one again."
NO_TEXT = "What came for {} is not a text. Type one."
TOO_LONG = "What came for {} is longer than {:,} characters. Shorten it."
NO_NUMBER = "What came for {} is not a number{}. Type one."
NO_MARK = "What came for {} is neither on nor off. Click on it again."
NOT_LISTED = "What came for {} is not in its list. Choose from the list, or reload the page."
NOTHING_CHOSEN = "Nothing came for {}. Choose from its list."
UNNAMED = "a control of this page"


def take_fitting_values(page: gr.Blocks) -> None:
    """Have the events of a page get values that their parts can have, or end with a sentence."""
    take = page.preprocess_data

    async def take_fitting(
        event: BlockFunction, inputs: list[Any], state: SessionState | None, *more: Any
    ) -> list[Any]:
        if event.api_visibility != PRIVATE:
            return await take(event, inputs, state, *more)  # type: ignore[no-any-return]
        with errors_for_callers():
            parts = [part_of(one, state) for one in event.inputs]
            inputs[: len(parts)] = [fitting(*pair) for pair in zip(parts, inputs, strict=False)]
        try:
            return await take(event, inputs, state, *more)  # type: ignore[no-any-return]
        except ValueError:  # of what has a form of its own, such as a file
            raise gr.Error(NO_FILE, print_exception=False) from None

    page.preprocess_data = take_fitting  # type: ignore[method-assign, assignment]


def part_of(part: Block, state: SessionState | None) -> Block:
    """A part as the visitor has it: its list or its range may have changed meanwhile."""
    changeable = state is not None and not part.stateful
    return state.blocks_config.blocks.get(part._id, part) if changeable and state else part


def fitting(part: Block, value: Any) -> Any:
    """What a handler gets for a value that was sent.

    Raises:
        PromptError: the part can't have this value.
    """
    match part:
        case gr.Textbox():
            return _text(part, value)
        case gr.Slider():
            return _within(part, value)
        case gr.Number():
            return None if value is None else _within(part, value)
        case gr.Checkbox():
            if not isinstance(value, bool):
                raise PromptError(NO_MARK.format(_name(part)))
        case gr.Radio() | gr.Dropdown():
            return _chosen(part, value)
        case gr.UploadButton(file_count="single"):
            if value is None:
                raise PromptError(NO_FILE)
    return value


def _name(part: Component) -> str:
    return f"\u201c{part.label}\u201d" if part.label else UNNAMED


def _text(part: gr.Textbox, value: Any) -> str:
    """A text that is no longer than its box takes; nothing is an empty one."""
    if not isinstance(value, str | None):
        raise PromptError(NO_TEXT.format(_name(part)))
    if part.max_length and len(value or "") > part.max_length:
        raise PromptError(TOO_LONG.format(_name(part), part.max_length))
    return value or ""


def _within(part: gr.Slider | gr.Number, value: Any) -> float:
    """A number within the range of its part, where there is one."""
    least = -inf if part.minimum is None else part.minimum
    most = inf if part.maximum is None else part.maximum
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not max(least, -LARGEST) <= value <= min(most, LARGEST):
        known_range = f" from {least:g} to {most:g}" if isfinite(most - least) else ""
        raise PromptError(NO_NUMBER.format(_name(part), known_range))
    return value  # type: ignore[no-any-return]


def _chosen(part: gr.Radio | gr.Dropdown, value: Any) -> Any:
    """What was chosen, as it stands in the list; nothing only where nothing may be chosen."""
    known = [one for _, one in part.choices]
    own = isinstance(part, gr.Dropdown) and part.allow_custom_value
    if isinstance(part, gr.Dropdown) and part.multiselect:
        several = [] if value is None else value
        if not isinstance(several, list):
            raise PromptError(NOT_LISTED.format(_name(part)))
        return [_listed(part, known, one) for one in several]
    if value is None:
        if known and part.value is not None and not own:
            raise PromptError(NOTHING_CHOSEN.format(_name(part)))
        return None
    return value if own and isinstance(value, str) else _listed(part, known, value)


def _listed(part: Component, known: Sequence[Any], value: Any) -> Any:
    """The same as it stands in the list; 1.0 is 1 there."""
    for one in known:
        if one == value:
            return one
    raise PromptError(NOT_LISTED.format(_name(part)))
