"""Tensors made from their names, so that goldens need no weights.

The rule, fixed with the goldens: a legacy MT19937 generator seeded with the CRC-32 of a name gives
standard normals r of the tensor's shape; what becomes of them depends on the name's last part.

    number of batches          7 (int64)
    running mean, variance     0.3 r, exp(0.3 r)
    layer scale                0.5 + 0.1 r
    scalars                    t_prime 2, bias -1.5, logit_scale 2
    vectors                    weights 1 + 0.1 r, anything else 0.1 r
    matrices and up            r / sqrt(fan in)
"""

import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

SCALARS = {"t_prime": 2.0, "bias": -1.5, "logit_scale": 2.0}


def parameter(name: str, shape: Iterable[int]) -> NDArray[np.generic]:
    """The value of the published parameter or buffer `name`."""
    shape = tuple(shape)
    ending = name.split(".")[-1]
    if ending == "num_batches_tracked":
        return np.int64(7) * np.ones((), np.int64)
    if not shape:
        return np.asarray(SCALARS[ending], np.float32)
    r = generator(name).standard_normal(shape)
    if ending == "running_mean":
        value = 0.3 * r
    elif ending == "running_var":
        value = np.exp(0.3 * r)
    elif ending == "scale":
        value = 0.5 + 0.1 * r
    elif len(shape) > 1:
        value = r / np.sqrt(float(np.prod(shape[1:])))
    else:
        value = 0.1 * r + (1.0 if ending == "weight" else 0.0)
    return value.astype(np.float32)


def volume(tag: str, shape: Iterable[int]) -> NDArray[np.float32]:
    """A uniform random volume in [0, 1)."""
    return generator(f"volume:{tag}").random_sample(tuple(shape)).astype(np.float32)


def normal(tag: str, shape: Iterable[int]) -> NDArray[np.float32]:
    """Standard normals."""
    return generator(f"normal:{tag}").standard_normal(tuple(shape)).astype(np.float32)


def integers(tag: str, low: int, high: int, shape: Iterable[int]) -> NDArray[np.int64]:
    """Integers in [low, high)."""
    return generator(f"integers:{tag}").randint(low, high, tuple(shape)).astype(np.int64)


def generator(name: str) -> np.random.RandomState:
    """The legacy generator of a name."""
    return np.random.RandomState(zlib.crc32(name.encode()))
