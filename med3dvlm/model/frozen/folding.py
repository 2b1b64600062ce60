"""Weights of the plain encoder, as its inference form takes them.

All of it is computed in float64 and then rounded once to the encoder's own precision.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from med3dvlm.model.frozen.operations import REACH, Tap

if TYPE_CHECKING:
    from med3dvlm.model.dcformer import ConvNorm, DecomposedConv

# C channels  k kernel  G groups; branches in the order depth, height, width

SIDES = (0, 2)  # the outer taps of a kernel of three


def opening(first: "DecomposedConv", second: "DecomposedConv") -> tuple[Tensor, Tensor]:
    """The stem's first two layers as one map: weight (7 x 20, C), bias (C) of the second.

    A row is a voxel of a cell of the star; see `operations.opened` for their order.
    """
    outer = [t for t in range(2 * REACH + 1) if t != REACH]
    lines, biases = _branches(first)  # (C, 1, 7) each
    voxels = [_total(line[:, 0, REACH] for line in lines)]
    voxels += [line[:, 0, t] for line in lines for t in outer]
    cell = torch.stack([*voxels, _total(biases)])  # (20, C)
    stars, biases = _branches(second)  # (C', C, 3) each
    matrices = [_total(star[..., 1] for star in stars)]
    matrices += [star[..., side] for star in stars for side in SIDES]
    dtype = first.depth.conv.weight.dtype
    weight = torch.cat([cell @ matrix.t() for matrix in matrices])
    return weight.to(dtype), _total(biases).to(dtype)


def dense(layer: "DecomposedConv") -> tuple[Tap, ...]:
    """A layer of the stem: depth takes the middle taps of all branches, so 7 are left of 9."""
    (depth, height, width), biases = _branches(layer)
    whole = depth.clone()
    whole[..., 1] = _total(line[..., 1] for line in (depth, height, width))
    dtype = layer.depth.conv.weight.dtype
    return (
        _tap(1, whole, _total(biases), dtype),
        _tap(2, height[..., SIDES], None, dtype, spread=2),
        _tap(3, width[..., SIDES], None, dtype, spread=2),
    )


def depthwise(layer: "DecomposedConv") -> tuple[Tap, ...]:
    """A block's decomposed convolution; the first branch has the bias of all."""
    (depth, height, width), biases = _branches(layer)
    dtype = layer.depth.conv.weight.dtype
    return (
        _tap(1, depth, _total(biases), dtype),
        _tap(2, height, None, dtype),
        _tap(3, width, None, dtype),
    )


def _branches(layer: "DecomposedConv") -> tuple[list[Tensor], list[Tensor]]:
    """Weights (C', C / G, k) and biases (C') of depth, height and width."""
    folded = [_folded(branch) for branch in (layer.depth, layer.height, layer.width)]
    return [weight for weight, _ in folded], [bias for _, bias in folded]


def _folded(branch: "ConvNorm") -> tuple[Tensor, Tensor]:
    """A convolution with the BatchNorm after it."""
    conv, norm = branch.conv, branch.norm
    assert conv.bias is not None  # BatchNorm and convolution have all that they may have
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    weight = conv.weight.double().flatten(2) * scale[:, None, None]
    return weight, (conv.bias.double() - norm.running_mean.double()) * scale + norm.bias.double()


def _tap(
    axis: int, weight: Tensor, bias: Tensor | None, dtype: torch.dtype, *, spread: int = 1
) -> Tap:
    image = weight.unsqueeze(2 if axis == 3 else 3).to(dtype)  # (C', C / G, 1, k) along width
    return Tap(axis, image, None if bias is None else bias.to(dtype), spread)


def _total(tensors: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(tensors)).sum(dim=0)
