"""Every token of an answer: where on the two grids it comes from, and what layers would have said.

    probe = AnswerProbe(vlm, "Where is the cyst?", "In the left kidney.")
    probe.pieces                                # the tokens as text, the end token last
    low, high = probe.sources(seen, 0)          # a Map over each grid, for the first token
    probe.ablated(seen)["low only"]             # (T,): probabilities without the high grid
    probe.lens(seen)[0]                         # for each layer, the likeliest token at this place

The lens is that of nostalgebraist, Interpreting GPT: the logit lens (2020).
"""

import torch
from torch import Tensor

from med3dvlm.errors import PromptError
from med3dvlm.explain.maps import gradients
from med3dvlm.explain.maps.gradients import gradient_times_input, through_mixer
from med3dvlm.explain.maps.map import HIGH_STRIDE, LOW_STRIDE, Floats, Map, over_cells
from med3dvlm.model.checkpoint import LoadedVLM
from med3dvlm.model.dcformer import tokens
from med3dvlm.volumes.grid import ModelInput

# N image tokens  C width  L length of prompt and answer  T of the answer  V vocabulary


class AnswerProbe:
    """One question with one answer, whose tokens are explained."""

    def __init__(self, vlm: LoadedVLM, question: str, answer: str) -> None:
        if not answer.strip():
            raise PromptError("There is no answer to explain.")
        said = vlm.prompt.answer_ids(answer)
        self._model = vlm.model
        self._prompt = vlm.prompt
        device = next(vlm.model.parameters()).device
        opening = vlm.prompt.question_ids((), question)
        self._ids = torch.tensor([[*opening, *said]], device=device)  # (1, L)
        self._said = torch.tensor(said, device=device)  # (T,)
        self.pieces = tuple(self._piece(token) for token in said)

    def log_probabilities(self, image_tokens: Tensor) -> Tensor:
        """Log-probability (T,) of each token after those before it, for image tokens (1, N, C)."""
        logits = self._model.language_model(
            inputs_embeds=self._model.embed(self._ids, image_tokens), use_cache=False,
            logits_to_keep=len(self._said) + 1,
        ).logits[0, :-1]  # (T, V)  # fmt: skip
        found: Tensor = logits.float().log_softmax(dim=-1).gather(1, self._said[:, None])[:, 0]
        return found

    def sources(self, seen: ModelInput, *said: int) -> tuple[Map, Map]:
        """What speaks for tokens to first order, on the low and on the high grid.

        Args:
            seen: the model's input.
            said: places of the tokens in the answer; of several, for all of them together.
        """
        low, high = self._grids(seen)
        score = through_mixer(
            self._model.projector,
            lambda image_tokens: self.log_probabilities(image_tokens)[list(said)].sum(),
        )
        parts = gradient_times_input(score, tokens(low), tokens(high))
        return (
            self._map(parts[0], seen, low, LOW_STRIDE, said),
            self._map(parts[1], seen, high, HIGH_STRIDE, said),
        )

    @torch.no_grad()
    def ablated(self, seen: ModelInput) -> dict[str, Floats]:
        """Probability (T,) of each token with both grids, and with one of them set to zero."""
        low, high = (tokens(grid) for grid in self._grids(seen))
        kept = {
            "both": (low, high),
            "low only": (low, torch.zeros_like(high)),
            "high only": (torch.zeros_like(low), high),
        }
        return {
            name: self.log_probabilities(self._model.projector(*grids)).exp().cpu().numpy()
            for name, grids in kept.items()
        }

    @torch.no_grad()
    def lens(self, seen: ModelInput) -> list[list[tuple[str, float]]]:
        """For each token, from the first layer to the last, the likeliest one and its probability.

        The last is what the model says; those before are read as if it had ended there.
        """
        image_tokens = self._model.projector(*(tokens(grid) for grid in self._grids(seen)))
        whole = self._model.language_model
        states = whole(
            inputs_embeds=self._model.embed(self._ids, image_tokens), use_cache=False,
            output_hidden_states=True,
        ).hidden_states  # fmt: skip
        count = len(self._said)
        # The last state has gone through the final norm already; the first is the embedding.
        layers = [whole.model.norm(state) for state in states[1:-1]] + [states[-1]]
        guesses = [
            whole.lm_head(layer[0, -count - 1 : -1]).float().softmax(dim=-1).max(dim=-1)
            for layer in layers
        ]
        return [
            [(self._piece(int(best.indices[t])), float(best.values[t])) for best in guesses]
            for t in range(count)
        ]

    def _grids(self, seen: ModelInput) -> tuple[Tensor, Tensor]:
        """Low and high states (1, C, d, h, w)."""
        with torch.no_grad():
            states = self._model.encoder(seen.tensor.to(self._ids.device))
        return states[3], states[4]

    def _map(
        self, part: Floats, seen: ModelInput, grid: Tensor, stride: int, said: tuple[int, ...]
    ) -> Map:
        words = "".join(self.pieces[token] for token in said).strip()
        return over_cells(
            part, seen.mapping, grid.shape[2:], stride=stride,
            legend=f"speaks for: {words}",
            means=(gradients.MEANS, gradients.MEANS_NOT),
        )  # fmt: skip

    def _piece(self, token: int) -> str:
        return self._prompt.decode([token])
