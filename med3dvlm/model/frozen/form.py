"""DCFormer for frozen weights on a CPU: the same five states from fewer operations and bytes.

The plain module holds the weights, and learns. This is how `DCFormer.forward` computes in
evaluation without gradients, by itself. BatchNorm is folded, branches add to their sum in place,
the stem's first two layers are one map of voxels and the others multiply 7 taps instead of 9, and
linear layers run over blocks of rows that stay in the cache. Linear layers are shared with the
plain module; what is folded takes little memory.
"""

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, cast

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn.functional import gelu, linear

from med3dvlm.model.frozen import folding
from med3dvlm.model.frozen.operations import BLOCK, Tap, halved, opened, summed
from med3dvlm.model.processor import cpu_has_bfloat16

if TYPE_CHECKING:
    from med3dvlm.model.dcformer import Block, DCFormer, DecomposedConv

# B batch  C channels  D H W depth, height, width; a state is (B, D, H, W, C) within this form

Key = tuple[tuple[int, int], ...]


def current_form(
    encoder: "DCFormer", volume: Tensor, kept: "InferenceForm | None"
) -> "InferenceForm | None":
    """The form of an encoder as it is now; None where this call needs the plain module.

    Args:
        encoder: the plain module.
        volume: (B, 1, D, H, W), in the encoder's precision.
        kept: the form of an earlier call, used again unless a weight has changed.
    """
    if not _applies(encoder, volume):
        return None
    key = tuple(
        (tensor.data_ptr(), tensor._version)
        for tensor in chain(encoder.parameters(), encoder.buffers())
    )
    return kept if kept is not None and kept.key == key else InferenceForm(encoder, key)


class InferenceForm:
    """An encoder in this form; `key` says which weights it was made of."""

    def __init__(self, encoder: "DCFormer", key: Key) -> None:
        self.key = key
        first, second, *others = cast("list[DecomposedConv]", list(encoder.stem))
        stages = cast("list[list[Block]]", [list(stage.children()) for stage in encoder.stages])
        with torch.no_grad():
            self._opening = folding.opening(first, second)
            self._stem = [folding.dense(layer) for layer in others]
            self._stages = [[_step(block) for block in stage] for stage in stages]

    @torch.no_grad()
    def states(self, volume: Tensor) -> list[Tensor]:
        """A volume (B, 1, D, H, W) to five states (B, C, D, H, W), in memory as (B, D, H, W, C)."""
        state = opened(volume, *self._opening)
        for taps in self._stem:
            state = summed(taps, state)
        states = [state]
        for stage in self._stages:
            for step in stage:
                state = step.of(state)
            states.append(state)
        return [rearrange(state, "b d h w c -> b c d h w") for state in states]


@dataclass(frozen=True, slots=True)
class Step:
    """A block of a stage: its linear layers as they are, the rest folded."""

    block: "Block"
    down: Tensor | None  # (C', C) of a block that opens its stage
    taps: tuple[Tap, ...]

    def of(self, x: Tensor) -> Tensor:
        """(B, D, H, W, C) to (B, D', H', W', C'); a block that doesn't open a stage changes x."""
        if self.down is not None:
            for axis in (1, 2, 3):
                x = halved(x, axis)
            x = linear(x, self.down)
        mixed = summed(self.taps, x).flatten(0, 3)  # (B D' H' W', C')
        expand, reduce, scale = self.block.expand, self.block.reduce, self.block.scale
        rows = max(1, BLOCK // expand.out_features)
        for own, seen in zip(
            torch.split(x.flatten(0, 3), rows), torch.split(mixed, rows), strict=True
        ):
            own.addcmul_(reduce(gelu(expand(seen))), scale)
        return x


def _step(block: "Block") -> Step:
    down = None
    if isinstance(block.down, nn.Sequential):
        down = cast("nn.Conv3d", block.down[1]).weight.flatten(1)  # its kernel is 1 x 1 x 1
    return Step(block, down, folding.depthwise(block.mix))


def _applies(encoder: "DCFormer", volume: Tensor) -> bool:
    """Frozen, on a CPU that has these operations, and nobody looks at what is in between."""
    weights = list(encoder.parameters())
    learns = torch.is_grad_enabled() and any(t.requires_grad for t in (volume, *weights))
    return (
        not (encoder.training or learns or torch.is_autocast_enabled("cpu"))
        and not torch.compiler.is_compiling()
        and _computes(volume.dtype)
        and all(t.device.type == "cpu" and t.dtype == volume.dtype for t in (volume, *weights))
        and not any(t.is_inference() for t in weights)  # those don't say when they change
        and not any(_is_watched(module) for module in encoder.modules() if module is not encoder)
    )


def _computes(dtype: torch.dtype) -> bool:
    """Whether this CPU has the operations; bfloat16 is only for models that were loaded so."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    return dtype == torch.float32 or (dtype == torch.bfloat16 and cpu_has_bfloat16())


def _is_watched(module: nn.Module) -> bool:
    """Whether a hook, or a wrapper around `forward`, wants to see this part work."""
    return bool(module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module))
