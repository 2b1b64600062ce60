"""Sizes of a DCFormer, without the libraries that compute one.

small().grid((128, 256, 256), stage=4)      # (2, 4, 4)
"""

from dataclasses import dataclass

from med3dvlm.errors import ConfigError

STAGES = 5
STEM_KERNELS = (7, 3, 3, 3)
STEM_STRIDE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DCFormerConfig:
    """Sizes of a DCFormer.

    Attributes:
        channels: of the stem and the four stages.
        blocks: per stage; the first entry belongs to the stem and is 1.
        kernels: of the depthwise decomposed convolutions of stages 1 to 4.
        layer_scale: initial value of each block's residual scale (the paper's code uses 1e-6).
    """

    channels: tuple[int, int, int, int, int]
    blocks: tuple[int, int, int, int, int]
    kernels: tuple[int, int, int, int] = (13, 11, 9, 7)
    expansion: int = 4
    layer_scale: float = 1e-6

    def __post_init__(self) -> None:
        if len(self.channels) != STAGES or len(self.blocks) != STAGES:
            raise ConfigError(f"channels and blocks need {STAGES} entries each")
        if self.blocks[0] != 1 or min(self.blocks) < 1 or min(self.channels) < 1:
            raise ConfigError(f"blocks must be positive and start with 1, got {self.blocks}")
        if len(self.kernels) != STAGES - 1 or any(k % 2 == 0 for k in self.kernels):
            raise ConfigError(f"kernels must be four odd numbers, got {self.kernels}")

    def grid(self, volume: tuple[int, int, int], stage: int) -> tuple[int, int, int]:
        """Size of the state after `stage` (0 = stem) for a volume of size (D, H, W)."""
        d, h, w = (-(-n // STEM_STRIDE) for n in volume)
        for _ in range(stage):
            d, h, w = (-(-n // 2) for n in (d, h, w))
        return d, h, w


def nano() -> DCFormerConfig:
    """0.79 M parameters."""
    return DCFormerConfig(channels=(32, 32, 64, 128, 256), blocks=(1, 1, 1, 1, 1))


def naive() -> DCFormerConfig:
    """5.85 M parameters."""
    return DCFormerConfig(channels=(32, 64, 128, 256, 512), blocks=(1, 2, 2, 2, 2))


def tiny() -> DCFormerConfig:
    """14.66 M parameters."""
    return DCFormerConfig(channels=(64, 96, 192, 384, 768), blocks=(1, 2, 3, 3, 2))


def small() -> DCFormerConfig:
    """18.24 M parameters; the encoder of the released models."""
    return DCFormerConfig(channels=(64, 96, 192, 384, 768), blocks=(1, 2, 3, 6, 2))


def base() -> DCFormerConfig:
    """33.87 M parameters."""
    return DCFormerConfig(channels=(64, 128, 256, 512, 1024), blocks=(1, 2, 6, 6, 2))


def large() -> DCFormerConfig:
    """185.1 M parameters."""
    return DCFormerConfig(channels=(64, 256, 512, 1024, 2048), blocks=(1, 2, 6, 12, 2))


VARIANTS = {
    "nano": nano,
    "naive": naive,
    "tiny": tiny,
    "small": small,
    "base": base,
    "large": large,
}
