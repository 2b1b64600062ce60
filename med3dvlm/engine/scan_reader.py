"""An engine as something that reads scans: options and texts are weighed for a scan, or for none.

reader = ScanReader(engine)
reader.choose(volume, "Is there a kidney stone?", ("Yes", "No"))
reader.choose(None, "Is there a kidney stone?", ("Yes", "No"))     # image-blind
reader.similarities(volume, ["kidney stone", "gallstone"])
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import MODEL_CT


class ScanReader:
    """Asks an engine about volumes; keeps the features of the latest one: one for each task."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._latest = blind_features(engine)
        self._blind = self._latest
        self._volume = ""

    def choose(
        self, volume: Volume | None, question: str, options: Sequence[str]
    ) -> NDArray[np.float64]:
        """Probability of each option; without a volume, those of an image-blind answer.

        Raises:
            PromptError: the question or an option is empty, or there are fewer than two options.
        """
        features = self._blind if volume is None else self.features(volume)
        return self.engine.choose(features, question, options)

    def similarities(self, volume: Volume, texts: Sequence[str]) -> NDArray[np.float64]:
        """Cosine of a scan and each text; empty without texts, or if the model can't search.

        Raises:
            PromptError: a text is empty.
        """
        embedding = self.features(volume).embedding
        if not len(embedding) or not texts:
            return np.zeros(0)
        return np.asarray(self.engine.embed_text(texts) @ embedding, dtype=np.float64)

    def features(self, volume: Volume) -> VolumeFeatures:
        """Those of a volume, encoded if it isn't the latest."""
        if volume.digest != self._volume:
            self._latest, self._volume = self.engine.encode(volume), volume.digest
        return self._latest


def blind_features(engine: Engine) -> VolumeFeatures:
    """Features without an image: blanked image tokens, as training showed them now and then."""
    with engine.models() as (vlm, _):
        mixer, grid = vlm.model.config.projector, vlm.input.grid
    nothing = np.zeros((0, 0), np.float32)
    return VolumeFeatures(
        digest=f"no image {engine.card.digest}",
        image_tokens=np.zeros((mixer.image_tokens, mixer.width), np.float32),
        low=nothing,
        high=nothing,
        embedding=np.zeros(0, np.float32),
        window=engine.card.input.window or MODEL_CT,
        mapping=GridMap(start=(0, 0, 0), stop=grid, grid=grid),
    )
