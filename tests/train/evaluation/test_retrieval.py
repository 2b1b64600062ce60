"""Retrieval figures on vectors whose ranks are known."""

import numpy as np
import pytest

from med3dvlm.metrics.resampling import Resamples
from train.evaluation.cells import Cells
from train.evaluation.record import Records
from train.evaluation.retrieval import score_retrieval


def test_fewer_volumes_are_easier_and_the_ceiling_is_of_equal_reports() -> None:
    """120 cases on a circle; the text of each of the last 20 points at a volume of the first."""
    angles = np.linspace(0, 3, 120)
    volumes = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    texts = volumes.copy()
    texts[100:] = volumes[:20]
    says = [*range(118), "same", "same"]
    cells = Cells(Resamples(cases=120, rng=np.random.default_rng(0), resamples=200))
    figures = score_retrieval(Records(120, texts=texts, volumes=volumes), says, cells)
    assert figures["pools"] == {"100": {"text_to_volume_r1": 1.0, "volume_to_text_r1": 1.0}}
    assert figures["text_to_volume"]["r1"] == pytest.approx(100 / 120)
    assert figures["text_to_volume"]["chance_r1"] == pytest.approx(1 / 120)
    edges = figures["text_to_volume"]["intervals"]["r1"]
    assert edges["low"] < 100 / 120 < edges["high"]
    assert figures["ceiling_r1"] == pytest.approx((118 + 1) / 120)
