"""Banks of smooth noise, made once per process: image noise, organ texture and vessel-like threads.

noise = noise_bank()                       # unit variance, correlated like a CT slice stack
piece = crop(noise, (64, 128, 128), rng)   # a random crop of it
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

BANK_SHAPE = (160, 160, 160)


@cache
def noise_bank() -> Field:
    """Gaussian noise with a reconstruction kernel's short correlation: mean 0, SD 1."""
    return _smooth_field(seed=11, sigma=(0.35, 0.6, 0.6))


@cache
def smooth_noise_bank() -> Field:
    """Coarser grain, as a soft kernel leaves it: mean 0, deviation 1."""
    return _smooth_field(seed=15, sigma=(0.5, 1.0, 1.0))


@cache
def cloud_bank() -> Field:
    """Coarse texture of an organ or of stool: mean 0, SD 1."""
    return _smooth_field(seed=12, sigma=(2.0, 2.5, 2.5))


@cache
def thread_bank() -> Field:
    """Branching threads in [0, 1], like lung vessels: where two smooth fields are both zero."""
    first = _smooth_field(seed=13, sigma=(1.8, 2.6, 2.6))
    second = _smooth_field(seed=14, sigma=(1.8, 2.6, 2.6))
    threads: Field = np.exp(-(first**2 + second**2) / 0.07, dtype=np.float32)
    return threads


def crop(bank: Field, shape: tuple[int, ...], rng: np.random.Generator) -> Field:
    """A random crop of a bank; a crop larger than the bank continues in its mirror image."""
    piece = bank
    for axis, wanted in enumerate(shape):
        size = bank.shape[axis]
        place = [slice(None)] * 3
        if wanted <= size:
            start = int(rng.integers(0, size - wanted + 1))
            place[axis] = slice(start, start + wanted)
            piece = piece[tuple(place)]
        else:
            indices = (int(rng.integers(0, 2 * size)) + np.arange(wanted)) % (2 * size)
            piece = piece.take(np.minimum(indices, 2 * size - 1 - indices), axis=axis)
    return piece


def _smooth_field(*, seed: int, sigma: tuple[float, float, float]) -> Field:
    """White noise, Gaussian-filtered in the Fourier domain and scaled to unit variance."""
    white = np.random.default_rng(seed).standard_normal(BANK_SHAPE, dtype=np.float32)
    spectrum = np.fft.rfftn(white)
    for axis, width in enumerate(sigma):
        frequency = (
            np.fft.rfftfreq(BANK_SHAPE[2]) if axis == 2 else np.fft.fftfreq(BANK_SHAPE[axis])
        )
        response = np.exp(-2 * (np.pi * width * frequency) ** 2)
        spectrum *= response.reshape([-1 if a == axis else 1 for a in range(3)])
    field = np.fft.irfftn(spectrum, s=BANK_SHAPE, axes=(0, 1, 2))
    scaled: Field = (field / field.std()).astype(np.float32)
    return scaled
