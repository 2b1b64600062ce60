"""A finding by a pair of texts, one that states it and one that denies it, without any training.

    pair = TextPair(dual, "there is a kidney stone", "there is no kidney stone")
    pair.probability(tensor)                 # (B,): that the first text fits rather than the second
    points = roc(probabilities, truth)
    points[0].threshold, points[0].sensitivity, points[0].false_alarms

Each text has a logit under the sigmoid loss of the dual encoder (Zhai et al., arXiv 2303.15343); a
pair's probability is the softmax of its two.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from med3dvlm.explain.probes import TextProbe
from med3dvlm.model.checkpoint import LoadedDualEncoder


class Point(NamedTuple):
    """One threshold: shares of ill and of healthy scans whose probability reaches it."""

    threshold: float
    sensitivity: float
    false_alarms: float


class TextPair:
    """Two texts between which a scan decides."""

    def __init__(self, dual: LoadedDualEncoder, states: str, denies: str) -> None:
        self._model = dual.model
        self._probes = TextProbe(dual, states), TextProbe(dual, denies)

    @torch.inference_mode()
    def logits(self, volumes: Tensor) -> Tensor:
        """Logits (B, 2) of both texts, for model inputs (B, 1, D, H, W)."""
        cosines = torch.stack([probe.score(volumes) for probe in self._probes], dim=1)
        return self._model.log_temperature.exp() * cosines + self._model.bias

    def single(self, volumes: Tensor) -> Tensor:
        """Probability (B, 2) that each text by itself belongs to the scan, as in training."""
        return self.logits(volumes).sigmoid()

    def probability(self, volumes: Tensor) -> Tensor:
        """Probability (B,) of the text that states the finding."""
        return self.logits(volumes).softmax(dim=1)[:, 0]


def roc(probabilities: Sequence[float], truth: Sequence[bool]) -> list[Point]:
    """The curve from the strictest threshold to the laxest, one point for each probability.

    Its area is `area_under_curve` of `med3dvlm/metrics/ranking.py`.
    """
    found, ill = np.asarray(probabilities, dtype=np.float64), np.asarray(truth, dtype=bool)
    assert found.shape == ill.shape, "one truth for each probability"
    return [
        Point(float(threshold), _share(found[ill], threshold), _share(found[~ill], threshold))
        for threshold in (np.inf, *np.unique(found)[::-1])
    ]


def _share(found: np.ndarray, threshold: float) -> float:
    return float((found >= threshold).mean()) if len(found) else float("nan")
