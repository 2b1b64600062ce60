"""What the engine knows of a volume: encoded once, kept by the session, handed to each call."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.window import Window

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VolumeFeatures:
    """Plain CPU arrays, so that a session can keep them and another process can have them.

    Attributes:
        digest: of the volume, the window and the models: the same digest means the same features.
        image_tokens: (N, C), what the language model reads.
        low: (N_low, C_low) stage-3 tokens of the VLM's encoder, depth first.
        high: (N_high, C_high) stage-4 tokens.
        embedding: (E,) unit vector for search; empty when there is no dual encoder.
        window: the grey scale that was seen.
        mapping: where the model grid lies in the volume.
    """

    digest: str
    image_tokens: FloatArray
    low: FloatArray
    high: FloatArray
    embedding: FloatArray
    window: Window
    mapping: GridMap

    @property
    def seal(self) -> str:
        """Hash of the image tokens themselves, whatever they were made from."""
        return hashlib.blake2b(self.image_tokens.tobytes(), digest_size=16).hexdigest()
