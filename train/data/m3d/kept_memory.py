"""Reusable memory for batches: allocating fresh pages takes longer than copying the bytes."""

import threading
import weakref

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class KeptMemory:
    """Blocks that are reused once nothing refers to them any more.

    kept = KeptMemory()
    batch = kept.take(64 * 2**23)     # reusable when the tensor and all its views are gone

    It keeps as many blocks as were ever in use at once. Safe to share between threads.
    """

    def __init__(self) -> None:
        self._free: list[NDArray[np.uint8]] = []
        self._lock = threading.Lock()

    def take(self, size: int) -> Tensor:
        """An uninitialised uint8 tensor (size,)."""
        block = self._fitting(size)
        lent = block[:size]
        # The tensor's storage keeps this array alive; a numpy view would keep only the block alive.
        weakref.finalize(lent, self._free.append, block)
        return torch.from_numpy(lent)

    def _fitting(self, size: int) -> NDArray[np.uint8]:
        """The smallest free block that is large enough, or a new one in place of a free one."""
        with self._lock:  # returned blocks are appended, so indices stay valid
            large = [(len(block), i) for i, block in enumerate(self._free) if len(block) >= size]
            if large:
                return self._free.pop(min(large)[1])
            del self._free[:1]
        return np.empty(size, np.uint8)
