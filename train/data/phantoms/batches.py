"""Texts of very different length in one batch, for the text tower."""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from med3dvlm.model.dual_encoder import DualEncoder

# B texts  L tokens  E width of the common space


def tokenised(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> dict[str, Tensor]:
    """Padded ids and mask (B, L)."""
    batch = tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
    return {"ids": batch["input_ids"], "mask": batch["attention_mask"]}


def embed_by_length(model: DualEncoder, ids: Tensor, mask: Tensor, *, parts: int = 2) -> Tensor:
    """Text embeddings (B, E) as by `embed_text`, without the cost of padding queries to reports."""
    lengths = mask.sum(dim=1)
    order = lengths.argsort()
    embedded = [
        model.embed_text(ids[rows, : lengths[rows].max()], mask[rows, : lengths[rows].max()])
        for rows in order.chunk(parts)
    ]
    return torch.cat(embedded)[order.argsort()]
