"""Small JSON files that were fitted for a VLM and lie next to its weights.

calibration = read_fitted_json(folder / "calibration.json", Calibration, weights=digest)
"""

import logging
from pathlib import Path
from typing import Protocol, TypeVar

from med3dvlm.errors import CheckpointError, ConfigError
from med3dvlm.values import from_json

logger = logging.getLogger(__name__)


class FittedJson(Protocol):
    """What is stored; `weights` is the digest of the weights that it was fitted for."""

    @property
    def weights(self) -> str:
        """A digest."""


Kind = TypeVar("Kind", bound=FittedJson)


def read_fitted_json(path: Path, kind: type[Kind], *, weights: str) -> Kind | None:
    """What a file holds; None if there is no file, or if it was made for other weights.

    Raises:
        CheckpointError: the file doesn't match its schema.
    """
    if not path.exists():
        return None
    try:
        found = from_json(kind, path.read_text())
    except (ConfigError, TypeError, UnicodeDecodeError) as error:
        raise CheckpointError(
            f"{path} can't be used ({error}): delete it or fit it again"
        ) from None
    if found.weights != weights:
        logger.warning("%s was made for other weights, so it is not used", path.name)
        return None
    return found
