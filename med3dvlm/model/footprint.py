"""Size of a loaded model: its parameter count, however they are packed, and its bytes.

parameter_count(model), weights_bytes(model)
"""

import math
from collections.abc import Iterator

from torch import Tensor, nn


def parameter_count(model: nn.Module) -> int:
    """Number of parameters; for a 4-bit layer the weights themselves, not the packed bytes."""
    return sum(_count(parameter) for parameter in model.parameters())


def weights_bytes(model: nn.Module) -> int:
    """Bytes of parameters, buffers and scales of quantised layers."""
    tensors = [*model.parameters(), *model.buffers()]
    scales = [scale for parameter in model.parameters() for scale in _scales(parameter)]
    return sum(tensor.numel() * tensor.element_size() for tensor in (*tensors, *scales))


def _count(parameter: nn.Parameter) -> int:
    state = getattr(parameter, "quant_state", None)
    return parameter.numel() if state is None else math.prod(state.shape)


def _scales(parameter: nn.Parameter) -> Iterator[Tensor]:
    """Scales of bitsandbytes: per row for 8 bit, nested block scales for 4 bit."""
    row_scale = getattr(parameter, "SCB", None)
    if row_scale is not None:
        yield row_scale
    state = getattr(parameter, "quant_state", None)
    if state is not None:
        yield state.absmax
        if state.nested:
            yield state.state2.absmax
