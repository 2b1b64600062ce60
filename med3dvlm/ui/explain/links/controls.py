"""What controls say as texts of a link, and back.

    texts = texts_of({"method": "Occlusion", "text": "kidney stone"})
    updates = set_as({"method": radio}, {"method": "Occlusion"})

What a link says is held against what a control allows, as anybody may write one.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import gradio as gr

from med3dvlm.errors import PromptError
from med3dvlm.lessons.link import checked_seed

LONGEST = 400  # characters of a text; addresses have an end
YES, NO = "yes", "no"
TOO_LONG = "A text of over {most} characters is too long for a link: shorten it, then try again."
WRONG = "This link sets {key} to {said!r}, which can't be. What it says besides was set."

Controls = Mapping[str, Any]
Query = Mapping[str, str]


def texts_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The values of controls as texts; empty ones are left out.

    Raises:
        PromptError: one is too long.
    """
    texts = {key: _text(value) for key, value in values.items() if value not in (None, "")}
    if any(len(text) > LONGEST for text in texts.values()):
        raise PromptError(TOO_LONG.format(most=LONGEST))
    return texts


def set_as(controls: Controls, query: Query) -> dict[str, Any]:
    """The values that a link sets, by key; what it doesn't name stays.

    Raises:
        PromptError: a control can't be set so.
    """
    return {key: value_of(control, key, query[key]) for key, control in controls.items()
            if key in query}  # fmt: skip


def value_of(control: Any, key: str, text: str) -> Any:
    """The value of a control.

    Raises:
        PromptError: it can't be set so.
    """
    match control:
        case gr.Slider():
            return number_in(key, text, control.minimum, control.maximum)
        case gr.Number():
            return checked_seed(text)
        case gr.Checkbox():
            return one_of(key, text, (YES, NO)) == YES
        case gr.Radio() | gr.Dropdown() if not getattr(control, "allow_custom_value", False):
            return one_of(key, text, [value for _, value in control.choices])
    return bounded(key, text)


def one_of(key: str, text: str, allowed: Any) -> str:
    """A text that is allowed.

    Raises:
        PromptError: it isn't.
    """
    if text not in allowed:
        raise PromptError(WRONG.format(key=key, said=text[:60]))
    return text


def number_in(key: str, text: str, low: float, high: float) -> float:
    """A number between two.

    Raises:
        PromptError: it is none, or lies outside.
    """
    try:
        number = float(text[:40])
    except ValueError:
        number = float("nan")
    if not isfinite(number) or not low <= number <= high:
        raise PromptError(WRONG.format(key=key, said=text[:60]))
    return number


def bounded(key: str, text: str) -> str:
    """A text of the usual length.

    Raises:
        PromptError: it is longer.
    """
    if len(text) > LONGEST:
        raise PromptError(WRONG.format(key=key, said=text[:60]))
    return text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)
