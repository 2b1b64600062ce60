"""Memory of batches, used again: fetching fresh pages takes longer than the bytes do to copy."""

import threading
import weakref

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class KeptMemory:
    """Blocks that are handed out again once nothing looks into them any more.

    kept = KeptMemory()
    batch = kept.take(64 * 2**23)     # given back when the tensor and all views of it are gone

    It holds as many blocks as were in use at once. Safe to share between threads.
    """

    def __init__(self) -> None:
        self._free: list[NDArray[np.uint8]] = []
        self._lock = threading.Lock()

    def take(self, size: int) -> Tensor:
        """Bytes uint8 (size,) with any content."""
        block = self._fitting(size)
        lent = block[:size]
        # The tensor's storage keeps this array alive; a view by numpy would keep the block alone.
        weakref.finalize(lent, self._free.append, block)
        return torch.from_numpy(lent)

    def _fitting(self, size: int) -> NDArray[np.uint8]:
        """The smallest free block that is large enough, or a new one in place of a free one."""
        with self._lock:
            free = sorted(range(len(self._free)), key=lambda i: len(self._free[i]))
            fitting = [i for i in free if len(self._free[i]) >= size]
            if fitting:
                return self._free.pop(fitting[0])
            if free:
                self._free.pop(free[0])
        return np.empty(size, np.uint8)
