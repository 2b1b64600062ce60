"""Which entries a search is about: conditions on what is known of them, as a plain dict.

    where = checked({"region": "chest", "kinds": ["ascites", "kidney stone"]})
    where = checked({"added": {"from": "2026-11-01", "to": "2026-11-30"}})
    where = checked({"source": {"starts": "phantom:"}})
    fits(where, entry)

A key is `collection`, `digest`, `source`, `title` or `added`, or else one of the entry's facts.
Every condition must hold. A value or a list of values: one of them is equal to the fact, or is
among its members where the fact is a list. `from` and `to` are inclusive, and compare numbers with
numbers and texts with texts; a date such as `2026-11-30` as `to` includes the day. This is the
definition: whatever filters inside an index must choose the same entries.
"""

from collections.abc import Mapping
from typing import Any

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.entry import Entry

Where = Mapping[str, Any]
COLUMNS = ("collection", "digest", "source", "title", "added")
RANGE, STARTS = {"from", "to"}, {"starts"}
AFTER_ANY_TEXT = "\U0010ffff"  # sorts after all that may follow


def checked(where: Where | None) -> dict[str, Any]:
    """The conditions with every value as a list or a range; no conditions for None.

    Raises:
        LibraryError: a condition has another form.
    """
    return {key: _checked(key, condition) for key, condition in (where or {}).items()}


def fits(where: Where, entry: Entry) -> bool:
    """Whether an entry meets all conditions that `checked` has returned."""
    return all(_holds(condition, values_of(entry, key)) for key, condition in where.items())


def is_scalar(value: object) -> bool:
    """Whether a value can be compared: a text, a number of 64 bits or a truth value."""
    return isinstance(value, str | float) or (isinstance(value, int) and abs(value) < 2**63)


def values_of(entry: Entry, key: str) -> list[Any]:
    """What of an entry a condition is compared with."""
    value = getattr(entry, key) if key in COLUMNS else entry.facts.get(key)
    return [one for one in (value if isinstance(value, list) else [value]) if is_scalar(one)]


def _checked(key: str, condition: Any) -> Any:
    if not isinstance(key, str) or not key:
        raise LibraryError(f"a filter needs the name of a fact, got {key!r}")
    if is_scalar(condition):
        return [condition]
    if isinstance(condition, list | tuple) and all(map(is_scalar, condition)):
        return list(condition)
    if isinstance(condition, Mapping):
        return _checked_range(key, condition)
    raise _refused(key, condition)


def _checked_range(key: str, condition: Mapping[str, Any]) -> dict[str, Any]:
    names, values = set(condition), list(condition.values())
    same = len({isinstance(value, str) for value in values}) == 1
    if names == STARTS and isinstance(values[0], str):
        return {"from": values[0], "to": values[0] + AFTER_ANY_TEXT}
    if names and names <= RANGE and same and all(map(is_scalar, values)):
        bounds = dict(condition)
        if isinstance(bounds.get("to"), str):
            bounds["to"] += AFTER_ANY_TEXT
        return bounds
    raise _refused(key, condition)


def _refused(key: str, condition: object) -> LibraryError:
    return LibraryError(
        f"the filter {key!r} is {condition!r}. Give a value, a list of values, "
        "a range such as {'from': 1, 'to': 5}, or {'starts': 'text'}."
    )


def _holds(condition: Any, values: list[Any]) -> bool:
    if isinstance(condition, list):
        return any(value == one for value in values for one in condition)
    return any(_inside(condition, value) for value in values)


def _inside(bounds: Mapping[str, Any], value: Any) -> bool:
    text = isinstance(next(iter(bounds.values())), str)
    if isinstance(value, str) != text:
        return False
    return not (
        ("from" in bounds and value < bounds["from"]) or ("to" in bounds and value > bounds["to"])
    )
