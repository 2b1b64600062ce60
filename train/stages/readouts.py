"""A direct task for the projector, for data with labels: image token i must encode fact i.

A linear readout must recover the fact (a plane, whether and where there is a kidney stone) from the
token, and the token must be close to the one that the base language model has learned to read
(`warm_language`). That gives the projector something to learn before the language model can help.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from med3dvlm.model.mixer import MixerConfig
from med3dvlm.model.prompt import IGNORED
from train.data.phantoms.fact_tokens import PLACES, FactTokens
from train.data.phantoms.labels import ATTRIBUTES, KIND_NAMES
from train.loop.losses import size_loss
from train.loop.stage import Batch, Losses
from train.stages.names import FACT_TOKENS, READOUTS

# B rows  N image tokens, low ones first  C width of the language model  K kinds of finding

# Weight of the distance to the fact tokens relative to the readouts.
NEARNESS = 40.0


class Readouts(nn.Module):
    """One linear readout per image token: high tokens encode attributes, low tokens kinds.

    Args:
        projector: number and width of the image tokens.
        weight: of these losses relative to the language loss.
    """

    def __init__(self, projector: MixerConfig, *, weight: float) -> None:
        super().__init__()
        self.weight = weight
        self.low_tokens = projector.low.tokens[-1]
        self.facts = fact_tokens(projector).requires_grad_(False)
        width = projector.width
        self.attributes = nn.ModuleList(nn.Linear(width, len(c)) for c in ATTRIBUTES.values())
        self.places = nn.ModuleList(nn.Linear(width, count) for count in PLACES.values())
        self.sizes = nn.ModuleList(nn.Linear(width, 1) for _ in KIND_NAMES)

    def losses(self, image_tokens: Tensor, batch: Batch) -> Losses:
        """How far image tokens (B, N, C) are from encoding the labels of a batch."""
        told = self.facts(batch["attributes"], batch["places"], batch["sizes"])  # (B, N, C)
        return {
            "readout": self.weight * self._read(image_tokens, batch),
            "nearness": self.weight * NEARNESS * mse_loss(image_tokens, told),
        }

    def forward(self, image_tokens: Tensor) -> tuple[list[Tensor], list[Tensor], Tensor]:
        """Logits of attributes, logits of each kind's place, and sizes (B, K)."""
        low, high = image_tokens[:, : self.low_tokens], image_tokens[:, self.low_tokens :]
        attributes = [head(high[:, i]) for i, head in enumerate(self.attributes)]
        places = [head(low[:, i]) for i, head in enumerate(self.places)]
        sizes = torch.cat([head(low[:, i]) for i, head in enumerate(self.sizes)], dim=1)
        return attributes, places, sizes

    def _read(self, image_tokens: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of all readouts, summed over facts, plus the size error."""
        attributes, places, sizes = self(image_tokens)
        losses = [
            cross_entropy(logits, batch["attributes"][:, i], ignore_index=IGNORED)
            for i, logits in enumerate(attributes)
            if bool((batch["attributes"][:, i] >= 0).any())
        ]
        losses += [cross_entropy(logits, batch["places"][:, i]) for i, logits in enumerate(places)]
        losses.append(size_loss(sizes, batch["sizes"]))
        return torch.stack(losses).sum()

    def save(self, out: Path) -> None:
        """Write the trained weights."""
        state = {k: t for k, t in self.state_dict().items() if not k.startswith("facts.")}
        save_file(state, out / READOUTS)

    def load(self, folder: Path) -> None:
        """Start from the readouts of the previous stage."""
        left = self.load_state_dict(load_file(folder / READOUTS), strict=False)
        assert not left.unexpected_keys
        assert all(name.startswith("facts.") for name in left.missing_keys)


def fact_tokens(projector: MixerConfig) -> FactTokens:
    """Fact tokens that match a projector's image tokens in number and width."""
    return FactTokens(
        low=projector.low.tokens[-1], high=projector.high.tokens[-1], width=projector.width
    )


def open_readouts(projector: MixerConfig, *, weight: float, warm: Path) -> Readouts | None:
    """Readouts with the fact tokens of the `language` warm start; None if the weight is 0."""
    if not weight:
        return None
    readouts = Readouts(projector, weight=weight)
    readouts.facts.load_state_dict(load_file(warm / FACT_TOKENS))
    return readouts
