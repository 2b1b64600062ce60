"""Asks a VLM many questions about many cases, with and without the image.

speaker = BatchSpeaker(vlm)
tokens = speaker.look(volumes)                       # (B, N, C)
speaker.answers(tokens, rows, questions, LONG)       # greedy texts
speaker.blind(questions, LONG)                       # with blanked image tokens
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from med3dvlm.model.checkpoint import LoadedVLM
from med3dvlm.model.dcformer import tokens
from train.evaluation.generate import answer_all
from train.loop.loop import batches

SHORT, LONG = 40, 220
VOLUMES = 16


class BatchSpeaker:
    """Greedy answers. A blind answer depends on the question only, so it is decoded once."""

    def __init__(self, vlm: LoadedVLM) -> None:
        self.vlm = vlm
        self.device = next(vlm.model.parameters()).device
        self.said_blind: dict[str, str] = {}

    @torch.inference_mode()
    def look(self, volumes: Tensor) -> Tensor:
        """Image tokens (B, N, C) of model inputs."""
        seen = []
        for rows in batches(len(volumes), VOLUMES):
            states = self.vlm.model.encoder(volumes[rows].to(self.device))
            seen.append(self.vlm.model.projector(tokens(states[3]), tokens(states[4])))
        return torch.cat(seen)

    def answers(
        self, image_tokens: Tensor, rows: Sequence[int], questions: Sequence[str], longest: int
    ) -> list[str]:
        """An answer to each question about the case in its row."""
        return answer_all(
            self.vlm.model, self.vlm.prompt, image_tokens, questions,
            rows=rows, max_new_tokens=longest,
        )  # fmt: skip

    def blind(self, questions: Sequence[str], longest: int) -> list[str]:
        """An answer to each question without an image."""
        new = [q for q in dict.fromkeys(questions) if q not in self.said_blind]
        blank = torch.zeros(1, self.vlm.prompt.config.image_tokens, self._width)
        said = self.answers(blank.to(self.device), [0] * len(new), new, longest)
        self.said_blind.update(zip(new, said, strict=True))
        return [self.said_blind[question] for question in questions]

    @property
    def _width(self) -> int:
        return self.vlm.model.config.projector.width
