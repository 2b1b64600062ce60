"""Image tokens made from the ground truth: token i encodes fact i, as a perfect projector would.

    told = FactTokens(low=26, high=8, width=192)
    told(attributes, places, sizes)               # (B, 34, 192)

The base language model learns to read these before it sees any image, from unlimited cases; then
the projector learns to write them.
"""

import torch
from torch import Tensor, nn

from med3dvlm.errors import TrainingError
from train.data.phantoms.labels import ATTRIBUTES, FINDING_LABELS, KIND_NAMES

# B batch  K kinds  A attributes  C width of the language model

# Places of a kind; the first class means absent.
PLACES = {name: 1 + sum(kind == name for kind, _ in FINDING_LABELS) for name in KIND_NAMES}


class FactTokens(nn.Module):
    """One embedding per value of each fact; low tokens encode kinds, high tokens attributes.

    Raises:
        TrainingError: there are fewer tokens than facts.
    """

    def __init__(self, *, low: int, high: int, width: int) -> None:
        super().__init__()
        if low < len(KIND_NAMES) or high < len(ATTRIBUTES):
            raise TrainingError(
                f"facts need {len(KIND_NAMES)} low and {len(ATTRIBUTES)} high image tokens, "
                f"the projector has {low} and {high}"
            )
        # The last class of an attribute means that it can't be seen.
        self.attributes = nn.ModuleList(
            nn.Embedding(len(classes) + 1, width) for classes in ATTRIBUTES.values()
        )
        self.places = nn.ModuleList(nn.Embedding(count, width) for count in PLACES.values())
        self.sizes = nn.Parameter(torch.randn(len(KIND_NAMES), width))
        self.spare = nn.Parameter(
            torch.randn(low + high - len(KIND_NAMES) - len(ATTRIBUTES), width)
        )
        self.spare_low = low - len(KIND_NAMES)

    def forward(
        self, attributes: Tensor, places: Tensor, sizes: Tensor, *, doubt: Tensor | None = None
    ) -> Tensor:
        """Tokens (B, low + high, C) of facts.

        Args:
            attributes: class indices (B, A), -100 if it can't be seen.
            places: (B, K), 0 if a kind is absent, otherwise 1 + its place.
            sizes: (B, K) in [0, 1], NaN if a kind is absent.
            doubt: (B, K + A) in [0, 1], the share of another value, from the next case of the
                batch, mixed into each token: this teaches the reader to handle uncertain tokens.
        """
        kinds = self._kinds(places, sizes)
        seen = self._attributes(attributes)
        if doubt is not None:
            shares = doubt[:, : len(KIND_NAMES), None], doubt[:, len(KIND_NAMES) :, None]
            kinds = torch.lerp(kinds, kinds.roll(1, dims=0), shares[0])
            seen = torch.lerp(seen, seen.roll(1, dims=0), shares[1])
        spare = self.spare.expand(len(places), -1, -1)
        return torch.cat(
            [kinds, spare[:, : self.spare_low], seen, spare[:, self.spare_low :]], dim=1
        )

    def _kinds(self, places: Tensor, sizes: Tensor) -> Tensor:
        told = torch.stack([table(places[:, i]) for i, table in enumerate(self.places)], dim=1)
        return told + sizes.nan_to_num(0.0)[..., None] * self.sizes

    def _attributes(self, attributes: Tensor) -> Tensor:
        told = []
        for i, table in enumerate(self.attributes):
            hidden = table.num_embeddings - 1  # type: ignore[operator]
            values = attributes[:, i]
            told.append(table(torch.where(values < 0, hidden, values)))
        return torch.stack(told, dim=1)
