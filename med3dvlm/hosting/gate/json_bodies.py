"""Parses a stranger's JSON once its size, strings, values and depth are known to be within bounds.

    value = value_of(body)          # raises RefusedError

The bounds are counted on the bytes before anything is made of them: a few megabytes of brackets or
of empty strings would keep a parser, and all who wait for it, busy for seconds.
"""

import json
import math
import re
from typing import Any, NoReturn

from med3dvlm.hosting.gate.refusal import RefusedError

# A folder of 8,000 files named in one event stays below these.
MOST_STRINGS, MOST_VALUES = 120_000, 120_000
DEEPEST, LONGEST_NUMBER = 40, 40
# An open string reaches to the end, so that no byte is looked at twice.
STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
BRACKETS = b"[]{}"
NO_BRACKETS = bytes(set(range(256)) - set(BRACKETS))
NOT_VALID = "This request is not valid here."
TOO_MUCH = "This request has too many parts. Zip a folder of many files, and upload the zip."


def value_of(body: bytes) -> Any:
    """Parse JSON of a bounded size.

    Raises:
        RefusedError: the body is not JSON, names no finite number, or is out of bounds.
    """
    _check_counts(body)
    try:
        return json.loads(
            (body or b"null").decode("utf-8"),
            parse_constant=_no_number,
            parse_float=_float,
            parse_int=_int,
        )
    except (ValueError, RecursionError):
        raise RefusedError(400, "json", NOT_VALID) from None


def _check_counts(body: bytes) -> None:
    # Half of the quotes in a text may be escaped ones; each escape is a step of the search.
    if max(body.count(b'"'), body.count(b"\\")) > 4 * MOST_STRINGS:
        raise RefusedError(413, "json", TOO_MUCH)
    bare, strings = STRING.subn(b"", body)
    if strings > MOST_STRINGS or sum(map(bare.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise RefusedError(413, "json", TOO_MUCH)
    depth = 0
    for bracket in bare.translate(None, NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            raise RefusedError(400, "json", NOT_VALID)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _float(text: str) -> float:
    number = float(text) if len(text) <= LONGEST_NUMBER else math.inf
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _int(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError(text)
    return int(text)
