"""BatchNorm that doesn't depend on how a batch is cut into processes and chunks.

    group_normalisation(encoder, 16)       # in training, statistics of 16 rows at a time
    ...                                    # forward passes of all chunks of a step
    settle(encoder)                        # running statistics move once a step

Plain BatchNorm computes statistics over the rows that share a forward pass. Two processes, or a
batch split into chunks, would therefore train a different model from one process with the whole
batch.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm

from med3dvlm.errors import TrainingError


class GroupedBatchNorm(nn.BatchNorm3d):
    """BatchNorm over groups of rows in training; plain BatchNorm in evaluation.

    It collects statistics until `settle` moves the running ones towards their mean.
    """

    def __init__(self, plain: nn.BatchNorm3d, group: int) -> None:
        super().__init__(plain.num_features, eps=plain.eps, momentum=plain.momentum)
        self.weight, self.bias = plain.weight, plain.bias
        for name, buffer in plain.named_buffers():
            setattr(self, name, buffer)
        self.group = group
        self.collects = True
        self.found: list[tuple[Tensor, Tensor]] = []

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, D, H, W) to the same shape; in training B is a multiple of the group."""
        if not self.training:
            return super().forward(x)
        if len(x) % self.group:
            raise TrainingError(
                f"{len(x)} rows in a forward pass are not a multiple of the {self.group} that "
                "share normalisation: choose another norm_group, chunk or batch"
            )
        return torch.cat([self._normalised(rows) for rows in torch.split(x, self.group)])

    def _normalised(self, rows: Tensor) -> Tensor:
        assert self.running_mean is not None
        assert self.running_var is not None
        mean, variance = torch.zeros_like(self.running_mean), torch.zeros_like(self.running_var)
        y = batch_norm(rows, mean, variance, self.weight, self.bias, True, 1.0, self.eps)
        if self.collects:
            self.found.append((mean, variance))
        return y


def group_normalisation(model: nn.Module, group: int) -> None:
    """Replace every plain BatchNorm with a grouped one; weight names stay the same."""
    for module in model.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm3d) and not isinstance(child, GroupedBatchNorm):
                setattr(module, name, GroupedBatchNorm(child, group))


def _grouped(model: nn.Module) -> list[GroupedBatchNorm]:
    return [module for module in model.modules() if isinstance(module, GroupedBatchNorm)]


@torch.no_grad()
def settle(model: nn.Module) -> None:
    """Move running statistics towards the mean over all groups seen since the last call."""
    for norm in _grouped(model):
        if norm.found:
            means, variances = zip(*norm.found, strict=True)
            for buffer, values in ((norm.running_mean, means), (norm.running_var, variances)):
                assert buffer is not None
                buffer.lerp_(torch.stack(values).mean(dim=0), norm.momentum or 0.0)
            if norm.num_batches_tracked is not None:
                norm.num_batches_tracked += 1
            norm.found.clear()


@contextmanager
def not_collecting(model: nn.Module) -> Iterator[None]:
    """Don't collect statistics: for a repeated forward pass, as in checkpointing."""
    norms = _grouped(model)
    for norm in norms:
        norm.collects = False
    try:
        yield
    finally:
        for norm in norms:
            norm.collects = True
