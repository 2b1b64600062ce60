"""A filter as SQL, so that PostgreSQL chooses within its index what `where.fits` chooses.

Names and values travel as parameters, never in the text. Equality is asked with `@>`, for which
the facts have an index.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from med3dvlm.retrieval.where import COLUMNS, Where

# The members of a fact that is a list, or the fact itself.
MEMBERS = """jsonb_array_elements(CASE jsonb_typeof(facts -> %s::text)
    WHEN 'array' THEN facts -> %s::text ELSE jsonb_build_array(facts -> %s::text) END) AS member"""
TEXT = """CASE WHEN jsonb_typeof(member) = 'string' THEN member #>> '{}' END COLLATE "C" """
NUMBER = """CASE jsonb_typeof(member) WHEN 'number' THEN (member #>> '{}')::numeric
    WHEN 'boolean' THEN (member #>> '{}')::boolean::int END"""
KEYS = """SELECT DISTINCT key COLLATE "C" AS key FROM entry, jsonb_each(facts) WHERE
    value @? '$[*] ? (@.type() == "string" || @.type() == "number" || @.type() == "boolean")'
    ORDER BY key"""
VALUES = f"""SELECT value FROM (SELECT member #>> '{{}}' AS value FROM entry, {MEMBERS}
    WHERE jsonb_typeof(member) IN ('string', 'number', 'boolean')) AS said
    GROUP BY value ORDER BY count(*) DESC, value COLLATE "C" LIMIT %s"""
OF_COLUMN = """SELECT {column} FROM entry GROUP BY {column}
    ORDER BY count(*) DESC, {column} COLLATE "C" LIMIT %s"""
EVERY, NONE = "true", "false"


def sql_of(where: Where) -> tuple[str, list[Any]]:
    """The condition that entries must meet, and the values of its parameters.

    Args:
        where: conditions that `checked` has returned.
    """
    parts = [_of_column(*one) if one[0] in COLUMNS else _of_fact(*one) for one in where.items()]
    text = " AND ".join(f"({part})" for part, _ in parts)
    return text or EVERY, [value for _, values in parts for value in values]


def values_sql(key: str, most: int) -> tuple[Any, ...]:
    """A query for the most frequent values of a fact or column, and its parameters."""
    if key in COLUMNS:
        return OF_COLUMN.format(column=key), most
    return VALUES, key, key, key, most


def _of_column(key: str, condition: Any) -> tuple[str, list[Any]]:
    if isinstance(condition, list):
        return f"{key} = ANY(%s)", [[one for one in condition if isinstance(one, str)]]
    if not _is_of_texts(condition):
        return NONE, []
    return _between(f'{key} COLLATE "C"', condition)


def _of_fact(key: str, condition: Any) -> tuple[str, list[Any]]:
    if isinstance(condition, list):
        likes = [json.dumps({key: like}) for one in condition for like in _likes(one)]
        return " OR ".join(["facts @> %s::jsonb"] * len(likes)) or NONE, likes
    text, bounds = _between(TEXT if _is_of_texts(condition) else NUMBER, condition)
    return f"EXISTS (SELECT FROM {MEMBERS} WHERE {text})", [key, key, key, *bounds]


def _likes(value: Any) -> list[Any]:
    """What a fact contains that is equal to a value, or has it as a member."""
    same = [value]
    if not isinstance(value, str) and value in (0, 1):  # in Python, a truth value is a number
        same = [int(value), bool(value)]
    return [like for one in same for like in (one, [one])]


def _between(what: str, bounds: Mapping[str, Any]) -> tuple[str, list[Any]]:
    text = " AND ".join(f"{what} {'>=' if end == 'from' else '<='} %s" for end in bounds)
    return text, [one if isinstance(one, str) else Decimal(str(one + 0)) for one in bounds.values()]


def _is_of_texts(bounds: Mapping[str, Any]) -> bool:
    return isinstance(next(iter(bounds.values())), str)
