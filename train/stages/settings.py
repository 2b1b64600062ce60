"""Changes any field of a configuration by name, as `--set` does.

config = with_settings(released_contrastive(), ["schedule.batch=64", "chunk=16"])
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from med3dvlm.errors import ConfigError, TrainingError
from med3dvlm.values import from_dict

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ConfigT = TypeVar("ConfigT", bound="DataclassInstance")


def with_settings(config: ConfigT, settings: Sequence[str]) -> ConfigT:
    """A configuration with some fields changed: `path.to.field=value` (JSON or a word).

    Raises:
        TrainingError: there is no such field, or the value doesn't fit.
    """
    values = asdict(config)
    for setting in settings:
        name, equals, value = setting.partition("=")
        *path, last = name.split(".")
        place: Any = values
        for part in path:
            place = place.get(part) if isinstance(place, dict) else None
        if not equals or not isinstance(place, dict) or last not in place:
            raise TrainingError(f"--set {setting}: no such field; {_known(place)}")
        place[last] = _value(value)
    try:
        return from_dict(type(config), values)
    except (ConfigError, TrainingError, TypeError, ValueError) as error:
        raise TrainingError(f"--set {' '.join(settings)}: {error}") from None


def _known(place: object) -> str:
    if isinstance(place, dict):
        return f"the fields are {', '.join(place)}"
    return "write, for instance, schedule.batch=8"


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
