"""BERTScore from embeddings: how similar the words of two texts are, each to its best match.

The usual call:

    score = bert_score(embedded_prediction, embedded_reference)
    score.f1

Zhang et al. 2020 (arXiv 1904.09675), without idf weights or rescaling. The embeddings come from
the caller's language model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class MatchScore:
    """Mean cosine similarity of each word with its best match, in both directions."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean; 0 if both are 0."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def bert_score(prediction: ArrayLike, reference: ArrayLike) -> MatchScore:
    """Greedy matching of two texts' word embeddings.

    Args:
        prediction: (words, width), special tokens included, as in the published package.
        reference: (words, width).
    """
    said, meant = (np.asarray(side, dtype=np.float64) for side in (prediction, reference))
    assert min(len(said), len(meant)) > 0, "a text has at least its special tokens"
    said, meant = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (said, meant))
    cosines = said @ meant.T
    return MatchScore(
        precision=float(cosines.max(axis=1).mean()), recall=float(cosines.max(axis=0).mean())
    )
