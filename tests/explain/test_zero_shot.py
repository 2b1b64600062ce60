"""Pairs of texts have the logits of the dual encoder; the curve is one worked by hand."""

from pathlib import Path

import numpy as np
import pytest
import torch

from med3dvlm.engine.engine import load_engine
from med3dvlm.errors import PromptError
from med3dvlm.explain.prompt_pairs import Point, roc
from med3dvlm.explain.zero_shot import TextPair
from med3dvlm.metrics.ranking import area_under_curve
from med3dvlm.model.checkpoint import load_dual_encoder
from med3dvlm.phantoms.case import make_case

TEXTS = "there is a kidney stone", "there is no kidney stone"


def test_a_pair_has_the_logits_of_the_dual_encoder(random_model: Path) -> None:
    dual = load_dual_encoder(random_model / "dual_encoder")
    pair = TextPair(dual, *TEXTS)
    volume = make_case(5, shape=(16, 32, 32)).volume
    tensor = dual.input.prepare(volume).tensor
    vectors = torch.from_numpy(load_engine(random_model).embed_text(TEXTS))
    with torch.no_grad():
        wanted = dual.model.logits(dual.model.embed_volume(tensor), vectors)
    torch.testing.assert_close(pair.logits(tensor).clone(), wanted, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(pair.single(tensor).clone(), wanted.sigmoid(), atol=1e-5, rtol=1e-4)
    gap = float(wanted[0, 0] - wanted[0, 1])
    assert float(pair.probability(tensor)[0]) == pytest.approx(1 / (1 + np.exp(-gap)), abs=1e-4)
    with pytest.raises(PromptError, match="look for"):
        TextPair(dual, "there is a stone", " ")


def test_the_curve() -> None:
    points = roc([0.9, 0.8, 0.8, 0.1], [True, True, False, False])
    assert points == [
        Point(np.inf, 0, 0), Point(0.9, 0.5, 0), Point(0.8, 1, 0.5), Point(0.1, 1, 1),
    ]  # fmt: skip
    x, y = [p.false_alarms for p in points], [p.sensitivity for p in points]
    assert np.trapezoid(y, x) == pytest.approx(area_under_curve([0.9, 0.8], [0.8, 0.1]))


def test_without_ill_scans_there_is_no_sensitivity() -> None:
    assert np.isnan(roc([0.5], [False])[0].sensitivity)
