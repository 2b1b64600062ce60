"""What an event points at, as far as it can be that.

    z, y, x = place_in(clicked)     # of a viewer
    number = number_in(clicked)     # of a list, counted from 0
    ids = numbers_in(clicked)       # of what lies within a line

The page sends it, so it is what anybody has sent. What is none is refused in Gradio's own way, as
some of these events have nowhere to tell it.
"""

from typing import Any

import gradio as gr

NOWHERE = "This points at nothing that is shown. Click again, or reload the page."
FARTHEST = 2**31  # of what is counted anywhere: voxels along an edge, entries of a library


def place_in(event: gr.SelectData) -> tuple[float, float, float]:
    """The voxel (z, y, x) that was clicked.

    Raises:
        Error: it is none.
    """
    match event.index:
        case [z, y, x] if all(map(_is_number, (z, y, x))):
            return float(z), float(y), float(x)
    raise _nowhere()


def number_in(event: gr.SelectData | gr.EditData) -> int:
    """The number of the entry that was chosen; the page sends it as a text.

    Raises:
        Error: it is none.
    """
    match event.index:
        case str() as text if text.isascii() and text.isdigit() and len(text) < len(str(FARTHEST)):
            return int(text)
        case int() as number if _is_number(number):
            return number
    raise _nowhere()


def numbers_in(event: gr.SelectData) -> list[int]:
    """The whole numbers of what was chosen together; none if there are none.

    Raises:
        Error: they are something else.
    """
    chosen = event.index if isinstance(event.index, list) else []
    if not all(isinstance(one, int) and _is_number(one) for one in chosen):
        raise _nowhere()
    return chosen


def _nowhere() -> gr.Error:
    return gr.Error(NOWHERE, print_exception=False)


def _is_number(value: Any) -> bool:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return known and abs(value) <= FARTHEST
