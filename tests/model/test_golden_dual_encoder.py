"""Golden: the dual encoder's embeddings and loss, and the mixer."""

import copy
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from med3dvlm.model.checkpoint import load_dual_encoder
from med3dvlm.model.dual_encoder import DualEncoder
from med3dvlm.model.mixer import MixerConfig, MixerProjector, StreamConfig, released_mixer
from med3dvlm.model.released import KeyTable, mixer_names
from tests import released_maker
from tests.golden import named_tensors
from tests.model import published
from train.loop.losses import sigmoid_loss


@pytest.fixture(scope="module")
def model() -> DualEncoder:
    with tempfile.TemporaryDirectory() as folder:
        made = released_maker.make_dual_encoder(Path(folder), released_maker.GOLDEN_CLIP)
        return load_dual_encoder(made).model


@pytest.fixture(scope="module")
def embeddings(model: DualEncoder) -> tuple[torch.Tensor, torch.Tensor]:
    golden = published.arrays("e_clip_tiny")
    volume = torch.from_numpy(named_tensors.volume("clip", (4, 1, 64, 128, 64)))
    ids, mask = (torch.from_numpy(golden[name]) for name in ("input_ids", "attention_mask"))
    with torch.no_grad():
        return model.embed_volume(volume), model.embed_text(ids, mask)


def test_golden_embeddings(embeddings) -> None:
    golden = published.arrays("e_clip_tiny")
    assert published.relative_error(embeddings[0], golden["image_features"]) < 1e-5
    assert published.relative_error(embeddings[1], golden["text_features"]) < 1e-5


def test_golden_sigmoid_loss(model: DualEncoder, embeddings) -> None:
    """The paper's loss; the published branches differ in ways the facts list."""
    volumes, texts = embeddings
    loss = sigmoid_loss(volumes, texts, model.log_temperature, model.bias)
    assert abs(float(loss.detach()) - 2.566744909642208) < 1e-5
    # The published gather branch symmetrises the pair logits; that formula comes out as well.
    logits = model.logits(volumes, texts).detach()
    signs = 2 * torch.eye(4) - 1
    symmetric = (logits + logits.T) / 2
    gathered = -torch.nn.functional.logsigmoid(signs * symmetric).sum() / 4
    assert abs(float(gathered) - 2.435152484427162) < 1e-5


def test_volume_score_splits_over_cells(model: DualEncoder) -> None:
    """Before the norm, the score of a text is a sum over the cells of the high tokens."""
    high = torch.randn(1, 4, 768, generator=torch.Generator().manual_seed(0))
    direction = torch.randn(48, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        whole = model.volume_head(high.mean(dim=1)) @ direction
        weight, bias = model.volume_head.weight, model.volume_head.bias
        cells = (high @ weight.T @ direction) / 4
        split = cells.sum() + bias @ direction
    assert math.isclose(float(whole), float(split), rel_tol=1e-4, abs_tol=1e-4)


MIXERS = {
    "mixer_small": (
        MixerConfig(
            low=StreamConfig(tokens=(32, 24, 16), channels=(384, 32, 64)),
            high=StreamConfig(tokens=(4, 8, 16), channels=(768, 32, 64)),
        ), 2, 1, 59_040,
    ),
    "mixer_depth3_mlp3": (
        MixerConfig(
            low=StreamConfig(tokens=(20, 16, 12, 10), channels=(24, 8, 16, 32)),
            high=StreamConfig(tokens=(6, 5, 7, 9), channels=(40, 8, 16, 32)),
            mlp_depth=3,
        ), 2, 1, 10_199,
    ),
    "mixer_full": (released_mixer(), 1, 64, 47_221_248),
}  # fmt: skip


RELEASED_MIXERS = {
    "mixer_small": released_maker.GOLDEN_HALF,
    "mixer_full": replace(
        released_maker.RELEASED, tower=((8, 8, 8, 384, 768), (1, 1, 1, 1, 1)), layers=1,
        hidden=64, vocabulary=300,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MIXERS)
def test_golden_mixer(name: str) -> None:
    config, batch, step, count = MIXERS[name]
    if name in RELEASED_MIXERS:
        model = published.mixer(RELEASED_MIXERS[name])
        assert model.config == config
    else:  # of a depth that no release has
        model = published.fill(MixerProjector(config), KeyTable(mixer_names(config)))
    assert sum(p.numel() for p in model.parameters()) == count
    low, high = (
        torch.from_numpy(
            named_tensors.normal(f"{name}.{stream}", (batch, sizes.tokens[0], sizes.channels[0]))
        )
        for stream, sizes in (("low", config.low), ("high", config.high))
    )
    golden = published.arrays("c_projectors")
    expected = golden.get(name, golden.get(f"{name}_thinned"))
    assert expected is not None
    with torch.no_grad():
        ours = model(low, high)[:, ::step]
        exact = copy.deepcopy(model).double()(low.double(), high.double())[:, ::step]
    assert published.relative_error(ours, expected) < 5e-5
    assert published.relative_error(exact, expected) < 1e-6
