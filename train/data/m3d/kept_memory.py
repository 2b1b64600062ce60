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
        with self._lock:  # what is given back meanwhile comes to the end, so places stay
            large = [(len(block), i) for i, block in enumerate(self._free) if len(block) >= size]
            if large:
                return self._free.pop(min(large)[1])
            del self._free[:1]
        return np.empty(size, np.uint8)
