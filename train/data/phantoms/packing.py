"""Many questions about one volume in one row, exactly as if each were asked alone.

    row = pack(prompt, [turns, turns, ...])
    batch = collate([row, ...], padding_id)    # ids, labels, 4-D mask, positions

All blocks share the image tokens in front; a mask keeps them from seeing each other and their
positions start anew, so the loss equals that of separate rows for a fraction of the work.
"""

from collections.abc import Sequence
from typing import NamedTuple

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
        prompt: tokens and style.
        conversations: each a list of turns; later turns see the earlier ones of their own list.
    """
    shared = prompt.image_ids()
    row = PackedRow(
        list(shared), [IGNORED] * len(shared), [0] * len(shared), list(range(len(shared)))
    )
    for block, turns in enumerate(conversations, start=1):
        position = len(shared)
        for turn in turns:
            ids, labels = prompt.turn_row(turn)
            row.ids.extend(ids)
            row.labels.extend(labels)
            row.blocks.extend([block] * len(ids))
            row.positions.extend(range(position, position + len(ids)))
            position += len(ids)
    return row


def collate(rows: Sequence[PackedRow], padding_id: int) -> dict[str, Tensor]:
    """Rows to tensors: ids and labels (B, T), positions (B, T), mask bool (B, 1, T, T)."""
    length = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), length), padding_id)
    labels = torch.full((len(rows), length), IGNORED)
    blocks = torch.full((len(rows), length), -1)
    positions = torch.zeros((len(rows), length), dtype=torch.long)
    for i, row in enumerate(rows):
        count = len(row.ids)
        ids[i, :count] = torch.tensor(row.ids)
        labels[i, :count] = torch.tensor(row.labels)
        blocks[i, :count] = torch.tensor(row.blocks)
        positions[i, :count] = torch.tensor(row.positions)
    return {"ids": ids, "labels": labels, "positions": positions, "mask": block_mask(blocks)}


def block_mask(blocks: Tensor) -> Tensor:
    """Who may see whom: earlier tokens of the shared part and of the own block; bool (B, 1, T, T).

    Padding (block -1) sees itself alone, so that no row of the softmax is empty.
    """
    length = blocks.shape[1]
    asking, seen = blocks[:, :, None], blocks[:, None, :]
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    allowed = ((seen == 0) | (seen == asking)) & (asking >= 0) & (seen >= 0) & causal
    return (allowed | torch.eye(length, dtype=torch.bool))[:, None]
