"""The dual-stream MLP-Mixer projector: low and high tokens to image tokens of the language model.

    projector = MixerProjector(config)
    image_tokens = projector(low, high)      # (B, sum of the streams' last tokens, width)

Each stream mixes over ALL its positions (Tolstikhin et al., arXiv 2105.01601, without residuals),
so an image token has no place in space.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from med3dvlm.errors import ConfigError

# B batch  N tokens  C channels  N' C' after a layer  l h low and high stream


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamConfig:
    """One stream: `tokens` and `channels` from input to output, one entry more than layers."""

    tokens: tuple[int, ...]
    channels: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.tokens) != len(self.channels) or len(self.tokens) < 2:
            raise ConfigError(
                f"a stream needs as many token as channel sizes, two or more: "
                f"{self.tokens} and {self.channels}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MixerConfig:
    """Both streams; `mlp_depth` linear layers in every MLP."""

    low: StreamConfig
    high: StreamConfig
    mlp_depth: int = 2

    def __post_init__(self) -> None:
        if self.low.channels[-1] != self.high.channels[-1]:
            raise ConfigError("both streams must end in the width of the language model")
        if self.mlp_depth < 1:
            raise ConfigError(f"mlp_depth must be at least 1, got {self.mlp_depth}")

    @property
    def image_tokens(self) -> int:
        """Number of image tokens handed to the language model."""
        return self.low.tokens[-1] + self.high.tokens[-1]

    @property
    def width(self) -> int:
        """Width of an image token."""
        return self.low.channels[-1]


def released_mixer() -> MixerConfig:
    """The projector of the released model: 47,221,248 parameters, 256 tokens of 3584."""
    return MixerConfig(
        low=StreamConfig(tokens=(256, 192, 128), channels=(384, 1792, 3584)),
        high=StreamConfig(tokens=(32, 64, 128), channels=(768, 1792, 3584)),
    )


def mlp(inputs: int, outputs: int, depth: int) -> nn.Sequential:
    """Linear, then (depth - 1) times GELU and Linear; acts on the last axis."""
    layers: list[nn.Module] = [nn.Linear(inputs, outputs)]
    for _ in range(depth - 1):
        layers += [nn.GELU(), nn.Linear(outputs, outputs)]
    return nn.Sequential(*layers)


class MixerLayer(nn.Module):
    """Norm, MLP over tokens, norm, MLP over channels: (B, N, C) to (B, N', C'); no residuals."""

    def __init__(self, tokens: tuple[int, int], channels: tuple[int, int], depth: int) -> None:
        super().__init__()
        self.token_norm = nn.LayerNorm(channels[0])
        self.token_mlp = mlp(*tokens, depth)
        self.channel_norm = nn.LayerNorm(channels[0])
        self.channel_mlp = mlp(*channels, depth)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, C) to (B, N', C')."""
        # The token MLP acts on the last axis, too: (B, C, N) to (B, C, N'), and back to (B, N', C).
        x = self.token_mlp(self.token_norm(x).transpose(1, 2)).transpose(1, 2)
        y: Tensor = self.channel_mlp(self.channel_norm(x))  # (B, N', C')
        return y


class MixerProjector(nn.Module):
    """low (B, N_l, C_l) and high (B, N_h, C_h) to image tokens (B, N, width), low ones first."""

    def __init__(self, config: MixerConfig) -> None:
        super().__init__()
        self.config = config
        self.low = _stream(config.low, config.mlp_depth)
        self.high = _stream(config.high, config.mlp_depth)

    def forward(self, low: Tensor, high: Tensor) -> Tensor:
        """Mix each stream and join them along the tokens."""
        # (B, N_l', width) and (B, N_h', width) to (B, N_l' + N_h', width)
        return torch.cat([self.low(low), self.high(high)], dim=1)


def _stream(config: StreamConfig, depth: int) -> nn.Sequential:
    sizes = zip(pairwise(config.tokens), pairwise(config.channels), strict=True)
    return nn.Sequential(*(MixerLayer(tokens, channels, depth) for tokens, channels in sizes))
