"""An optional exponential moving average of the trained weights.

averaged = Averaged(parameters, decay=0.999)
averaged.update()                      # after every step
with averaged.in_place():              # evaluate, or write, the averaged weights
    ...
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

# An average over more steps than were taken would mostly hold the initial weights.
WARM = 10.0


class Averaged:
    """Shadow weights; with a decay of 0 there are none and nothing happens."""

    def __init__(self, parameters: Iterable[nn.Parameter], *, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        learns = [p for p in parameters if p.requires_grad] if decay else []
        self.parameters = [p.detach() for p in learns]
        self.shadow = [p.clone() for p in self.parameters]

    @torch.no_grad()
    def update(self) -> None:
        """Move the shadow towards the current weights, faster in the first steps."""
        if not self.shadow:
            return
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (WARM + self.steps))
        torch._foreach_lerp_(self.shadow, self.parameters, 1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Swap shadow and weights inside the `with` block."""
        self.exchange()
        try:
            yield
        finally:
            self.exchange()

    @torch.no_grad()
    def exchange(self) -> None:
        """Swap shadow and weights."""
        for shadow, parameter in zip(self.shadow, self.parameters, strict=True):
            kept = parameter.clone()
            parameter.copy_(shadow)
            shadow.copy_(kept)

    def state_dict(self) -> dict[str, Any]:
        """The values to save in a resumable state."""
        return {"steps": self.steps, "shadow": self.shadow}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Load the values from a resumable state."""
        self.steps = state["steps"]
        stored: list[Tensor] = state["shadow"]
        for shadow, tensor in zip(self.shadow, stored, strict=True):
            shadow.copy_(tensor)
