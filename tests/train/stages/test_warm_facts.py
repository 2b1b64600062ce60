"""Pairing volumes with facts, on features that are made from the facts."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from med3dvlm.model.dual_encoder import DualEncoder
from med3dvlm.phantoms.facts import draw_facts
from train.data.config import PhantomPairRows
from train.data.phantoms.claims import stack, tell_all
from train.data.phantoms.pools import pools_of
from train.loop.loop import Schedule, run
from train.recipes.phantom import phantom_dual_encoder
from train.stages.names import VOLUME_SIDE
from train.stages.warm_facts import FactPairs, FactsConfig, fact_pairs

FACTS = [draw_facts(seed) for seed in range(320)]
SCHEDULE = Schedule(steps=80, batch=96, learning_rate=3e-3, weight_decay=0.05, betas=(0.9, 0.98))


def features() -> Tensor:
    """Pooled tokens (1, N, C) that hold the facts, at scales far apart and with some noise."""
    rng = np.random.default_rng(0)
    told = stack([tell_all(case) for case in FACTS])
    truth = torch.cat([told.needs, told.sizes], dim=1)
    width = phantom_dual_encoder().encoder.channels[-1]
    mix = torch.from_numpy(rng.standard_normal((truth.shape[1], width), np.float32))
    scale = torch.from_numpy(np.exp(rng.standard_normal(width)).astype(np.float32))
    noise = torch.from_numpy(rng.standard_normal((len(FACTS), width), np.float32))
    return ((truth @ mix + 0.1 * noise) * scale + 5)[None]


def config() -> FactsConfig:
    return FactsConfig(model=phantom_dual_encoder(), data=PhantomPairRows(), schedule=SCHEDULE)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, float]]:
    high, out = features(), tmp_path_factory.mktemp("facts")
    stage = fact_pairs(config(), high[:, :256], FACTS[:256], high[:, 256:], FACTS[256:])
    return out, run(stage, SCHEDULE, out=out)


def test_facts_find_the_volumes_that_show_them(
    trained: tuple[Path, dict[str, float]],
) -> None:
    figures = trained[1]
    assert figures["text_to_volume_r1"] > 0.5, "chance is 1 in 64"
    assert figures["volume_to_text_r1"] > 0.5


def test_the_dual_encoder_gets_the_standardisation_folded_in(
    trained: tuple[Path, dict[str, float]],
) -> None:
    side = load_file(trained[0] / VOLUME_SIDE)
    model = DualEncoder(phantom_dual_encoder())
    left = model.load_state_dict(side, strict=False)
    assert not left.unexpected_keys
    learner = FactPairs(config(), features())
    for folded, own in (("volume_head.weight", "weight"), ("volume_head.bias", "bias")):
        assert side[folded].shape == getattr(learner.head, own).shape
    pooled = features()[0, :5]
    with torch.no_grad():
        found = learner.volume_side()
        model.load_state_dict(found, strict=False)
        seen = model.embed_high(pooled[:, None])
        assert torch.allclose(seen, learner.embed(pooled), atol=1e-5)


def test_most_batches_are_of_one_region_plane_and_phase() -> None:
    stage = fact_pairs(config(), features(), FACTS, features(), FACTS)
    rows = np.arange(96)
    batch = stage.batch(3, rows)
    again = stage.batch(3, rows)
    assert batch["high"].equal(again["high"]), "a batch is a function of the step"
    assert batch["positives"].shape == (len(batch["high"]), 2 * len(batch["high"]))
    assert bool(batch["positives"].any(dim=0).all()), "every claim is true of some case"
    assert sum(map(len, pools_of(FACTS))) == len(FACTS)
