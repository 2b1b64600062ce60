"""Lets no message of a stream take back the one before it.

send_updates_whole()      # from then on

Of each value of a stream after the first, Gradio sends what differs from the one before, and the
browser makes the change in the very value that it got before. Where that still waits to be shown,
because the browser is busy, it is lost: a slider that was set, and is left alone by the next value,
was not set at all. Changes of a component's properties are therefore sent whole. Texts are never
changed in place, and of other values the later one holds all that is shown.
"""

from collections.abc import Callable
from typing import Any

from gradio import utils


def difference(old: Any, new: Any) -> list[list[Any]]:
    """The steps from one value to the next: one where either changes properties."""
    if old != new and (_changes_properties(old) or _changes_properties(new)):
        return [["replace", [], new]]
    return _in_place(old, new)


def _changes_properties(value: Any) -> bool:
    return isinstance(value, dict) and value.get("__type__") == "update"


_in_place: Callable[[Any, Any], list[list[Any]]] = utils.diff


def send_updates_whole() -> None:
    """Replace what compares the values of a stream."""
    utils.diff = difference
