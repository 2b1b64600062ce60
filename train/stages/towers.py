"""Text towers and language models: from a hub name or folder, from a warm start, or new ones.

tokenizer, make = open_dual_encoder(config, source.corpus, run=run)     # `make()` returns a new one
language = open_language(config.language, source.corpus)
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, cast

import torch
from safetensors.torch import load_file, load_model
from torch import Tensor, nn
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
from train.data.phantoms.text import language_tokenizer, query_tokenizer
from train.stages.config import ContrastiveConfig, LanguageSource, TextSource
from train.stages.names import LANGUAGE, SUPERVISED, TEXT_SIDE, TOKENIZER, VOLUME_SIDE

# B texts  L tokens of the longest text  E width of the shared space

NEW_MODEL_SEED = 0
Corpus = Callable[[], Iterator[str]]


def text_key(text: str) -> int:
    """A number that identifies a text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)


def encoder_state(path: Path) -> dict[str, Tensor]:
    """The encoder weights of a supervised warm start.

    Raises:
        TrainingError: there are none.
    """
    if not path.exists():
        raise TrainingError(f"{path.parent.name} isn't finished: run that stage first")
    prefix = "encoder."
    state = load_file(path)
    return {name.removeprefix(prefix): t for name, t in state.items() if name.startswith(prefix)}


def open_dual_encoder(
    config: ContrastiveConfig, corpus: Corpus, *, run: Path
) -> tuple[PreTrainedTokenizerBase, Callable[[], DualEncoder]]:
    """The tokenizer, and a factory of the dual encoder that stage 1 starts from."""
    tokenizer, text = _text_tower(config.text, corpus)
    sizes = DualEncoderConfig(encoder=config.image.encoder, text=text, width=config.width)

    def make() -> DualEncoder:
        model = DualEncoder(sizes)
        if config.text.name:
            model.text = DistilBertModel.from_pretrained(config.text.name)
        if config.encoder_weights:
            model.encoder.load_state_dict(encoder_state(Path(config.encoder_weights)))
        if "encoder" in config.warm:
            model.encoder.load_state_dict(encoder_state(run / "encoder" / SUPERVISED))
        if "facts" in config.warm:
            _load_side(model, run / "facts" / VOLUME_SIDE)
        if "reading" in config.warm:
            _load_side(model, run / "reading" / TEXT_SIDE)
        return model

    return tokenizer, make


def _load_side(model: DualEncoder, path: Path) -> None:
    """Load one side of a dual encoder; the file must contain only its weights."""
    if unknown := model.load_state_dict(load_file(path), strict=False).unexpected_keys:
        raise TrainingError(f"{path.parent.name} trained {unknown[0]}, which this model lacks")


def _text_tower(source: TextSource, corpus: Corpus) -> tuple[PreTrainedTokenizerBase, TextConfig]:
    if source.config is not None:
        return query_tokenizer(source.config.vocabulary, corpus()), source.config
    stored = AutoConfig.from_pretrained(source.name)
    if stored.model_type != "distilbert":
        raise TrainingError(f"{source.name} is a {stored.model_type}, expected a DistilBERT")
    return AutoTokenizer.from_pretrained(source.name), TextConfig(
        vocabulary=stored.vocab_size, width=stored.dim, layers=stored.n_layers,
        heads=stored.n_heads, hidden=stored.hidden_dim, positions=stored.max_position_embeddings,
        dropout=stored.dropout, padding_id=stored.pad_token_id,
    )  # fmt: skip


def embed_by_length(model: DualEncoder, ids: Tensor, mask: Tensor, *, parts: int) -> Tensor:
    """Text embeddings (B, E) as in `embed_text`, without padding queries to report length."""
    if parts == 1:
        return model.embed_text(ids, mask)
    lengths = mask.sum(dim=1)
    order = lengths.argsort()
    embedded = [
        model.embed_text(ids[rows, : lengths[rows].max()], mask[rows, : lengths[rows].max()])
        for rows in order.chunk(parts)
    ]
    return torch.cat(embedded)[order.argsort()]


class Language(NamedTuple):
    """A language model to start from: tokenizer, sizes, and a factory of the model."""

    tokenizer: PreTrainedTokenizerBase
    config: LanguageConfig
    make: Callable[[], Qwen2ForCausalLM]


def open_language(
    source: LanguageSource,
    corpus: Corpus,
    *,
    warm: Path | None = None,
    dtype: torch.dtype = torch.float32,
) -> Language:
    """The tokenizer with its special tokens, the resulting sizes, and a factory of the model.

    Args:
        source: where the model comes from.
        corpus: texts for the tokenizer of a new model.
        warm: folder of the warm start to load a model of these sizes from.
        dtype: of the weights.
    """
    sizes = source.config
    if sizes is None:
        return _stored_language(source.name, dtype)
    if warm is not None:
        tokenizer = AutoTokenizer.from_pretrained(warm / TOKENIZER, local_files_only=True)
        return Language(tokenizer, sizes, lambda: _warm(sizes, warm))
    return Language(
        language_tokenizer(sizes.vocabulary, corpus()), sizes, lambda: _new(sizes, dtype)
    )


def _stored_language(name: str, dtype: torch.dtype) -> Language:
    tokenizer = AutoTokenizer.from_pretrained(name)
    known = tokenizer.get_vocab()
    wanted = [token for token in (TURN_START, TURN_END, PLACEHOLDER) if token not in known]
    tokenizer.add_special_tokens({"additional_special_tokens": wanted}, False)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = TURN_END
    stored = AutoConfig.from_pretrained(name)
    if not isinstance(stored, Qwen2Config):
        raise TrainingError(f"{name} is a {stored.model_type}, expected a Qwen2")
    return Language(
        tokenizer,
        language_sizes(stored, len(tokenizer)),
        lambda: _pretrained(name, len(tokenizer), len(wanted), dtype),
    )


def _warm(sizes: LanguageConfig, folder: Path) -> Qwen2ForCausalLM:
    """The model of a warm start.

    Raises:
        TrainingError: it has different sizes.
    """
    model = Qwen2ForCausalLM(sizes.qwen2())
    try:
        # Tied weights are stored once, under either name; load_model handles that.
        load_model(model, str(folder / LANGUAGE))
    except RuntimeError as error:
        raise TrainingError(f"{folder} contains another language model: {error}") from error
    return model


def _new(sizes: LanguageConfig, dtype: torch.dtype) -> Qwen2ForCausalLM:
    """The same new weights each time, since a stage that freezes them doesn't save them."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(NEW_MODEL_SEED)
        model = Qwen2ForCausalLM(sizes.qwen2())
    nn.Module.to(model, dtype)
    return model


def language_sizes(stored: Qwen2Config, vocabulary: int) -> LanguageConfig:
    """Our configuration for a stored Qwen2."""
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
    """The stored model with embeddings for the added tokens, each the mean of the others."""
    model = Qwen2ForCausalLM.from_pretrained(name, dtype=dtype)
    model.resize_token_embeddings(vocabulary, mean_resizing=False)
    for table in (model.model.embed_tokens, model.lm_head) if added else ():
        table.weight[-added:] = table.weight[:-added].float().mean(dim=0).to(dtype)
    return model
