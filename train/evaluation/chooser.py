"""A model's confidence in each option of a closed question, exactly as on the page.

chooser = Chooser(folder)
chooser.probabilities(image_tokens, question)
"""

import hashlib
from pathlib import Path

import numpy as np
from torch import Tensor

from med3dvlm.choices import lettered
from med3dvlm.config import VLM_FOLDER
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
        features = VolumeFeatures(
            digest="evaluation",
            image_tokens=image_tokens.float().cpu().numpy(),
            low=NOTHING,
            high=NOTHING,
            embedding=NOTHING,
            window=MODEL_CT,
            mapping=ANYWHERE,
        )
        chosen = self.engine.choose(features, question.question, lettered(question.options))
        return [round(float(p), 4) for p in chosen]


def _settings_digest(folder: Path) -> str:
    """Hash of every JSON file next to the weights, since a calibration changes probabilities."""
    seal = hashlib.sha256()
    for path in sorted(folder.rglob("*.json")):
        if path.parent.name in {VLM_FOLDER, folder.name} and not path.name.startswith("bench"):
            seal.update(path.name.encode() + path.read_bytes())
    return seal.hexdigest()[:16]
