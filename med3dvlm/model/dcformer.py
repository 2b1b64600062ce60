"""DCFormer: a hierarchical 3D encoder of decomposed convolutions (Xin et al., arXiv 2502.05091).

    encoder = DCFormer(small())
    states = encoder(volume)            # volume (B, 1, D, H, W); five grids, /4 to /64
    low, high = tokens(states[3]), tokens(states[4])

A decomposed convolution is the sum of three 1-D convolutions, one per axis, each with its own
BatchNorm. The published weights have two surprising properties: the stem has no activation at
all, so in evaluation it is an affine map of the voxels; and its first layer has stride 4 on every
axis with a kernel that is 1 wide on the two others, so it reads only 15.6 % of the voxels.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from einops import rearrange
from torch import Tensor, nn
from torch.nn.functional import conv2d, gelu

from med3dvlm.model.dcformer_config import STAGES, STEM_KERNELS, STEM_STRIDE, DCFormerConfig
from med3dvlm.model.frozen.form import InferenceForm, current_form

# B batch  C channels  D H W depth, height, width  N tokens (N = D H W, depth first)
# k kernel  s stride  G groups  C' D' H' W' after a layer


class ConvNorm(nn.Module):
    """A 1-D convolution along one axis, then BatchNorm: (B, C, D, H, W) to (B, C', D/s, H/s, W/s).

    The stride applies to all axes; on the two where the kernel is 1 wide it only means taking
    every s-th voxel, which is done first. Along depth or width the two other axes fold into one,
    which makes it a 2-D convolution on a view (on a CPU twice as fast as the 3-D one).
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: tuple[int, int, int], *, stride: int, groups: int
    ) -> None:
        super().__init__()
        self.conv = nn.Conv3d(
            inputs,
            outputs,
            kernel,
            stride=_triple(stride if k > 1 else 1 for k in kernel),
            padding=_triple(k // 2 for k in kernel),
            groups=groups,
        )
        self.norm = nn.BatchNorm3d(outputs)
        self._taken = tuple(slice(None, None, stride if k == 1 else 1) for k in kernel)
        depth, _, width = (k > 1 for k in kernel)
        self._fold = 3 if depth else 2 if width else None

    def forward(self, x: Tensor) -> Tensor:
        """Convolve and normalise."""
        x = x[:, :, *self._taken]  # every s-th voxel of the axes where the kernel is 1 wide
        y: Tensor = self.norm(self.conv(x) if self._fold is None else self._flat(x, self._fold))
        return y

    def _flat(self, x: Tensor, axis: int) -> Tensor:
        """The same convolution with the axes `axis` and `axis + 1` folded into one.

        Along depth (B, C, D, H, W) becomes (B, C, D, H W), along width (B, C, D H, W).
        """
        conv, kept = self.conv, [i for i in range(3) if i != axis - 1]
        y = conv2d(
            x.flatten(axis, axis + 1),
            conv.weight.squeeze(
                axis
            ),  # (C', C / G, k, 1) along depth, (C', C / G, 1, k) along width
            conv.bias,
            stride=[conv.stride[i] for i in kept],
            padding=[int(conv.padding[i]) for i in kept],
            groups=conv.groups,
        )
        # The folded axis opens again; the other one has become shorter by the stride.
        return y.reshape(y.shape[:axis] + x.shape[axis : axis + 2] + y.shape[axis + 1 :])


def _triple(numbers: Iterable[int]) -> tuple[int, int, int]:
    d, h, w = numbers
    return d, h, w


class DecomposedConv(nn.Module):
    """Sum of three 1-D convolutions with BatchNorm: (B, C, D, H, W) to (B, C', D/s, H/s, W/s)."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.depth = ConvNorm(inputs, outputs, (kernel, 1, 1), stride=stride, groups=groups)
        self.height = ConvNorm(inputs, outputs, (1, kernel, 1), stride=stride, groups=groups)
        self.width = ConvNorm(inputs, outputs, (1, 1, kernel), stride=stride, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """Add the three branches (in the published order, which fixes the rounding)."""
        y: Tensor = self.height(x) + self.width(x) + self.depth(x)
        return y


class Block(nn.Module):
    """Down-sampling if it is the first of a stage, then x + scale * MLP(depthwise(x)).

    (B, C, D, H, W) to (B, C', D', H', W'); no norm before the MLP, no activation after the
    depthwise convolution, exact GELU inside.
    """

    def __init__(self, config: DCFormerConfig, stage: int, *, opens_stage: bool) -> None:
        super().__init__()
        channels = config.channels[stage]
        self.down = (
            nn.Sequential(
                nn.MaxPool3d(kernel_size=3, stride=2, padding=1),
                nn.Conv3d(config.channels[stage - 1], channels, kernel_size=1, bias=False),
            )
            if opens_stage
            else nn.Identity()
        )
        self.mix = DecomposedConv(channels, channels, config.kernels[stage - 1], groups=channels)
        self.expand = nn.Linear(channels, config.expansion * channels)
        self.reduce = nn.Linear(config.expansion * channels, channels)
        self.scale = nn.Parameter(config.layer_scale * self.expand.weight.new_ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, D, H, W) to (B, C', D', H', W')."""
        x = self.down(x)  # (B, C', D', H', W'), here and after `mix`
        y = rearrange(self.mix(x), "b c d h w -> b d h w c")  # linear layers act on the last axis
        y = self.scale * self.reduce(gelu(self.expand(y)))
        mixed: Tensor = rearrange(y, "b d h w c -> b c d h w")
        return x + mixed


class DCFormer(nn.Module):
    """The encoder: a volume (B, 1, D, H, W) to five grids (B, C_i, D_i, H_i, W_i), /4 to /64."""

    def __init__(self, config: DCFormerConfig) -> None:
        super().__init__()
        self.config = config
        first = config.channels[0]
        self.stem = nn.Sequential(
            *(
                DecomposedConv(
                    1 if i == 0 else first, first, kernel, stride=STEM_STRIDE if i == 0 else 1
                )
                for i, kernel in enumerate(STEM_KERNELS)
            )
        )
        self.stages = nn.ModuleList(
            nn.Sequential(
                *(Block(config, stage, opens_stage=i == 0) for i in range(config.blocks[stage]))
            )
            for stage in range(1, STAGES)
        )
        self.form: InferenceForm | None = None

    def forward(self, volume: Tensor) -> list[Tensor]:
        """All five states; any volume size works, each state is ceil(n / 4), then ceil(n / 2).

        Frozen weights on a CPU compute in their inference form (`model/frozen/form.py`), anything
        else as it is written here. Both give the same states.
        """
        volume = volume.to(next(self.parameters()).dtype)
        self.form = current_form(self, volume, self.form)
        return self.plain(volume) if self.form is None else self.form.states(volume)

    def plain(self, volume: Tensor) -> list[Tensor]:
        """The five states by the modules themselves, as they are learned."""
        states = [self.stem(volume)]
        states.extend(self._deepen(states[0]))
        return states

    def _deepen(self, state: Tensor) -> Iterator[Tensor]:
        for stage in self.stages:
            state = stage(state)
            yield state


def tokens(grid: Tensor) -> Tensor:
    """A state (B, C, D, H, W) as tokens (B, N, C), depth first."""
    return rearrange(grid, "b c d h w -> b (d h w) c")


def encoder_parameter_count(config: DCFormerConfig) -> int:
    """Number of trainable parameters, computed without building the model."""

    def decomposed(inputs: int, outputs: int, kernel: int) -> int:
        return 3 * (inputs * outputs * kernel + outputs + 2 * outputs)

    first = config.channels[0]
    total = decomposed(1, first, STEM_KERNELS[0])
    total += sum(decomposed(first, first, k) for k in STEM_KERNELS[1:])
    for stage, (before, channels) in enumerate(pairwise(config.channels), start=1):
        hidden = config.expansion * channels
        mlp = channels * hidden + hidden + hidden * channels + channels
        block = decomposed(1, channels, config.kernels[stage - 1]) + mlp + channels
        total += before * channels + config.blocks[stage] * block
    return total
