"""A small data set in M3D's layout, and the same made ready, once for all tests."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import (
    DistilBertConfig,
    DistilBertModel,
    PreTrainedTokenizerFast,
    Qwen2ForCausalLM,
)

from med3dvlm.model.prompt import PLACEHOLDER, TURN_END
from med3dvlm.model.vlm import LanguageConfig
from train.data.m3d.prepare import PrepareConfig, prepare
from train.data.m3d.sample import SampleSpec, make_sample
from train.data.m3d.sources import corpus
from train.data.phantoms import text

GRID = (32, 64, 64)
SAMPLE = SampleSpec(train=16, validation=4, test=6, shape=(12, 24, 24))
SIZES = LanguageConfig(
    vocabulary=420, width=16, layers=1, heads=2, key_heads=1, hidden=32, tied=False, positions=256
)
READY = PrepareConfig(grid=GRID, workers=1, per_shard=8)


@pytest.fixture(scope="session")
def raw_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("m3d_raw")
    make_sample(folder, SAMPLE)
    return folder


@pytest.fixture(scope="session")
def ready_sample(raw_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("m3d_ready")
    prepare(raw_sample, folder, READY)
    return folder


@pytest.fixture(scope="session")
def stored_language(ready_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2 as the hub has it: more rows than tokens, and no placeholder among them."""
    folder = tmp_path_factory.mktemp("qwen")
    tokenizer = text.language_tokenizer(400, corpus(ready_sample))
    plain = {"additional_special_tokens": ["<|im_start|>"]}
    vocabulary = {t: i for t, i in tokenizer.get_vocab().items() if t != PLACEHOLDER}
    assert len(vocabulary) == len(tokenizer) - 1
    content = tokenizer.backend_tokenizer.to_str().replace(PLACEHOLDER, "<|unused|>")
    stored = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(content), eos_token=TURN_END, **plain
    )
    stored.save_pretrained(folder)
    torch.manual_seed(3)
    Qwen2ForCausalLM(SIZES.qwen2()).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def stored_text(ready_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DistilBERT as the hub has it."""
    folder = tmp_path_factory.mktemp("distilbert")
    text.query_tokenizer(300, corpus(ready_sample)).save_pretrained(folder)
    config = DistilBertConfig(
        vocab_size=300, dim=32, n_layers=1, n_heads=2, hidden_dim=48, max_position_embeddings=64,
        dropout=0.25,
    )  # fmt: skip
    DistilBertModel(config).save_pretrained(folder)
    return folder
