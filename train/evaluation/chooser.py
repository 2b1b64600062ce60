"""A model's confidence in each option of a closed question, exactly as on the page.

chooser = Chooser(folder)
chooser.probabilities(image_tokens, question)
chooser.taken(image_tokens, question)            # "B. left kidney", the likeliest one
"""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from med3dvlm.choices import lettered
from med3dvlm.config import VLM_FOLDER
from med3dvlm.engine.closed import chosen
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import load_engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.phantoms.questions import Question
from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.window import MODEL_CT

NOTHING = np.zeros(0, np.float32)
ANYWHERE = GridMap(start=(0, 0, 0), stop=(1, 1, 1), grid=(1, 1, 1))


class Chooser:
    """The engine's option probabilities for image tokens that are already computed."""

    def __init__(self, folder: Path, *, device: str = "cpu") -> None:
        self.engine = load_engine(folder, device=device)
        self.digest = _settings_digest(folder)

    def probabilities(self, image_tokens: Tensor, question: Question) -> list[float]:
        """One probability per option, in the order of the letters."""
        return [round(float(share), 4) for share in self._shares(image_tokens, question)]

    def taken(self, image_tokens: Tensor, question: Question) -> str:
        """The option that the page answers with, behind its letter."""
        shares = self._shares(image_tokens, question)
        return chosen(lettered(question.options), shares, Decoding()).text

    def _shares(self, image_tokens: Tensor, question: Question) -> NDArray[np.float64]:
        features = VolumeFeatures(
            digest="evaluation",
            image_tokens=image_tokens.float().cpu().numpy(),
            low=NOTHING,
            high=NOTHING,
            embedding=NOTHING,
            window=MODEL_CT,
            mapping=ANYWHERE,
        )
        return self.engine.choose(features, question.question, lettered(question.options))


def _settings_digest(folder: Path) -> str:
    """Hash of every JSON file next to the weights, since a calibration changes probabilities."""
    seal = hashlib.sha256()
    for path in sorted(folder.rglob("*.json")):
        if path.parent.name in {VLM_FOLDER, folder.name} and not path.name.startswith("bench"):
            seal.update(path.name.encode() + path.read_bytes())
    return seal.hexdigest()[:16]
