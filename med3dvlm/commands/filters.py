"""The option `--where KEY=VALUE`: which entries of a library a command is about.

    python -m med3dvlm search "stone" --where region=chest --where "kinds=ascites,kidney stone"
    python -m med3dvlm search "stone" --where added=2026-11-01..2026-11-30

Several values of a key are alternatives; several keys must all hold. A value that ends in `*` is a
beginning.
"""

import argparse
from typing import Any

from med3dvlm.errors import PromptError

RANGE, ANY = "..", "*"


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    parser.add_argument(
        "--where", action="append", default=[], metavar="KEY=VALUE",
        help="only entries of which this is known: region=chest, size=3..12, source=phantom:*",
    )  # fmt: skip


def where_of(chosen: argparse.Namespace) -> dict[str, Any]:
    """The conditions that were given.

    Raises:
        PromptError: one has another form.
    """
    where: dict[str, Any] = {}
    for text in chosen.where:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise PromptError(f"--where {text!r}: write it as KEY=VALUE.")
        condition = _condition(value)
        if key in where and isinstance(where[key], list) and isinstance(condition, list):
            condition = where[key] + condition
        elif key in where:
            raise PromptError(f"--where names {key!r} twice, and not with single values only.")
        where[key] = condition
    return where


def _condition(value: str) -> Any:
    low, dots, high = value.partition(RANGE)
    if dots and (low or high):
        bounds = {"from": low, "to": high}
        given = {name: bound for name, bound in bounds.items() if bound}
        if all(_is_number(bound) for bound in given.values()):
            return {name: float(bound) for name, bound in given.items()}
        return given
    if value.endswith(ANY):
        return {"starts": value.removesuffix(ANY)}
    parts = [part.strip() for part in value.split(",")]
    return [*parts, *(float(part) for part in parts if _is_number(part))]


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False
