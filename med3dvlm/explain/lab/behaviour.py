"""What a model does with a scan, before and after a change, and how often the change matters.

watch = Watch(reader=reader, options={"Which plane is it?": ("axial", "coronal")})
before, after = watch.of(volume), watch.of(changed)
before.answers["Which plane is it?"], watch.blind().answers["Which plane is it?"]
stability(before, [after])             # share of questions whose likeliest option stayed
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.volume import Volume


class Reader(Protocol):
    """What reads scans: the loaded models, or a fake one in tests."""

    def choose(
        self, volume: Volume | None, question: str, options: Sequence[str]
    ) -> NDArray[np.float64]:
        """Probability of each option; without a volume, those of an image-blind answer."""

    def similarities(self, volume: Volume, texts: Sequence[str]) -> NDArray[np.float64]:
        """Similarity of the scan and each text; empty if the model can't search."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a model did with one scan.

    Attributes:
        answers: by question, the probability of each option.
        ranks: by text, its place (from 1) among all texts by similarity to the scan.
    """

    answers: Mapping[str, Mapping[str, float]]
    ranks: Mapping[str, int] = field(default_factory=dict)

    def likeliest(self, question: str) -> str:
        """The option of a question with the highest probability."""
        found = self.answers[question]
        return max(found, key=lambda option: found[option])


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The same questions and texts for every scan.

    Attributes:
        reader: the model.
        options: by question, its options.
        texts: among which the scan's texts are ranked.
    """

    reader: Reader
    options: Mapping[str, Sequence[str]]
    texts: Sequence[str] = ()

    def of(self, volume: Volume) -> Behaviour:
        """What the model does with a scan."""
        return Behaviour(self._answers(volume), self._ranks(volume))

    def blind(self) -> Behaviour:
        """What it does without a scan; nothing can be searched for without one."""
        return Behaviour(self._answers(None))

    def _answers(self, volume: Volume | None) -> dict[str, dict[str, float]]:
        return {
            question: dict(
                zip(options, map(float, self.reader.choose(volume, question, options)), strict=True)
            )
            for question, options in self.options.items()
        }

    def _ranks(self, volume: Volume) -> dict[str, int]:
        found = self.reader.similarities(volume, self.texts)
        if not len(found):
            return {}
        # A text's place is one more than the number of texts that are more similar.
        places = 1 + (found[None, :] > found[:, None]).sum(axis=1)
        return dict(zip(self.texts, map(int, places), strict=True))


def stability(before: Behaviour, others: Sequence[Behaviour]) -> float:
    """Share of questions, over all changed scans, whose likeliest option stayed the same.

    High is good for changes that leave the truth as it is (a little noise), and bad for those that
    change it (a blank scan): the score says how much the image counts, not who is right.
    """
    stayed = [
        other.likeliest(question) == before.likeliest(question)
        for other in others
        for question in before.answers
    ]
    return float(np.mean(stayed)) if stayed else float("nan")


def shift(before: Behaviour, after: Behaviour) -> float:
    """How far the probabilities moved: mean total variation distance over questions, 0 to 1."""
    moved = [
        0.5 * sum(abs(after.answers[question][option] - p) for option, p in found.items())
        for question, found in before.answers.items()
    ]
    return float(np.mean(moved)) if moved else float("nan")
