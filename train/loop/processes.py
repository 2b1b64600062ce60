"""What processes of one run tell each other; with one process nothing happens.

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
    """Which of them this is."""
    return distributed.get_rank() if _several() else 0


def _several() -> bool:
    return distributed.is_available() and distributed.is_initialized()


class _Gather(torch.autograd.Function):
    """Rows of all processes; a row's gradient is the sum of what every process found for it."""

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
    """Equally many rows (B, ...) of every process, in the order of the processes: (W B, ...)."""
    if count() == 1:
        return rows
    together: Tensor = _Gather.apply(rows)  # type: ignore[no-untyped-call]
    return together


@torch.no_grad()
def average_statistics(model: nn.Module) -> None:
    """Make floating buffers the mean over the processes.

    Running statistics follow batch statistics linearly, so averaging them now and then is the same
    as after every step.
    """
    if count() == 1:
        return
    for buffer in model.buffers():
        if buffer.is_floating_point():
            distributed.all_reduce(buffer)
            buffer /= count()
