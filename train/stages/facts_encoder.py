"""Facts in the space of the dual encoder: the text tower's target, computed from ground truth.

encoder = FactsEncoder(width=192)
encoder(told)                            # unit vectors (B, 192)

A report contains a hundred facts, and a text tower trained from scratch takes long to learn them
from pairs alone. Facts are cheap, so volumes are first paired with facts, in large batches; then
the text tower learns to produce the same vector from the text (`warm_reading`).
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from train.data.phantoms.claims import FACTS, Told
from train.data.phantoms.labels import KIND_NAMES


class FactsEncoder(nn.Module):
    """A linear map of facts with a small nonlinear term: `Told` to unit vectors (B, width)."""

    def __init__(self, width: int, *, hidden: int = 512) -> None:
        super().__init__()
        told = FACTS + len(KIND_NAMES) + 1
        self.linear = nn.Linear(told, width)
        self.correction = nn.Sequential(
            nn.Linear(told, hidden), nn.GELU(), nn.Linear(hidden, width)
        )

    def forward(self, told: Told) -> Tensor:
        """Unit vectors (B, width)."""
        x = torch.cat([told.needs, told.sizes, told.whole[:, None]], dim=1)
        return normalize(self.linear(x) + self.correction(x), dim=-1)
