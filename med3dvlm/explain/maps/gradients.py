"""Gradient times input: how a score changes as each cell of the encoder fades out, to first order.

    score = through_mixer(projector, probe.log_scores)
    low_parts, high_parts = gradient_times_input(score, low, high)      # (N_l,), (N_h,)

After Shrikumar et al., arXiv 1605.01713. The mixer mixes all positions, so an image token has no
place; its gradient is pulled back through the mixer to the two grids, whose cells have one.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float32]
# Low and high tokens (1, N_l, C_l) and (1, N_h, C_h) to one number.
GridScore = Callable[[Tensor, Tensor], Tensor]

MEANS = "How much the score would change, to first order, if a cell's numbers faded to zero."
MEANS_NOT = (
    "Not what would happen if the part was covered: a model is no straight line, and a cell has "
    "seen more of the scan than it covers."
)


def gradient_times_input(score: GridScore, low: Tensor, high: Tensor) -> tuple[Floats, Floats]:
    """Gradient times input of every low and high token, summed over its channels."""
    with torch.inference_mode(False), torch.enable_grad():
        inputs = [grid.detach().clone().requires_grad_(True) for grid in (low, high)]
        gradients = torch.autograd.grad(score(*inputs).sum(), inputs, allow_unused=True)
    parts = [
        torch.zeros_like(grid) if slope is None else slope * grid
        for slope, grid in zip(gradients, inputs, strict=True)
    ]
    low_parts, high_parts = (part.detach().sum(dim=-1)[0].float().cpu().numpy() for part in parts)
    return low_parts, high_parts


def through_mixer(
    projector: Callable[[Tensor, Tensor], Tensor], score: Callable[[Tensor], Tensor]
) -> GridScore:
    """A score of image tokens (1, N, C) as one of the low and high tokens they were made from."""
    return lambda low, high: score(projector(low, high))
