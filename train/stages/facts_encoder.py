"""Facts in the space of the dual encoder: what the text tower is to say, written from the truth.

encoder = FactsEncoder(width=192)
encoder(told)                            # unit vectors (B, 192)

A report holds a hundred facts, and a text tower that starts from nothing takes long to read them
from pairs alone. Facts are cheap, so volumes are paired with facts first and in large batches; then
the text tower learns to say the same vector for the words (`warm_reading`).
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from train.data.phantoms.claims import FACTS, Told
from train.data.phantoms.labels import KIND_NAMES


class FactsEncoder(nn.Module):
    """A linear map of facts with a small correction: `Told` to unit vectors (B, width)."""

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
