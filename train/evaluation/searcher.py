"""A dual encoder that embeds the reference reports and the volumes of cases."""

from collections.abc import Sequence

import torch
from torch import Tensor

from med3dvlm.model.checkpoint import LoadedDualEncoder
from train.loop.loop import batches

VOLUMES, TEXTS = 16, 50


class Searcher:
    """Unit vectors of texts and volumes, on the CPU."""

    def __init__(self, dual_encoder: LoadedDualEncoder) -> None:
        self.dual = dual_encoder
        self.digest = dual_encoder.digest
        self.device = next(dual_encoder.model.parameters()).device

    @torch.inference_mode()
    def volumes(self, volumes: Tensor) -> Tensor:
        """Unit vectors (B, E) of model inputs."""
        parts = [
            self.dual.model.embed_volume(volumes[rows].to(self.device)).cpu()
            for rows in batches(len(volumes), VOLUMES)
        ]
        return torch.cat(parts)

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors (B, E) of texts."""
        parts = []
        for rows in batches(len(texts), TEXTS):
            batch = self.dual.tokenizer(
                [texts[row] for row in rows], padding=True, truncation=True,
                max_length=self.dual.model.config.text.positions, return_tensors="pt",
            ).to(self.device)  # fmt: skip
            parts.append(
                self.dual.model.embed_text(batch["input_ids"], batch["attention_mask"]).cpu()
            )
        return torch.cat(parts)
