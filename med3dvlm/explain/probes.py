"""Scores of loaded models as functions of tensors, for the methods that need many or gradients.

    probe = OptionProbe(vlm, "Is there a kidney stone?", ("Yes", "No"))
    probe.score(tensor)                              # (B,): probability of the first option
    low, high = probe.gradients(seen)                # a Map over each grid
    text = TextProbe(dual, "kidney stone")
    shown = text.split(seen)                         # a Map over the high grid

Probabilities of options are the model's own, before calibration. A caller that shares a model
between threads holds its lock.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from med3dvlm.errors import PromptError
from med3dvlm.explain.maps import gradients, text_split
from med3dvlm.explain.maps.gradients import gradient_times_input, through_mixer
from med3dvlm.explain.maps.map import HIGH_STRIDE, LOW_STRIDE, Floats, Map, over_cells
from med3dvlm.model.checkpoint import LoadedDualEncoder, LoadedVLM
from med3dvlm.model.dcformer import tokens
from med3dvlm.values import whole_text
from med3dvlm.volumes.grid import ModelInput

# B batch  N image tokens  C width  A options  L length of the longest row  T of the longest answer


class TextProbe:
    """The similarity of volumes and one text."""

    def __init__(self, dual: LoadedDualEncoder, text: str) -> None:
        if not text.strip():
            raise PromptError("Type what to look for.")
        self.text = text
        self._model = dual.model
        batch = dual.tokenizer(
            [whole_text(text)], truncation=True, max_length=dual.model.config.text.positions,
            return_tensors="pt",
        )  # fmt: skip
        device = next(dual.model.parameters()).device
        with torch.inference_mode():
            self._vector = dual.model.embed_text(
                batch["input_ids"].to(device), batch["attention_mask"].to(device)
            )[0]  # (E,)

    @property
    def vector(self) -> Tensor:
        """The text's unit vector (E,)."""
        return self._vector

    @torch.inference_mode()
    def score(self, volumes: Tensor) -> Tensor:
        """Cosine (B,) of model inputs (B, 1, D, H, W) and the text."""
        return self._model.embed_volume(volumes.to(self._vector.device)) @ self._vector

    @torch.inference_mode()
    def split(self, seen: ModelInput) -> Map:
        """The cosine as a sum over the high grid."""
        grid = self._model.encoder(seen.tensor.to(self._vector.device))[-1]  # (1, C, d, h, w)
        cells = self._model.volume_head(tokens(grid)[0])  # (N, E)
        parts = text_split.additive_split(_array(cells), _array(self._vector))
        return over_cells(
            parts, seen.mapping, grid.shape[2:], stride=HIGH_STRIDE,
            legend=f"similarity to: {self.text}",
            means=(text_split.MEANS, text_split.MEANS_NOT),
        )  # fmt: skip


class OptionProbe:
    """How probable each of a question's options is, for any image tokens; differentiable."""

    def __init__(self, vlm: LoadedVLM, question: str, options: Sequence[str]) -> None:
        if len(options) < 2:
            raise PromptError("A choice needs at least two options.")
        self.options = tuple(options)
        self._model = vlm.model
        opening = vlm.prompt.question_ids((), question)
        answers = [vlm.prompt.answer_ids(option) for option in options]
        longest = max(map(len, answers))
        rows = [[*opening, *answer, *answer[-1:] * (longest - len(answer))] for answer in answers]
        device = next(vlm.model.parameters()).device
        self._ids = torch.tensor(rows, device=device)  # (A, L); causal: padding is never seen
        kept = [[i < len(answer) for i in range(longest)] for answer in answers]
        self._kept = torch.tensor(kept, device=device)  # (A, T)

    def log_scores(self, image_tokens: Tensor) -> Tensor:
        """Log-probability (B, A) of each whole answer, for image tokens (B, N, C)."""
        batch, options, longest = len(image_tokens), len(self._ids), self._kept.shape[1]
        embeddings = self._model.embed(
            self._ids.repeat(batch, 1), image_tokens.repeat_interleave(options, dim=0)
        )  # (B A, L, C)
        logits = self._model.language_model(
            inputs_embeds=embeddings, use_cache=False, logits_to_keep=longest + 1
        ).logits[:, :-1]  # (B A, T, V): the token before predicts
        said = self._ids[:, -longest:].repeat(batch, 1)[..., None]  # (B A, T, 1)
        scores: Tensor = logits.float().log_softmax(dim=-1).gather(2, said)[..., 0]
        return (scores.view(batch, options, longest) * self._kept).sum(dim=-1)

    def probabilities(self, image_tokens: Tensor) -> Tensor:
        """Probability (B, A) of each option among them, for image tokens (B, N, C)."""
        return self.log_scores(image_tokens).softmax(dim=-1)

    @torch.inference_mode()
    def score(self, volumes: Tensor, option: int = 0) -> Tensor:
        """Probability (B,) of one option, for model inputs (B, 1, D, H, W)."""
        image_tokens = self._model.encode(volumes.to(self._ids.device))
        return self.probabilities(image_tokens)[:, option]

    @torch.inference_mode()
    def likeliest(self, seen: ModelInput) -> int:
        """The number of the option with the highest probability."""
        image_tokens = self._model.encode(seen.tensor.to(self._ids.device))
        return int(self.probabilities(image_tokens)[0].argmax())

    def leaning(self, image_tokens: Tensor, option: int = 0) -> Tensor:
        """Log-odds (B,) of one option against all others together; differentiable."""
        scores = self.log_scores(image_tokens)  # (B, A)
        others = [place for place in range(scores.shape[1]) if place != option]
        return scores[:, option] - scores[:, others].logsumexp(dim=1)

    def gradients(self, seen: ModelInput, option: int = 0) -> tuple[Map, Map]:
        """What speaks for an option to first order, on the low and on the high grid."""
        with torch.no_grad():
            states = self._model.encoder(seen.tensor.to(self._ids.device))
        score = through_mixer(
            self._model.projector, lambda image_tokens: self.leaning(image_tokens, option)
        )
        parts = gradient_times_input(score, tokens(states[3]), tokens(states[4]))
        low, high = (
            over_cells(
                part,
                seen.mapping,
                state.shape[2:],
                stride=stride,
                legend=f"speaks for: {self.options[option]}",
                means=(gradients.MEANS, gradients.MEANS_NOT),
            )
            for part, state, stride in zip(
                parts, states[3:5], (LOW_STRIDE, HIGH_STRIDE), strict=True
            )
        )
        return low, high


def _array(tensor: Tensor) -> Floats:
    return np.ascontiguousarray(tensor.float().cpu().numpy())
