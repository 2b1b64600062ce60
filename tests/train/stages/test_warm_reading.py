"""The text tower learns to read from texts alone."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from med3dvlm.model.dual_encoder import DualEncoderConfig
from train.data.phantoms.text import corpus, query_tokenizer
from train.data.texts import tokenised
from train.loop.loop import Schedule, run
from train.recipes.phantom import phantom_dual_encoder
from train.stages.facts_encoder import FactsEncoder
from train.stages.names import FACTS_ENCODER, TEXT_SIDE
from train.stages.towers import embed_by_length
from train.stages.warm_reading import ReadingConfig, stage


def small() -> DualEncoderConfig:
    config = phantom_dual_encoder()
    text = replace(config.text, width=48, layers=1, heads=2, hidden=64)
    return replace(config, text=text, width=32)


SCHEDULE = Schedule(steps=30, batch=16, learning_rate=5e-3, betas=(0.9, 0.98))
CONFIG = ReadingConfig(model=small(), schedule=SCHEDULE)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose facts encoder knows nothing in particular."""
    run_folder = tmp_path_factory.mktemp("run")
    (run_folder / "facts").mkdir()
    torch.manual_seed(1)
    save_file(FactsEncoder(32).state_dict(), run_folder / "facts" / FACTS_ENCODER)
    return run_folder


@pytest.mark.slow
def test_reading_learns_facts_and_leaves_the_text_side(
    teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("train.data.phantoms.text.CORPUS", 300)
    monkeypatch.setattr("train.stages.warm_reading.HELD_OUT", 48)
    made = stage(CONFIG, run=teacher)
    learner = made.build()
    batch = made.batch(0, torch.arange(64).numpy())
    with torch.no_grad():
        before = learner(batch)
    figures = run(made, SCHEDULE, out=tmp_path)
    state = load_file(tmp_path / TEXT_SIDE)
    assert {name.partition(".")[0] for name in state} == {"text", "text_head"}
    learner.load_state_dict({f"model.{k}": v for k, v in state.items()}, strict=False)
    with torch.no_grad():
        after = learner(batch)
    assert after["nearness"] < 0.8 * before["nearness"]
    assert figures["cosine"] > 0.2


def test_the_teacher_does_not_learn(teacher: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("train.data.phantoms.text.CORPUS", 300)
    made = stage(CONFIG, run=teacher)
    taught = {name for name, _ in made.build().named_parameters() if made.pace(name) > 0}
    assert any(name.startswith("model.text.") for name in taught)
    assert any(name.startswith("readout") for name in taught)
    assert not any(name.startswith(("facts.", "model.volume", "model.encoder")) for name in taught)


def test_texts_embedded_by_length_are_the_same_in_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from med3dvlm.model.dual_encoder import DualEncoder

    monkeypatch.setattr("train.data.phantoms.text.CORPUS", 50)
    model = DualEncoder(small()).eval()
    tokenizer = query_tokenizer(300, corpus())
    texts = [
        "kidney stone",
        "Axial CT of the abdomen. " * 4,
        "cyst",
        "CT of the chest, delayed phase",
    ]
    batch = tokenised(tokenizer, texts)
    with torch.no_grad():
        plain = model.embed_text(batch["ids"], batch["mask"])
        for parts in (1, 2, 4):
            fast = embed_by_length(model, batch["ids"], batch["mask"], parts=parts)
            assert torch.allclose(fast, plain, atol=1e-5)
