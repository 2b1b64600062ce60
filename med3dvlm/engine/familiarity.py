"""How far a volume is from a model's training data, measured in its own encoder's features.

    statistics = read_statistics(folder, digest)
    statistics.familiarity(features.low, features.high).outside

The features are the means of the encoder's tokens of both stages. The score is their Mahalanobis
distance to training volumes (Lee et al. 2018, arXiv 1807.03888), with a covariance that is shrunk
towards its diagonal; scores of validation volumes show which distances are usual.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from med3dvlm.engine.features import FloatArray
from med3dvlm.errors import CheckpointError

# N tokens  C channels  P pooled features  V validation volumes

STATISTICS = "familiarity.safetensors"
OUTSIDE_QUANTILE = 0.975
SHRINKAGE = 0.02
TENSORS = ("center", "scale", "whitening", "usual")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Familiarity:
    """How unusual a volume is for a model.

    Attributes:
        score: distance to the training volumes; about 1 is usual.
        nearer: how many validation volumes are closer to the training volumes.
        compared: how many validation volumes there are.
        outside: farther than nearly all of them, so answers may be meaningless.
    """

    score: float
    nearer: int
    compared: int
    outside: bool


def pooled(low: ArrayLike, high: ArrayLike) -> FloatArray:
    """Means of tokens (..., N, C) of both stages, as one vector (..., P)."""
    means = [np.asarray(tokens, np.float32).mean(axis=-2) for tokens in (low, high)]
    return np.asarray(np.concatenate(means, axis=-1), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Statistics:
    """Statistics of training and validation volumes.

    Attributes:
        center: (P,) mean of the training volumes' pooled features.
        scale: (P,) their standard deviations.
        whitening: (P, P), maps scaled features to unit covariance.
        usual: (V,) scores of validation volumes, sorted.
    """

    center: FloatArray
    scale: FloatArray
    whitening: FloatArray
    usual: FloatArray

    def score(self, vectors: ArrayLike) -> FloatArray:
        """Distance of pooled features (..., P), divided by the root of P."""
        scaled = (np.asarray(vectors, np.float32) - self.center) / self.scale
        white = scaled @ self.whitening
        return np.asarray(np.sqrt((white**2).mean(axis=-1)), np.float32)

    @property
    def threshold(self) -> float:
        """A score that one validation volume in forty exceeds."""
        return float(np.quantile(self.usual, OUTSIDE_QUANTILE))

    def familiarity(self, low: ArrayLike, high: ArrayLike) -> Familiarity:
        """Familiarity of one volume, from its tokens (N, C) of both stages."""
        score = float(self.score(pooled(low, high)))
        return Familiarity(
            score=score,
            nearer=int((self.usual < score).sum()),
            compared=len(self.usual),
            outside=not score <= self.threshold,
        )


def fitted(training: ArrayLike, validation: ArrayLike) -> Statistics:
    """Statistics of pooled features: training (n, P) defines the distance, validation its scale."""
    rows = np.asarray(training, np.float64)
    center, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    covariance = np.cov((rows - center) / scale, rowvar=False)
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.eye(len(center))
    values, vectors = np.linalg.eigh(shrunk)
    made = Statistics(
        center=center.astype(np.float32),
        scale=scale.astype(np.float32),
        whitening=np.ascontiguousarray(vectors / np.sqrt(values), np.float32),
        usual=np.zeros(1, np.float32),
    )
    usual = np.sort(made.score(validation))
    return Statistics(center=made.center, scale=made.scale, whitening=made.whitening, usual=usual)


def write_statistics(folder: Path, statistics: Statistics, *, weights: str) -> None:
    """Write the statistics next to a VLM's weights, whose digest is `weights`."""
    held = {name: getattr(statistics, name) for name in TENSORS}
    save_file(held, folder / STATISTICS, metadata={"weights": weights})


def read_statistics(folder: Path, weights: str) -> Statistics | None:
    """The statistics of a VLM; None if there are none, or if they are for other weights.

    Raises:
        CheckpointError: the file is damaged or has the wrong contents.
    """
    path = folder / STATISTICS
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as stored:
            made_for = (stored.metadata() or {}).get("weights")
            held = {name: stored.get_tensor(name) for name in TENSORS}
    except SafetensorError as error:
        raise CheckpointError(f"{path} is damaged ({error}): copy it again") from None
    if made_for != weights:
        logger.warning("%s was made for other weights, so it is not used", path.name)
        return None
    width = len(held["center"])
    if held["scale"].shape != (width,) or held["whitening"].shape != (width, width):
        raise CheckpointError(f"{path} holds tensors that don't fit together: copy it again")
    return Statistics(**held)
