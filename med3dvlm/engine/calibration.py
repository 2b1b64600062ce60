"""Calibrated probabilities of options: scores divided by a temperature that was fitted.

    calibration = read_calibration(folder, digest)
    softmax(scores, calibration.temperature(lettered=True))

There is a temperature for options with letters and one for options in words alone, fitted on
validation phantoms and kept beside the checkpoint.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from med3dvlm.errors import CheckpointError, ConfigError
from med3dvlm.values import from_json, to_json

CALIBRATION = "calibration.json"
FORMAT = 1

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Temperatures by which scores are divided, and what they did.

    Attributes:
        weights: digest of the weights they were fitted for.
        lettered: for options that open with their letter.
        worded: for options in words alone.
        cases: validation phantoms that they were fitted on.
        ece_before: expected calibration error over their questions, with temperatures of 1.
        ece_after: the same with these temperatures.
    """

    weights: str
    lettered: float
    worded: float
    cases: int = 0
    ece_before: float | None = None
    ece_after: float | None = None
    format: int = FORMAT

    def __post_init__(self) -> None:
        for name in ("lettered", "worded"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 < value < float("inf"):
                raise ConfigError(f"temperature {name} must be a positive number, got {value!r}")
        if self.format != FORMAT:
            raise ConfigError(f"calibration has format {self.format}, this version reads {FORMAT}")

    def temperature(self, *, lettered: bool) -> float:
        """The one for these options."""
        return self.lettered if lettered else self.worded


def softmax(scores: ArrayLike, temperature: float) -> NDArray[np.float64]:
    """Probabilities that sum to 1."""
    sharp = np.asarray(scores, np.float64) / temperature
    raised = np.exp(sharp - sharp.max())
    return np.asarray(raised / raised.sum())


def write_calibration(folder: Path, calibration: Calibration) -> None:
    """Beside the weights of a VLM."""
    (folder / CALIBRATION).write_text(to_json(calibration) + "\n")


def read_calibration(folder: Path, weights: str) -> Calibration | None:
    """What was measured for a VLM; None where nothing was, or for other weights.

    Raises:
        CheckpointError: the file doesn't fit its schema.
    """
    path = folder / CALIBRATION
    if not path.exists():
        return None
    try:
        found = from_json(Calibration, path.read_text())
    except (ConfigError, TypeError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path} can't be used ({error}): delete or make it anew") from None
    if found.weights != weights:
        logger.warning("%s was made for other weights, so it is not used", path.name)
        return None
    return found
