"""The dual encoder: volumes and texts in one space (SigLIP, Zhai et al., arXiv 2303.15343).

model = DualEncoder(config)
volumes = model.embed_volume(volume)         # (B, width), unit length
texts = model.embed_text(ids, mask)          # (B, width), unit length
logits = model.logits(volumes, texts)        # (B, B): exp(t) cos + b
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize
from transformers import DistilBertConfig, DistilBertModel

from med3dvlm.model.dcformer import DCFormer, tokens
from med3dvlm.model.dcformer_config import DCFormerConfig

# B batch  L text length  N tokens  C channels


@dataclass(frozen=True, slots=True, kw_only=True)
class TextConfig:
    """Sizes of the DistilBERT text tower (Sanh et al., arXiv 1910.01108)."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    hidden: int
    positions: int = 512
    dropout: float = 0.1
    padding_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DualEncoderConfig:
    """A DCFormer and a text tower, each with a linear head to `width`."""

    encoder: DCFormerConfig
    text: TextConfig
    width: int


def text_tower(config: TextConfig) -> DistilBertModel:
    """A plain `transformers` DistilBERT with random weights."""
    return DistilBertModel(
        DistilBertConfig(
            vocab_size=config.vocabulary,
            dim=config.width,
            n_layers=config.layers,
            n_heads=config.heads,
            hidden_dim=config.hidden,
            max_position_embeddings=config.positions,
            dropout=config.dropout,
            attention_dropout=config.dropout,
            pad_token_id=config.padding_id,
        )
    )


class DualEncoder(nn.Module):
    """Volume and text towers, their heads, and the sigmoid loss's temperature and bias."""

    def __init__(self, config: DualEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = DCFormer(config.encoder)
        self.text = text_tower(config.text)
        self.volume_head = nn.Linear(config.encoder.channels[-1], config.width)
        self.text_head = nn.Linear(config.text.width, config.width)
        self.log_temperature = nn.Parameter(torch.tensor(math.log(10.0)))
        self.bias = nn.Parameter(torch.tensor(-10.0))

    def embed_volume(self, volume: Tensor) -> Tensor:
        """(B, 1, D, H, W) to unit vectors (B, width)."""
        return self.embed_high(tokens(self.encoder(volume)[-1]))

    def embed_high(self, high: Tensor) -> Tensor:
        """High tokens (B, N, C) to unit vectors (B, width): their mean, the head, normalised.

        Mean and head are linear, so before normalisation a text's score is a sum over cells.
        """
        pooled = high.mean(dim=1)  # (B, C)
        return normalize(self.volume_head(pooled), dim=-1)

    def embed_text(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token ids and attention mask (B, L) to unit vectors (B, width), from the first token."""
        hidden: Tensor = self.text(input_ids=ids, attention_mask=mask).last_hidden_state
        # (B, L, C of the text tower); only the first token, (B, C), represents the text.
        return normalize(self.text_head(hidden[:, 0]), dim=-1)

    def logits(self, volumes: Tensor, texts: Tensor) -> Tensor:
        """Pair logits (B_volumes, B_texts): exp(log_temperature) * cosine + bias."""
        return self.log_temperature.exp() * volumes @ texts.T + self.bias
