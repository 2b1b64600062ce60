"""Text towers and language models: from a hub name or folder, or new ones of given sizes.

tokenizer, make = build_dual_encoder(study, data)     # `make()` is a fresh DualEncoder
tokenizer, language = open_language(study.language, data)
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, cast

import torch
from safetensors.torch import load_file
from torch import nn
from transformers import (
    AutoConfig,
    AutoTokenizer,
    DistilBertModel,
    PreTrainedTokenizerBase,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from med3dvlm.errors import TrainingError
from med3dvlm.model.dual_encoder import DualEncoder, DualEncoderConfig, TextConfig
from med3dvlm.model.prompt import PLACEHOLDER, TURN_END, TURN_START
from med3dvlm.model.vlm import LanguageConfig
from train.data.m3d.shards import Lines
from train.data.phantoms.text import language_tokenizer, query_tokenizer
from train.stages.study import ContrastiveStudy, LanguageSource, TextSource

# Rows of text that a new tokenizer learns from.
CORPUS_ROWS = 3000
NEW_MODEL_SEED = 0


def text_key(text: str) -> int:
    """A number that only the same text has."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)


def corpus(data: Path) -> Iterator[str]:
    """Captions, questions and answers of the training split, for new tokenizers."""
    for path in sorted(data.glob("*train.jsonl")):
        lines = Lines(path)
        for row in range(min(CORPUS_ROWS, len(lines))):
            line = lines[row]
            yield from (str(line[key]) for key in ("text", "question", "answer") if key in line)


def build_dual_encoder(
    study: ContrastiveStudy, data: Path
) -> tuple[PreTrainedTokenizerBase, Callable[[], DualEncoder]]:
    """The tokenizer, and what makes the dual encoder that stage 1 starts from."""
    tokenizer, text = _text_tower(study.text, data)
    config = DualEncoderConfig(encoder=study.image.encoder, text=text, width=study.width)

    def make() -> DualEncoder:
        model = DualEncoder(config)
        if study.text.name:
            model.text = DistilBertModel.from_pretrained(study.text.name)
        if study.warm_start:
            model.encoder.load_state_dict(_warm_start(Path(study.warm_start)))
        return model

    return tokenizer, make


def _warm_start(path: Path) -> dict[str, torch.Tensor]:
    prefix = "encoder."
    state = load_file(path)
    return {name.removeprefix(prefix): t for name, t in state.items() if name.startswith(prefix)}


def _text_tower(source: TextSource, data: Path) -> tuple[PreTrainedTokenizerBase, TextConfig]:
    if source.config is not None:
        tokenizer = query_tokenizer(source.config.vocabulary, corpus(data))
        return tokenizer, source.config
    stored = AutoConfig.from_pretrained(source.name)
    if stored.model_type != "distilbert":
        raise TrainingError(f"{source.name} is a {stored.model_type}, expected a DistilBERT")
    return AutoTokenizer.from_pretrained(source.name), TextConfig(
        vocabulary=stored.vocab_size, width=stored.dim, layers=stored.n_layers,
        heads=stored.n_heads, hidden=stored.hidden_dim, positions=stored.max_position_embeddings,
        dropout=stored.dropout, padding_id=stored.pad_token_id,
    )  # fmt: skip


class Language(NamedTuple):
    """A language model to start from: tokenizer, sizes, and what makes the model."""

    tokenizer: PreTrainedTokenizerBase
    config: LanguageConfig
    make: Callable[[], Qwen2ForCausalLM]


def open_language(
    source: LanguageSource, data: Path, *, dtype: torch.dtype = torch.float32
) -> Language:
    """The tokenizer with its special tokens, the sizes that follow, and the model's maker.

    Args:
        source: where the model comes from.
        data: ready data, for the tokenizer of a new model.
        dtype: of the weights.
    """
    if source.config is not None:
        sizes = source.config
        return Language(
            language_tokenizer(sizes.vocabulary, corpus(data)),
            sizes,
            lambda: _new(sizes, dtype),
        )
    tokenizer = AutoTokenizer.from_pretrained(source.name)
    known = tokenizer.get_vocab()
    wanted = [token for token in (TURN_START, TURN_END, PLACEHOLDER) if token not in known]
    tokenizer.add_special_tokens({"additional_special_tokens": wanted}, False)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = TURN_END
    stored = AutoConfig.from_pretrained(source.name)
    if not isinstance(stored, Qwen2Config):
        raise TrainingError(f"{source.name} is a {stored.model_type}, expected a Qwen2")
    return Language(
        tokenizer,
        language_sizes(stored, len(tokenizer)),
        lambda: _pretrained(source.name, len(tokenizer), len(wanted), dtype),
    )


def _new(sizes: LanguageConfig, dtype: torch.dtype) -> Qwen2ForCausalLM:
    """The same weights each time, since a stage that freezes them doesn't write them."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(NEW_MODEL_SEED)
        model = Qwen2ForCausalLM(sizes.qwen2())
    nn.Module.to(model, dtype)
    return model


def language_sizes(stored: Qwen2Config, vocabulary: int) -> LanguageConfig:
    """Our configuration of a stored Qwen2."""
    rope = cast("dict[str, float]", stored.rope_parameters)
    return LanguageConfig(
        vocabulary=vocabulary, width=stored.hidden_size, layers=stored.num_hidden_layers,
        heads=stored.num_attention_heads,
        key_heads=stored.num_key_value_heads or stored.num_attention_heads,
        hidden=stored.intermediate_size, tied=stored.tie_word_embeddings,
        positions=stored.max_position_embeddings, rope_theta=float(rope["rope_theta"]),
        norm_eps=stored.rms_norm_eps,
    )  # fmt: skip


@torch.no_grad()
def _pretrained(name: str, vocabulary: int, added: int, dtype: torch.dtype) -> Qwen2ForCausalLM:
    """The stored model with rows for the added tokens, each the mean of the others."""
    model = Qwen2ForCausalLM.from_pretrained(name, dtype=dtype)
    model.resize_token_embeddings(vocabulary, mean_resizing=False)
    for table in (model.model.embed_tokens, model.lm_head) if added else ():
        table.weight[-added:] = table.weight[:-added].float().mean(dim=0).to(dtype)
    return model
