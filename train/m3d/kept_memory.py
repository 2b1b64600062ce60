"""Memory of batches, used again: fetching fresh pages takes longer than the bytes do to copy."""

import weakref

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class KeptMemory:
    """Blocks that are handed out again once nothing looks into them any more.

    kept = KeptMemory()
    batch = kept.take(64 * 2**23)     # given back when the tensor and all views of it are gone

    It holds as many blocks as were in use at once, each as large as the largest asked for. Safe to
    share between threads.
    """

    def __init__(self) -> None:
        self._free: list[NDArray[np.uint8]] = []

    def take(self, size: int) -> Tensor:
        """Bytes uint8 (size,) with any content."""
        try:
            block = self._free.pop()
        except IndexError:
            block = np.empty(size, np.uint8)
        if len(block) < size:
            block = np.empty(size, np.uint8)
        lent = block[:size]
        # The tensor's storage keeps this array alive; a view by numpy would keep the block alone.
        weakref.finalize(lent, self._free.append, block)
        return torch.from_numpy(lent)
