"""What the processes of a run exchange; with one process these functions do nothing.

texts = gathered(texts)            # (B, C) of every process to (W B, C), with gradients
average_statistics(model)          # running statistics of normalisation layers
"""

from typing import Any

import torch
from torch import Tensor, distributed, nn


def count() -> int:
    """Number of processes."""
    return distributed.get_world_size() if _several() else 1


def rank() -> int:
    """Rank of this process."""
    return distributed.get_rank() if _several() else 0


def _several() -> bool:
    return distributed.is_available() and distributed.is_initialized()


class _Gather(torch.autograd.Function):
    """Rows of all processes; a row's gradient is summed over all processes."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        ctx.rows = len(rows)
        parts = [torch.empty_like(rows) for _ in range(count())]
        distributed.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        summed = gradients[0].contiguous()
        distributed.all_reduce(summed)
        return summed[rank() * ctx.rows : (rank() + 1) * ctx.rows]


def gathered(rows: Tensor) -> Tensor:
    """The rows (B, ...) of every process, as many from each, in rank order: (W B, ...)."""
    if count() == 1:
        return rows
    together: Tensor = _Gather.apply(rows)  # type: ignore[no-untyped-call]
    return together


@torch.no_grad()
def average_statistics(model: nn.Module) -> None:
    """Replace floating-point buffers with their mean over the processes.

    Running statistics are linear in the batch statistics, so averaging them occasionally gives the
    same result as averaging after every step.
    """
    if count() == 1:
        return
    for buffer in model.buffers():
        if buffer.is_floating_point():
            distributed.all_reduce(buffer)
            buffer /= count()
