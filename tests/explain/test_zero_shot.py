"""Pairs of texts have the logits of the dual encoder."""

from pathlib import Path

import numpy as np
import pytest
import torch

from med3dvlm.engine.engine import load_engine
from med3dvlm.errors import PromptError
from med3dvlm.explain.zero_shot import TextPair
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


def test_several_pairs_have_the_logits_of_each(random_model: Path) -> None:
    dual = load_dual_encoder(random_model / "dual_encoder")
    pairs = [TextPair(dual, *TEXTS), TextPair(dual, "kidney stone", "no kidney stone")]
    tensor = dual.input.prepare(make_case(5, shape=(16, 32, 32)).volume).tensor
    found = TextPair.together(pairs, tensor)
    for number, pair in enumerate(pairs):
        torch.testing.assert_close(found[:, number], pair.logits(tensor))
