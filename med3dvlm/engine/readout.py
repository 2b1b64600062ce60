"""What the encoder's features alone tell of each finding, by a linear map of their means.

    readout = read_readout(folder, digest)
    readout.probabilities(features.low, features.high)["lung nodule"]      # 0.81
    readout.claims().threshold("lung nodule", unfamiliar=True)

In scans unlike the training data, the language model's yes and no are far less true than they are
sure. This map is fitted on phantoms as various as real scans and keeps more of its worth there, so
it decides what a report may claim of such a scan.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from med3dvlm.engine.claims import Claims
from med3dvlm.engine.familiarity import pooled
from med3dvlm.errors import ConfigError
from med3dvlm.model.beside_weights import read_fitted_json

# N tokens  C channels  P pooled features

READOUT = "readout.json"
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Readout:
    """A linear map of pooled features, for each kind of finding.

    Attributes:
        weights: digest of the weights it was fitted for.
        factors: P numbers for each kind.
        offsets: one number for each kind.
        least: the probability from which on a finding may be claimed.
        cases: number of phantoms it was fitted on.
    """

    weights: str
    factors: Mapping[str, Sequence[float]]
    offsets: Mapping[str, float]
    least: float
    cases: int = 0
    format: int = FORMAT

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise ConfigError(
                f"the readout has format {self.format}, but this version reads {FORMAT}"
            )
        lengths = {len(row) for row in self.factors.values()}
        if set(self.factors) != set(self.offsets) or len(lengths) != 1:
            raise ConfigError("the readout's factors and offsets don't fit together")

    def probabilities(self, low: ArrayLike, high: ArrayLike) -> dict[str, float]:
        """The probability of each kind, from one volume's tokens (N, C) of both stages."""
        features = pooled(low, high)  # (P,)
        scores = {
            kind: float(np.asarray(row, np.float32) @ features) + self.offsets[kind]
            for kind, row in self.factors.items()
        }
        return {kind: 1 / (1 + float(np.exp(-score))) for kind, score in scores.items()}

    def claims(self) -> Claims:
        """The one threshold for all kinds, in scans unlike the training data."""
        unfamiliar = dict.fromkeys(self.factors, self.least)
        return Claims(weights=self.weights, unfamiliar=unfamiliar, cases=self.cases)


def write_readout(folder: Path, readout: Readout) -> None:
    """Write a readout next to a VLM's weights."""
    (folder / READOUT).write_text(json.dumps(asdict(readout)) + "\n")


def read_readout(folder: Path, weights: str) -> Readout | None:
    """The readout of a VLM; None if there is none, or if it is for other weights.

    Raises:
        CheckpointError: the file doesn't match its schema.
    """
    return read_fitted_json(folder / READOUT, Readout, weights=weights)
