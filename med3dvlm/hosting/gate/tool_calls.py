"""Looks at a language model's call of a tool before the library that serves it does.

    check_tool_call(value_of(body))         # raises RefusedError

That library reads a call on the event loop, several times, and writes what it does not understand
into its answer and the log. Nothing in a call is long but a file, and nothing has many parts.
"""

from collections.abc import Iterator
from typing import Any

from med3dvlm.hosting.gate.refusal import RefusedError

PARTS = {"jsonrpc", "id", "method", "params", "result", "error"}
MOST_VALUES, LONGEST_TEXT, LONGEST_NAME = 1000, 20_000, 200
LARGEST_ID = 2**53
FILE = "data:"
ONE_AT_A_TIME = "This is not a call of a tool: send one JSON-RPC object at a time."
NO_CALL = "This is not a call of a tool. See docs/api.md for what the tools take."
TOO_LONG = (
    f"A text of this call is longer than {LONGEST_TEXT:,} characters. Shorten it; a scan is sent "
    "as a data: URL."
)
TOO_MANY = "This call has too many parts. Send what the tool's description names."


def check_tool_call(value: Any) -> None:
    """Check that a request is one JSON-RPC message, and no larger than a tool needs.

    Raises:
        RefusedError: it is something else, or has too many parts or a long text.
    """
    if not isinstance(value, dict):
        raise RefusedError(400, "tool", ONE_AT_A_TIME)
    method, number = value.get("method", ""), value.get("id", 0)
    if not (value.keys() <= PARTS and _is_name(method) and _is_id(number)):
        raise RefusedError(400, "tool", NO_CALL)
    given = value.get("params") or {}
    if not isinstance(given, dict):
        raise RefusedError(400, "tool", NO_CALL)
    for seen, text in enumerate(_texts_of({**value, "params": _without_files(given)})):
        if seen > MOST_VALUES:
            raise RefusedError(413, "tool", TOO_MANY)
        if len(text) > LONGEST_TEXT:
            raise RefusedError(413, "tool", TOO_LONG)
        if not _can_be_written(text):
            raise RefusedError(400, "tool", NO_CALL)


def _is_name(method: Any) -> bool:
    return isinstance(method, str) and len(method) <= LONGEST_NAME


def _is_id(number: Any) -> bool:
    """A number or a short text, by which the answer is told from others."""
    if isinstance(number, str):
        return len(number) <= LONGEST_NAME
    return type(number) is int and abs(number) <= LARGEST_ID


def _without_files(given: dict[str, Any]) -> dict[str, Any]:
    """The same but for the files that are arguments of the tool; they are as large as they are."""
    arguments = given.get("arguments")
    if not isinstance(arguments, dict):
        return given
    return {**given, "arguments": {k: "" if _is_file(v) else v for k, v in arguments.items()}}


def _is_file(argument: Any) -> bool:
    return isinstance(argument, str) and argument.startswith(FILE) and argument.isascii()


def _texts_of(value: dict[str, Any]) -> Iterator[str]:
    """Each text within; an empty one for any other value, so that all are counted."""
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield from part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
        yield part if isinstance(part, str) else ""


def _can_be_written(text: str) -> bool:
    """False for half a character, on which writing the answer fails."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
