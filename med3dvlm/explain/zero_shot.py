"""A finding by a pair of texts, one that states it and one that denies it, without any training.

    pair = TextPair(dual, "there is a kidney stone", "there is no kidney stone")
    pair.probability(tensor)                 # (B,): that the first text fits rather than the second
    TextPair.together([pair, other], tensor) # (B, 2, 2): the logits of several pairs

Each text has a logit under the sigmoid loss of the dual encoder (Zhai et al., arXiv 2303.15343); a
pair's probability is the softmax of its two. What they find: `med3dvlm/explain/prompt_pairs.py`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from med3dvlm.explain.probes import TextProbe
from med3dvlm.model.checkpoint import LoadedDualEncoder


class TextPair:
    """Two texts between which a scan decides."""

    def __init__(self, dual: LoadedDualEncoder, states: str, denies: str) -> None:
        self._model = dual.model
        self._probes = TextProbe(dual, states), TextProbe(dual, denies)

    def logits(self, volumes: Tensor) -> Tensor:
        """Logits (B, 2) of both texts, for model inputs (B, 1, D, H, W)."""
        return self.together([self], volumes)[:, 0]

    @staticmethod
    @torch.inference_mode()
    def together(pairs: "Sequence[TextPair]", volumes: Tensor) -> Tensor:
        """Logits (B, P, 2) of several pairs of one model; each volume is read once."""
        model = pairs[0]._model
        texts = torch.stack([probe.vector for pair in pairs for probe in pair._probes])  # (2 P, E)
        found = model.logits(model.embed_volume(volumes.to(texts.device)), texts)
        return found.view(len(volumes), len(pairs), 2)

    def single(self, volumes: Tensor) -> Tensor:
        """Probability (B, 2) that each text by itself belongs to the scan, as in training."""
        return self.logits(volumes).sigmoid()

    def probability(self, volumes: Tensor) -> Tensor:
        """Probability (B,) of the text that states the finding."""
        return self.logits(volumes).softmax(dim=1)[:, 0]
