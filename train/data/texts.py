"""Texts to tokens for the text tower."""

from collections.abc import Sequence

from torch import Tensor
from transformers import PreTrainedTokenizerBase

# B texts  L tokens of the longest text


def tokenised(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], *, max_length: int | None = None
) -> dict[str, Tensor]:
    """Ids and mask (B, L), right-padded and truncated to the tower's maximum length."""
    batch = tokenizer(
        list(texts), padding=True, truncation=True, max_length=max_length, return_tensors="pt"
    )
    return {"ids": batch["input_ids"], "mask": batch["attention_mask"]}
