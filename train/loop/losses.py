"""The losses, each with one definition for any number of processes and chunks.

loss = sigmoid_loss(volumes, gathered(texts), log_temperature, bias, positives, chunk=256)
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
from torch.utils.checkpoint import checkpoint

# B batch  C width  L finding labels  K kinds  T tokens  V vocabulary


def sigmoid_loss(
    volumes: Tensor,
    texts: Tensor,
    log_temperature: Tensor,
    bias: Tensor,
    positives: Tensor | None = None,
    *,
    chunk: int = 0,
) -> Tensor:
    """Pairwise sigmoid loss (Zhai et al., arXiv 2303.15343, algorithm 1), a mean over volumes.

    With several processes, each passes its own volumes and the texts of all processes. Gradients
    are averaged over processes, and the mean of these losses is the loss of the whole batch.

    Args:
        volumes: unit vectors (B, C).
        texts: unit vectors (B', C).
        log_temperature: t' of the paper; logits are exp(t') cos + b.
        bias: b of the paper.
        positives: bool (B, B'), which texts are true of which volumes; the diagonal by default.
        chunk: volumes whose logits are in memory at once, forward and backward; 0 for all.
    """
    if positives is None:
        positives = torch.eye(len(volumes), len(texts), device=volumes.device, dtype=torch.bool)
    scale = log_temperature.exp()
    if not chunk or chunk >= len(volumes):
        return _pair_losses(volumes, texts, scale, bias, positives) / len(volumes)
    parts = [
        checkpoint(_pair_losses, rows, texts, scale, bias, true, use_reentrant=False)
        for rows, true in zip(
            torch.split(volumes, chunk), torch.split(positives, chunk), strict=True
        )
    ]
    return torch.stack(parts).sum() / len(volumes)


def _pair_losses(
    volumes: Tensor, texts: Tensor, scale: Tensor, bias: Tensor, positives: Tensor
) -> Tensor:
    """Sum over all pairs of -log sigmoid of the logit, negated for pairs that don't match."""
    logits = scale * volumes @ texts.T + bias
    signs = torch.where(positives, 1.0, -1.0)
    return -logsigmoid(signs * logits).sum()


POSITIVE_WEIGHT = 3.0
# A finding fills few cells, so an empty map is almost right: cells with a finding weigh even more.
CELL_POSITIVE_WEIGHT = 6.0


def attribute_loss(logits: list[Tensor], classes: Tensor) -> Tensor:
    """Cross-entropy summed over attributes; classes (B, attributes), -100 is ignored."""
    losses = [
        cross_entropy(scores, classes[:, i], ignore_index=-100)
        for i, scores in enumerate(logits)
        if bool((classes[:, i] >= 0).any())
    ]
    return torch.stack(losses).sum()


def finding_loss(logits: Tensor, present: Tensor) -> Tensor:
    """Binary cross-entropy over (B, L), summed over labels; present findings weigh more."""
    weight = torch.full_like(logits[0], POSITIVE_WEIGHT)
    return binary_cross_entropy_with_logits(
        logits, present, pos_weight=weight, reduction="sum"
    ) / len(logits)


def cell_loss(logits: Tensor, cells: Tensor) -> Tensor:
    """Binary cross-entropy of finding maps (B, K, d, h, w): mean over cells, summed over kinds.

    Coarser logits are compared with the maximum over the cells that they cover.
    """
    while logits.shape[2:] != cells.shape[2:]:
        cells = max_pool3d(cells, kernel_size=2, stride=2, ceil_mode=True)
    weight = torch.full_like(logits[0], CELL_POSITIVE_WEIGHT)
    loss = binary_cross_entropy_with_logits(logits, cells, pos_weight=weight)
    return loss * logits.shape[1]


def size_loss(predicted: Tensor, sizes: Tensor) -> Tensor:
    """Smooth L1 over the sizes of present findings; sizes (B, K) in [0, 1], NaN where absent."""
    known = ~sizes.isnan()
    if not bool(known.any()):
        return predicted.sum() * 0.0
    return smooth_l1_loss(predicted[known], sizes[known], beta=0.1, reduction="sum") / len(sizes)


# An answer's first token decides: it is the option's letter, or yes or no.
OPENING_WEIGHT = 5.0


def answer_loss(logits: Tensor, labels: Tensor, *, opening: float = OPENING_WEIGHT) -> Tensor:
    """Weighted mean next-token cross-entropy; the first token of an answer weighs more.

    Args:
        logits: (B, T, V), each predicting the next token.
        labels: (B, T), -100 for tokens to ignore.
        opening: weight of an answer's first token; 1 gives the plain mean.
    """
    wanted, known = labels[:, 1:], labels[:, 1:] >= 0
    weights = _answer_weights(labels, opening)
    losses = cross_entropy(logits[:, :-1][known], wanted[known], reduction="none")
    return (weights * losses).sum() / weights.sum()


def answer_weight(labels: Tensor, *, opening: float = OPENING_WEIGHT) -> float:
    """The denominator of the mean in `answer_loss`: the summed weights of all learned tokens."""
    return float(_answer_weights(labels, opening).sum())


def _answer_weights(labels: Tensor, opening: float) -> Tensor:
    known = labels[:, 1:] >= 0
    opens = known & (labels[:, :-1] < 0)
    return torch.where(opens, opening, 1.0)[known]
