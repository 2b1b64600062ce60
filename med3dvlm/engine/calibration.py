"""Calibrated probabilities of options: scores divided by a fitted temperature.

    calibration = read_calibration(folder, digest)
    softmax(scores, calibration.temperature(lettered=True))

There is one temperature for options with letters and one for options without, both fitted on
validation phantoms and stored with the checkpoint.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from med3dvlm.errors import ConfigError
from med3dvlm.model.beside_weights import read_fitted_json
from med3dvlm.values import to_json

CALIBRATION = "calibration.json"
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Temperatures by which scores are divided, and their effect.

    Attributes:
        weights: digest of the weights they were fitted for.
        lettered: for options that start with their letter.
        worded: for options without letters.
        cases: number of validation phantoms they were fitted on.
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
            raise ConfigError(
                f"the calibration has format {self.format}, but this version reads {FORMAT}"
            )

    def temperature(self, *, lettered: bool) -> float:
        """The temperature for options with or without letters."""
        return self.lettered if lettered else self.worded


def softmax(scores: ArrayLike, temperature: float) -> NDArray[np.float64]:
    """Probabilities that sum to 1."""
    sharp = np.asarray(scores, np.float64) / temperature
    raised = np.exp(sharp - sharp.max())
    return np.asarray(raised / raised.sum())


def write_calibration(folder: Path, calibration: Calibration) -> None:
    """Write the calibration next to a VLM's weights."""
    (folder / CALIBRATION).write_text(to_json(calibration) + "\n")


def read_calibration(folder: Path, weights: str) -> Calibration | None:
    """The calibration of a VLM; None if there is none, or if it was made for other weights.

    Raises:
        CheckpointError: the file doesn't match its schema.
    """
    return read_fitted_json(folder / CALIBRATION, Calibration, weights=weights)
