"""Converts frozen configuration values to JSON and back; unknown and missing keys are errors.

text = to_json(config)
config = from_json(VLMConfig, text)
"""

import dataclasses
import json
import types
import typing
from typing import Any, TypeVar

from med3dvlm.errors import ConfigError

T = TypeVar("T")


def whole_text(text: str) -> str:
    """A text without halves of characters (lone surrogates), which no encoder accepts."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def to_json(value: Any) -> str:
    """A dataclass as indented JSON."""
    return json.dumps(dataclasses.asdict(value), indent=1)


def from_json(kind: type[T], text: str) -> T:
    """A dataclass from JSON.

    Raises:
        ConfigError: the text is not a JSON object, or doesn't match the dataclass.
    """
    try:
        stored = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{kind.__name__}: not valid JSON ({error})") from None
    return from_dict(kind, stored)


def from_dict(kind: type[T], stored: Any) -> T:
    """A dataclass from nested dictionaries and lists.

    Raises:
        ConfigError: a key is unknown or missing.
    """
    if not isinstance(stored, dict):
        raise ConfigError(f"{kind.__name__} needs an object, got {type(stored).__name__}")
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(stored) - set(fields))
    if unknown:
        raise ConfigError(f"{kind.__name__}: unknown key {unknown[0]!r}")
    missing = [
        name
        for name, field in fields.items()
        if name not in stored
        and field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise ConfigError(f"{kind.__name__}: missing key {missing[0]!r}")
    return kind(**{name: _convert(hints[name], value) for name, value in stored.items()})


def _convert(hint: Any, value: Any) -> Any:
    """JSON has lists and objects where the dataclass has tuples and dataclasses."""
    if dataclasses.is_dataclass(hint):
        return from_dict(typing.cast("type[Any]", hint), value)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        inner = [argument for argument in arguments if argument is not type(None)]
        return None if value is None else _convert(_fitting(inner, value), value)
    if origin is tuple and isinstance(value, list):
        kinds = arguments if arguments[-1] is not Ellipsis else (arguments[0],) * len(value)
        if len(kinds) != len(value):
            raise ConfigError(f"{len(kinds)} values are needed, got {value}")
        return tuple(_convert(k, v) for k, v in zip(kinds, value, strict=True))
    return value


def _fitting(kinds: list[Any], value: Any) -> Any:
    """The first of several dataclasses that has all keys of a value; else the first kind."""
    names = set(value) if isinstance(value, dict) else set()
    known = [kind for kind in kinds if dataclasses.is_dataclass(kind)]
    fits = (kind for kind in known if names <= {field.name for field in dataclasses.fields(kind)})
    return next(fits, kinds[0])
