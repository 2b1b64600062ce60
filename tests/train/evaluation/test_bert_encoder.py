"""BERTScore from a local folder, with a tiny encoder of random weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from med3dvlm.errors import ConfigError
from med3dvlm.metrics.bertscore import bert_score
from train.data.phantoms.text import corpus, query_tokenizer
from train.evaluation.bert_encoder import BertEncoder, open_bert_encoder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("train.data.phantoms.text.CORPUS", 50)
        tokenizer = query_tokenizer(300, corpus())
    tokenizer.save_pretrained(out)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32,
    )  # fmt: skip
    BertModel(config).save_pretrained(out)
    return out


@pytest.fixture(scope="module")
def bert(folder: Path) -> BertEncoder:
    return open_bert_encoder(folder, layer=1)


def test_greedy_matching_worked_by_hand() -> None:
    """Cosines: first word 1 with the first, second 0.6 and 0.8; recall has a third, orthogonal."""
    said = np.array([[2.0, 0, 0], [0.6, 0.8, 0]])
    meant = np.array([[1.0, 0, 0], [0, 3.0, 0], [0, 0, 1.0]])
    score = bert_score(said, meant)
    assert score.precision == pytest.approx(0.9)
    assert score.recall == pytest.approx(0.6)
    assert score.f1 == pytest.approx(0.72)


def test_opposite_words_have_no_harmonic_mean() -> None:
    assert bert_score([[1.0, 0]], [[0, 1.0]]).f1 == 0


def test_equal_texts_score_one_and_others_less(bert: BertEncoder) -> None:
    assert bert.f1("Two renal cysts.", "Two renal cysts.") == pytest.approx(1, abs=1e-6)
    assert bert.f1("Two renal cysts.", "Pneumothorax") < 0.999
    assert bert.name.endswith("layer 1")


def test_missing_weights_say_what_to_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="leave out --bertscore"):
        open_bert_encoder(tmp_path)
    with pytest.raises(ConfigError, match="2 layers"):
        open_bert_encoder(folder)
