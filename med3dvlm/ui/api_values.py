"""What callers of the endpoints give, checked: each wrong value gets a sentence that names it.

    decoding = decoding_of(temperature, top_p, max_new_tokens, seed)

Gradio passes on whatever was sent, of any type.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.search import Wish
from med3dvlm.errors import PromptError
from med3dvlm.retrieval.where import checked

LONGEST, MOST_HITS, LONGEST_TEXT = 512, 50, 1000
MOST_PAGES = 200
Known = TypeVar("Known", bound=str)
HOTTEST, LARGEST_SEED = 100.0, 2**63 - 1


def decoding_of(temperature: Any, top_p: Any, max_new_tokens: Any, seed: Any) -> Decoding:
    """How to answer.

    Raises:
        PromptError: a value is no number, or outside its range.
    """
    temperature = _number("temperature", temperature)
    if not 0 <= temperature <= HOTTEST:
        raise PromptError(f"temperature goes from 0 to {HOTTEST:.0f}, not {temperature:g}.")
    top_p = _number("top_p", top_p)
    if not 0 < top_p <= 1:
        raise PromptError(f"top_p is above 0 and at most 1, not {top_p:g}.")
    return Decoding(
        temperature=temperature,
        top_p=top_p,
        max_new_tokens=whole_of("max_new_tokens", max_new_tokens, 1, LONGEST),
        seed=whole_of("seed", seed, 0, LARGEST_SEED),
    )


def count_of(count: Any) -> int:
    """How many scans are wanted.

    Raises:
        PromptError: it is no whole number from 1 to `MOST_HITS`.
    """
    return whole_of("count", count, 1, MOST_HITS)


def number_of(name: str, value: Any, least: float, most: float) -> float:
    """A number within its range.

    Raises:
        PromptError: it is none, or outside.
    """
    number = _number(name, value)
    if not least <= number <= most:
        raise PromptError(f"{name} goes from {least:g} to {most:g}, not {number:g}.")
    return number


def one_of(name: str, value: Any, known: Sequence[Known]) -> Known:
    """One of several names.

    Raises:
        PromptError: it is none of them; the message lists them.
    """
    for one in known:
        if value == one:
            return one
    raise PromptError(f"{name} is none of: {', '.join(known)}.")


def text_of(name: str, text: Any) -> str:
    """A question, or what is searched for.

    Raises:
        PromptError: it is no text, empty or too long.
    """
    if not isinstance(text, str):
        raise PromptError(f"{name} is a text, not {_kind(text)}.")
    if not text.strip():
        raise PromptError("The text is empty. Say what you want to know.")
    if len(text) > LONGEST_TEXT:
        raise PromptError(f"The text is longer than {LONGEST_TEXT} characters. Shorten it.")
    return text.strip()


@dataclass(frozen=True, slots=True)
class ApiSearch:
    """What to search for, how many make a page, among which, and which page."""

    wish: Wish
    count: int
    where: dict[str, Any]
    page: int


def search_of(text: Any, count: Any, without: Any, where: Any, page: Any) -> ApiSearch:
    """A search as a caller describes it.

    Raises:
        PromptError: a value has another type, or is outside its range.
        LibraryError: a condition has another form.
    """
    if not isinstance(without, str) or len(without) > LONGEST_TEXT:
        raise PromptError(f"without is a text of at most {LONGEST_TEXT} characters.")
    if where is not None and not isinstance(where, dict):
        raise PromptError(f"where is an object such as {{'region': 'chest'}}, not {_kind(where)}.")
    return ApiSearch(
        wish=Wish(text=text_of("text", text), without=without),
        count=count_of(count),
        where=checked(where),
        page=whole_of("page", page, 1, MOST_PAGES),
    )


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PromptError(f"{name} is a number, not {_kind(value)}.")
    if not abs(value) <= LARGEST_SEED:
        raise PromptError(f"{name} is too large, or no number.")
    return float(value)


def whole_of(name: str, value: Any, least: int, most: int) -> int:
    """A whole number within its range; 5.0 is one, as some clients know no other numbers.

    Raises:
        PromptError: it is none, or outside.
    """
    number = _number(name, value)
    whole = value if isinstance(value, int) else math.trunc(number)
    if whole != number and not isinstance(value, int):
        raise PromptError(f"{name} is a whole number, not {number:g}.")
    if not least <= whole <= most:
        raise PromptError(f"{name} goes from {least} to {most}, not {whole}.")
    return whole


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", str: "a text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number" if isinstance(value, int | float) else "nothing")
