"""Packs conversations about a volume into a row of tokens, and rows into a batch.

    row = pack(prompt, [turns, turns, ...])
    batch = collate([row, ...], padding_of(prompt))       # ids, labels, mask, positions

The conversations of a row share the image tokens in front, and are trained exactly as if each had
its own row: a mask keeps them from seeing each other, and their positions restart after the image.
The loss equals that of separate rows for a fraction of the work.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor

from med3dvlm.model.prompt import IGNORED, Prompt, Turn

# B rows  T tokens of the longest row


class PackedRow(NamedTuple):
    """Token ids, labels, block number (0 = shared) and position of every token."""

    ids: list[int]
    labels: list[int]
    blocks: list[int]
    positions: list[int]


def pack(prompt: Prompt, conversations: Sequence[Sequence[Turn]]) -> PackedRow:
    """One row of several conversations about one volume.

    Args:
        prompt: tokens, style, and the maximum length, at which each conversation is truncated.
        conversations: lists of turns; a turn sees the earlier turns of its own list.
    """
    shared = prompt.image_ids()
    start = len(shared)
    row = PackedRow(list(shared), [IGNORED] * start, [0] * start, list(range(start)))
    for block, turns in enumerate(conversations, start=1):
        ids, labels = prompt.training_row(turns)
        row.ids.extend(ids[start:])
        row.labels.extend(labels[start:])
        row.blocks.extend([block] * (len(ids) - start))
        row.positions.extend(range(start, len(ids)))
    return row


def padding_of(prompt: Prompt) -> int:
    """The padding token; it is masked out and has no loss."""
    stored = prompt.tokenizer.pad_token_id
    return prompt.end_id if stored is None else cast("int", stored)


def collate(rows: Sequence[PackedRow], padding_id: int) -> dict[str, Tensor]:
    """Rows to right-padded tensors: ids, labels and positions (B, T), and the attention mask.

    The mask is bool (B, 1, T, T). If every row has one conversation, a padding mask (B, T) is
    enough, and attention can use its fast kernels.
    """
    length = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), length), padding_id)
    labels = torch.full((len(rows), length), IGNORED)
    blocks = torch.full((len(rows), length), -1)
    positions = torch.arange(length).repeat(len(rows), 1)
    for i, row in enumerate(rows):
        count = len(row.ids)
        ids[i, :count] = torch.tensor(row.ids)
        labels[i, :count] = torch.tensor(row.labels)
        blocks[i, :count] = torch.tensor(row.blocks)
        positions[i, :count] = torch.tensor(row.positions)
    mask = block_mask(blocks) if bool((blocks > 1).any()) else (blocks >= 0).long()
    return {"ids": ids, "labels": labels, "positions": positions, "mask": mask}


def block_mask(blocks: Tensor) -> Tensor:
    """Attention mask, bool (B, 1, T, T): earlier tokens of the shared part and of the own block.

    Padding (block -1) sees only itself, so that no row of the softmax is empty.
    """
    length = blocks.shape[1]
    asking, seen = blocks[:, :, None], blocks[:, None, :]
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    allowed = ((seen == 0) | (seen == asking)) & (asking >= 0) & (seen >= 0) & causal
    return (allowed | torch.eye(length, dtype=torch.bool))[:, None]
