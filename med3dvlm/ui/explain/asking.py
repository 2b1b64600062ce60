"""The loaded models as what reads scans: probabilities of options, and similarities to texts.

reader = ModelReader(services)
reader.choose(volume, "Is there a kidney stone?", ("Yes", "No"))
reader.choose(None, "Is there a kidney stone?", ("Yes", "No"))     # without an image
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from med3dvlm.choices import YES_NO
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.understanding.own_words import presence_question
from med3dvlm.errors import PromptError, VolumeError
from med3dvlm.explain.maps.map import LOW_STRIDE
from med3dvlm.hosting.models.services import Services
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice
from med3dvlm.volumes.volume import Volume

LARGEST_VOXELS = 100_000_000
TOO_LARGE = "This scan is too large to be changed: open one of at most {n} million voxels."


# By weights and text; texts are few, as only names of findings are ranked.
TextVectors = dict[tuple[str, str], NDArray[np.float32]]


class ModelReader:
    """One visitor's questions to the models; each scan is encoded once in a row.

    Args:
        services: the models.
        choice: how scans are prepared for them.
        texts: vectors of texts that were embedded before; new ones are added.
    """

    def __init__(
        self, services: Services, choice: InputChoice = AS_TRAINED,
        texts: TextVectors | None = None,
    ) -> None:  # fmt: skip
        self._services, self._choice = services, choice
        self._read: tuple[str, VolumeFeatures] | None = None
        self._vectors = {} if texts is None else texts

    def features(self, volume: Volume) -> VolumeFeatures:
        """What the models make of a scan."""
        if self._read is None or self._read[0] != volume.digest:
            self._read = volume.digest, self._services.encode(volume, self._choice)
        return self._read[1]

    def choose(
        self, volume: Volume | None, question: str, options: Sequence[str]
    ) -> NDArray[np.float64]:
        """Probability of each option; without a volume, those of the answer without an image.

        Raises:
            PromptError: nothing was read yet, so nothing tells how large an image is.
        """
        if volume is not None:
            return self._services.choose(self.features(volume), question, options)
        if self._read is None:
            raise PromptError("The model must have read a scan before it answers without one.")
        return self._services.choose(without_image(self._read[1]), question, options)

    def similarities(self, volume: Volume, texts: Sequence[str]) -> NDArray[np.float64]:
        """Cosine of the scan and each text; empty if the model can't search."""
        embedding = self.features(volume).embedding
        if not len(embedding):
            return np.zeros(0)
        return np.array([float(self._vector(text) @ embedding) for text in texts])

    def _vector(self, text: str) -> NDArray[np.float32]:
        key = self._services.card.digest, text
        if key not in self._vectors:
            self._vectors[key] = self._services.embed(text)
        return self._vectors[key]


def check_size(volume: Volume) -> None:
    """A change makes several copies of a scan.

    Raises:
        VolumeError: it is too large for that.
    """
    if volume.voxels.size > LARGEST_VOXELS:
        raise VolumeError(TOO_LARGE.format(n=LARGEST_VOXELS // 1_000_000))


def without_image(features: VolumeFeatures) -> VolumeFeatures:
    """The same with nothing in place of the image: what is answered then is a guess."""
    return replace(features, image_tokens=np.zeros_like(features.image_tokens))


def presence(services: Services, features: VolumeFeatures, kind: str) -> float:
    """Probability of a yes to the question whether a kind of finding is there."""
    return float(services.choose(features, presence_question(kind), YES_NO)[0])


def cell_mm(volume: Volume, features: VolumeFeatures) -> float:
    """Mean edge of one of the model's finer cells in a scan."""
    edges = (
        LOW_STRIDE * n * s for n, s in zip(features.mapping.scale, volume.spacing_mm, strict=True)
    )
    return sum(edges) / 3
