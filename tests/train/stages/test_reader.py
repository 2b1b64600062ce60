"""The reader learns from sentences alone, and starts from a pretrained encoder exactly as it is."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel

from med3dvlm.errors import TrainingError
from med3dvlm.model.dual_encoder import TextConfig, text_tower
from med3dvlm.model.reader import load_reader
from train.data.phantoms.text import query_tokenizer
from train.loop.loop import Schedule, run
from train.stages import sentence_encoder
from train.stages.config import TextSource
from train.stages.names import READER
from train.stages.reader import ReaderStageConfig, figures, labels_found, pace, sentences, stage
from train.stages.sentence_encoder import (
    MINILM,
    SentenceEncoder,
    encoder_folder,
    open_sentence_encoder,
)

WORDS = ("is there a gallstone in the liver", "where is it")
NEW = TextConfig(vocabulary=400, width=32, layers=1, heads=2, hidden=64, positions=128, dropout=0.0)
SCHEDULE = Schedule(steps=40, batch=32, learning_rate=3e-3, betas=(0.9, 0.98))
CONFIG = ReaderStageConfig(source=TextSource(config=NEW), schedule=SCHEDULE)
PRETRAINED = replace(CONFIG, source=TextSource(name=MINILM, max_length=64), layers=1)


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BertModel]:
    """A tiny BERT with a tokenizer that has reserved tokens."""
    folder = tmp_path_factory.mktemp("bert")
    tokenizer = query_tokenizer(150, WORDS)
    tokenizer.add_tokens(["[unused0]"])
    torch.manual_seed(0)
    model = BertModel(BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=80,
    )).eval()  # fmt: skip
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder, model


def opened(folder: Path) -> SentenceEncoder:
    return open_sentence_encoder(TextSource(name=str(folder), max_length=64), lambda: iter(()))


def test_a_bert_gives_the_same_vectors_as_a_distilbert(pretrained: tuple[Path, BertModel]) -> None:
    folder, bert = pretrained
    start = opened(folder)
    assert start.weights is not None
    tower = text_tower(start.config).eval()
    tower.load_state_dict(start.weights)
    ids = start.tokenizer(WORDS[0], return_tensors="pt")["input_ids"]
    theirs = query_tokenizer(150, WORDS)(WORDS[0], return_tensors="pt")["input_ids"]
    with torch.no_grad():
        ours = tower(input_ids=ids).last_hidden_state
        assert torch.allclose(ours, bert(theirs).last_hidden_state, atol=1e-5)
    assert "[unused0]" not in start.tokenizer.get_vocab()
    assert "Apache-2.0" in start.origin


def test_another_kind_of_model_is_refused(pretrained: tuple[Path, BertModel]) -> None:
    folder, _ = pretrained
    config = (folder / "config.json").read_text()
    try:
        (folder / "config.json").write_text(config.replace('"bert"', '"distilbert"'))
        with pytest.raises(TrainingError, match="expected a BERT"):
            opened(folder)
    finally:
        (folder / "config.json").write_text(config)


def test_the_installed_package_comes_before_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(name: str) -> object:
        return type("Spec", (), {"origin": f"site/{name}/__init__.py"})

    monkeypatch.setattr(sentence_encoder.importlib.util, "find_spec", found)
    assert encoder_folder(MINILM) == Path("site") / sentence_encoder.PACKAGE / "model"
    monkeypatch.setattr(sentence_encoder, "local_folder", lambda name, **_: Path("hub") / name)
    assert encoder_folder("else/where") == Path("hub/else/where")


def test_of_a_pretrained_encoder_only_the_upper_layers_learn() -> None:
    learns = {
        name: pace(name, PRETRAINED, layers=2) for name in (
            "reader.text.embeddings.word_embeddings.weight",
            "reader.text.transformer.layer.0.ffn.lin1.weight",
            "reader.text.transformer.layer.1.ffn.lin1.weight",
            "reader.heads.kind.weight",
        )
    }  # fmt: skip
    assert list(learns.values()) == [0.0, 0.0, 1.0, PRETRAINED.heads_pace]
    assert pace("reader.text.embeddings.word_embeddings.weight", CONFIG, layers=1) == 1.0


def test_sentences_are_the_same_whenever_they_are_drawn() -> None:
    assert sentences("training", [3, 5], 0) == sentences("training", [3, 5], 0)
    assert sentences("training", [3], 0) != sentences("validation", [3], 0)


@pytest.mark.slow
def test_the_reader_learns_and_can_be_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("train.stages.reader.HELD_OUT", 64)
    monkeypatch.setattr("train.stages.reader.CORPUS", 300)
    made = stage(CONFIG)
    learner = made.build().eval()
    batch = made.batch(0, torch.arange(64).numpy())
    with torch.no_grad():
        before = float(learner(batch)["loss"])
    found = run(made, SCHEDULE, out=tmp_path)
    assert set(found) == {"intent", "kind", "right"}
    loaded = load_reader(tmp_path / READER)
    learner.reader.load_state_dict(loaded.model.state_dict())
    with torch.no_grad():
        assert float(learner(batch)["loss"]) < 0.8 * before
        drawn = sentences("training", range(8), 0)
        told = loaded.tokenizer([row.text for row in drawn], padding=True, return_tensors="pt")
        labels = labels_found(loaded.model(told["input_ids"], told["attention_mask"]))
    assert 0 <= figures(drawn, labels)["right"] <= 1
