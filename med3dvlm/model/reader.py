"""The reader: what a free question asks, as a label for each of a few slots.

model = Reader(config)
scores = model(ids, mask)            # {"intent": (B, 21), "kind": (B, 26), ...}
save_reader(folder, model, tokenizer, origin="fine-tuned from ...")
loaded = load_reader(folder)         # rows of the matrices are stored in 8 bits

A small sentence encoder with one linear head a slot. Each head has its own attention over the
tokens, so that "side" can look at another word than "kind".
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from med3dvlm.errors import CheckpointError, ConfigError
from med3dvlm.model.checkpoint_file import CONFIG, FORMAT, read_object
from med3dvlm.model.dual_encoder import TextConfig, text_tower
from med3dvlm.model.stored import read_tokenizer
from med3dvlm.model.weight_files import WEIGHTS
from med3dvlm.values import from_dict, to_json

# B texts  L tokens of the longest text  C width of the encoder  S slots

KIND: Literal["reader"] = "reader"
TOKENIZER = "tokenizer.json"
SCALE = ".scale"
LARGEST = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """The labels of each slot; an empty label means that the question names nothing of the kind."""

    intent: tuple[str, ...]
    kind: tuple[str, ...]
    organ: tuple[str, ...]
    side: tuple[str, ...]
    value: tuple[str, ...]
    tone: tuple[str, ...]

    @property
    def all(self) -> dict[str, tuple[str, ...]]:
        """The labels by slot, in order."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderConfig:
    """Sizes of the sentence encoder, and the labels that it tells apart."""

    text: TextConfig
    slots: Slots


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderFile:
    """config.json of a reader.

    Attributes:
        origin: of the weights that training started from, with their licence.
    """

    format: int
    kind: Literal["reader"]
    origin: str
    model: ReaderConfig


@dataclass(frozen=True, slots=True)
class LoadedReader:
    """A reader ready for use."""

    model: "Reader"
    tokenizer: PreTrainedTokenizerBase


class Reader(nn.Module):
    """A DistilBERT with a head for each slot."""

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        self.config = config
        width, slots = config.text.width, config.slots.all
        self.text = text_tower(config.text)
        self.look = nn.Linear(width, len(slots))
        self.heads = nn.ModuleDict({s: nn.Linear(2 * width, len(n)) for s, n in slots.items()})
        self.dropout = nn.Dropout(config.text.dropout)

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Token ids and mask (B, L) to the scores of every label (B, labels), by slot."""
        hidden = self.text(input_ids=ids, attention_mask=mask).last_hidden_state  # (B, L, C)
        counted = mask[..., None].to(hidden.dtype)  # (B, L, 1)
        mean = (hidden * counted).sum(dim=1) / counted.sum(dim=1)  # (B, C)
        weights = self.look(hidden).masked_fill(counted == 0, -1e4).softmax(dim=1)  # (B, L, S)
        seen = torch.einsum("blc,bls->bsc", hidden, weights)  # (B, S, C)
        return {
            slot: head(self.dropout(torch.cat([mean, seen[:, i]], dim=-1)))
            for i, (slot, head) in enumerate(self.heads.items())
        }


def save_reader(
    folder: Path, model: Reader, tokenizer: PreTrainedTokenizerBase, *, origin: str
) -> None:
    """Write a reader into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = ReaderFile(format=FORMAT, kind=KIND, origin=origin, model=model.config)
    (folder / CONFIG).write_text(to_json(file) + "\n")
    save_file(in_bytes(model.state_dict()), folder / WEIGHTS, metadata={"format": "pt"})
    tokenizer.save_pretrained(folder)
    # Written with indents, thirty thousand words take half as much again.
    words = folder / TOKENIZER
    listed = json.loads(words.read_text("utf-8"))
    words.write_text(json.dumps(listed, separators=(",", ":"), ensure_ascii=False) + "\n", "utf-8")


def load_reader(folder: Path) -> LoadedReader:
    """Load a reader, in evaluation mode.

    Raises:
        CheckpointError: it is incomplete, of another kind or version, or damaged.
    """
    stored = read_object(folder)
    if (stored.get("format"), stored.get("kind")) != (FORMAT, KIND):
        raise CheckpointError(f"{folder} is not a reader of format {FORMAT}")
    try:
        model = Reader(from_dict(ReaderFile, stored).model)
        model.load_state_dict(from_bytes(load_file(folder / WEIGHTS)))
    except (ConfigError, OSError, RuntimeError) as error:
        raise CheckpointError(f"{folder} is not a whole reader ({error}): copy it again") from None
    return LoadedReader(model.eval(), read_tokenizer(folder))


def in_bytes(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights with every matrix as int8 and one scale a row; vectors stay as they are."""
    stored: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if tensor.ndim != 2 or not tensor.is_floating_point():
            stored[name] = tensor.contiguous()
            continue
        scale = tensor.abs().amax(dim=1, keepdim=True).clamp_min(1e-9) / LARGEST
        stored[name] = (tensor / scale).round().to(torch.int8)
        stored[name + SCALE] = scale[:, 0]
    return stored


def from_bytes(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights that `in_bytes` stored, in float32."""
    scales = {n.removesuffix(SCALE): s for n, s in stored.items() if n.endswith(SCALE)}
    plain = {name: tensor for name, tensor in stored.items() if not name.endswith(SCALE)}
    return {n: t.float() * scales[n][:, None] if n in scales else t for n, t in plain.items()}
