"""How sure a model is of each option of a closed question, exactly as the page tells it."""

import numpy as np
from torch import Tensor

from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.model.checkpoint import LoadedVLM
from med3dvlm.phantoms.questions import LETTERS, Question
from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.window import MODEL_CT

NOTHING = np.zeros(0, np.float32)
ANYWHERE = GridMap(start=(0, 0, 0), stop=(1, 1, 1), grid=(1, 1, 1))


class Chooser:
    """The engine's choice probabilities for image tokens that are there already."""

    def __init__(self, vlm: LoadedVLM) -> None:
        device = next(vlm.model.parameters()).device
        self.engine = Engine(vlm, None, device=str(device))

    def probabilities(self, image_tokens: Tensor, question: Question) -> list[float]:
        """One for each option, in the order of the letters."""
        features = VolumeFeatures(
            digest="evaluation",
            image_tokens=image_tokens.float().cpu().numpy(),
            low=NOTHING,
            high=NOTHING,
            embedding=NOTHING,
            window=MODEL_CT,
            mapping=ANYWHERE,
        )
        named = [f"{a}. {text}" for a, text in zip(LETTERS, question.options, strict=False)]
        chosen = self.engine.choose(features, question.question, named)
        return [round(float(p), 6) for p in chosen]
