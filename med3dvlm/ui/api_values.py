"""The values of a call, which can be of any type: each is checked before it is used.

question = text_of(question, "question")
count = whole_number(count, "count", least=1, most=50)
top_p = number(top_p, "top_p")
"""

import math
from typing import Any

from med3dvlm.errors import PromptError

LONGEST_TEXT = 1000


def text_of(value: Any, name: str) -> str:
    """A text that says something.

    Raises:
        PromptError: it is none, is empty or too long.
    """
    if not isinstance(value, str):
        raise PromptError(f"{name} has to be a text.")
    if not value.strip():
        raise PromptError("The text is empty. Say what you want to know.")
    if len(value) > LONGEST_TEXT:
        raise PromptError(f"The text is longer than {LONGEST_TEXT} characters. Shorten it.")
    return value.strip()


def number(value: Any, name: str) -> float:
    """A finite number.

    Raises:
        PromptError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PromptError(f"{name} has to be a number.")
    try:
        made = float(value)
    except OverflowError:
        made = math.inf
    if not math.isfinite(made):
        raise PromptError(f"{name} has to be a number of a usual size.")
    return made


def whole_number(value: Any, name: str, *, least: int, most: int) -> int:
    """A whole number within bounds.

    Raises:
        PromptError: it is none, or out of bounds.
    """
    made = number(value, name)
    if made != int(made) or not least <= made <= most:
        raise PromptError(f"{name} has to be a whole number from {least} to {most}.")
    return int(made)
