"""Augmentation that keeps texts true: contrast, brightness, noise, small shifts; no flips."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Jitter:
    """Strengths, in units of the model input's [0, 1] scale and in voxels."""

    contrast: float = 0.06
    noise: float = 0.01
    shift: int = 2


def jittered(volume: Tensor, jitter: Jitter, generator: torch.Generator) -> Tensor:
    """A volume batch (B, 1, D, H, W) with slightly changed grey values and position."""
    count = (len(volume), 1, 1, 1, 1)
    gain = 1 + jitter.contrast * (2 * torch.rand(count, generator=generator) - 1)
    offset = 0.5 * jitter.contrast * (2 * torch.rand(count, generator=generator) - 1)
    shifts = torch.randint(-jitter.shift, jitter.shift + 1, (3,), generator=generator).tolist()
    volume = torch.roll(volume, shifts, dims=(2, 3, 4)) * gain + offset
    if jitter.noise:
        volume += jitter.noise * torch.randn(volume.shape, generator=generator)
    return volume.clamp_(0, 1)
