"""A dual encoder alone: what it takes to encode an archive, without a language model.

Its vector of a volume is that of `Engine.encode`.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from med3dvlm.engine.engine import NO_SEARCH
from med3dvlm.engine.open_model import best_device, checked_device, model_folders
from med3dvlm.errors import CheckpointError
from med3dvlm.model.checkpoint import LoadedDualEncoder, load_dual_encoder
from med3dvlm.volumes.volume import Volume


@dataclass(frozen=True)
class Embedder:
    """A loaded dual encoder and its device."""

    dual: LoadedDualEncoder
    device: str

    @property
    def key(self) -> str:
        """Identifies the dual encoder that made a vector."""
        return self.dual.key

    @property
    def width(self) -> int:
        """Length of a vector."""
        return self.dual.model.config.width

    @torch.inference_mode()
    def embed(self, volume: Volume) -> NDArray[np.float32]:
        """The vector (width,) of a volume, as the model was trained to see it."""
        seen = self.dual.input.prepare(volume).tensor.to(self.device)
        vector: NDArray[np.float32] = self.dual.model.embed_volume(seen)[0].float().cpu().numpy()
        return vector


def open_embedder(name: str, *, device: str = "auto") -> Embedder:
    """Find the dual encoder of a model and load it.

    Args:
        name: of the model, as `open_engine` takes it.
        device: `auto`, `cpu`, `cuda` or `cuda:1`.

    Raises:
        CheckpointError: it can't be found or read, or there is no such device.
    """
    place = best_device() if device == "auto" else checked_device(device)
    folder = model_folders(name).dual_encoder
    if folder is None:
        raise CheckpointError(NO_SEARCH)
    return Embedder(load_dual_encoder(folder, device=place), place)
