"""The losses, each with one definition for any number of processes.

loss = sigmoid_loss(volumes, texts, log_temperature, bias)
"""

import torch
from torch import Tensor
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    logsigmoid,
    max_pool3d,
    smooth_l1_loss,
)

# B batch  C width  L finding labels  K kinds  T tokens  V vocabulary


def sigmoid_loss(
    volumes: Tensor,
    texts: Tensor,
    log_temperature: Tensor,
    bias: Tensor,
    positives: Tensor | None = None,
) -> Tensor:
    """Pairwise sigmoid loss (Zhai et al., arXiv 2303.15343, algorithm 1), a mean over volumes.

    Args:
        volumes: unit vectors (B, C).
        texts: unit vectors (B', C).
        log_temperature: t' of the paper; logits are exp(t') cos + b.
        bias: b of the paper.
        positives: bool (B, B'), which texts are true of which volumes; the diagonal by default.
    """
    logits = log_temperature.exp() * volumes @ texts.T + bias
    if positives is None:
        positives = torch.eye(*logits.shape, device=logits.device, dtype=torch.bool)
    signs = torch.where(positives, 1.0, -1.0)
    return -logsigmoid(signs * logits).sum() / len(volumes)


POSITIVE_WEIGHT = 3.0


def attribute_loss(logits: list[Tensor], classes: Tensor) -> Tensor:
    """Sum over attributes of the cross-entropy; classes (B, attributes), -100 is ignored."""
    losses = [
        cross_entropy(scores, classes[:, i], ignore_index=-100)
        for i, scores in enumerate(logits)
        if bool((classes[:, i] >= 0).any())
    ]
    return torch.stack(losses).sum()


def finding_loss(logits: Tensor, present: Tensor) -> Tensor:
    """Binary cross-entropy over (B, L), summed over labels; presence weighs more."""
    weight = torch.full_like(logits[0], POSITIVE_WEIGHT)
    return binary_cross_entropy_with_logits(
        logits, present, pos_weight=weight, reduction="sum"
    ) / len(logits)


def cell_loss(logits: Tensor, cells: Tensor) -> Tensor:
    """Binary cross-entropy of finding maps (B, K, d, h, w): mean over cells, summed over kinds.

    Coarser logits are compared with the maximum of the cells they cover.
    """
    while logits.shape[2:] != cells.shape[2:]:
        cells = max_pool3d(cells, kernel_size=2, stride=2, ceil_mode=True)
    weight = torch.full_like(logits[0], POSITIVE_WEIGHT)
    loss = binary_cross_entropy_with_logits(logits, cells, pos_weight=weight)
    return loss * logits.shape[1]


def size_loss(predicted: Tensor, sizes: Tensor) -> Tensor:
    """Smooth L1 over the sizes that exist; sizes (B, K) in [0, 1], NaN where a kind is absent."""
    known = ~sizes.isnan()
    if not bool(known.any()):
        return predicted.sum() * 0.0
    return smooth_l1_loss(predicted[known], sizes[known], beta=0.1, reduction="sum") / len(sizes)


# An answer's first token decides: it is the letter of a choice, or yes or no.
OPENING_WEIGHT = 5.0


def answer_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Weighted mean cross-entropy of the next token; the first token of an answer weighs more.

    Args:
        logits: (B, T, V), for the token after each.
        labels: (B, T), -100 for what is not to be learned.
    """
    wanted, known = labels[:, 1:], labels[:, 1:] >= 0
    opens = known & (labels[:, :-1] < 0)
    weights = torch.where(opens, OPENING_WEIGHT, 1.0)[known]
    losses = cross_entropy(logits[:, :-1][known], wanted[known], reduction="none")
    return (weights * losses).sum() / weights.sum()
