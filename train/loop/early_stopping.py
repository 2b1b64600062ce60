"""Early stopping: keep the weights with the best held-out figure, end a run without progress.

watch = Watch(out, figure="accuracy", patience=5, higher=True)
if watch.sees(figures):            # better than all before
    watch.keep(model)
if watch.exhausted: ...
watch.restore(model)               # the best weights
"""

from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import nn

from med3dvlm.errors import TrainingError

BEST = "best.safetensors"


class Watch:
    """Follows one held-out figure; with a patience of 0 it does nothing."""

    def __init__(self, out: Path, *, figure: str, patience: int, higher: bool) -> None:
        self.path = out / BEST
        self.figure, self.patience, self.higher = figure, patience, higher
        self.best: float | None = None
        self.figures: dict[str, float] = {}
        self.waited = 0

    def sees(self, figures: dict[str, float]) -> bool:
        """Record an evaluation; returns whether it is the best so far.

        Raises:
            TrainingError: the stage doesn't report this figure.
        """
        if not self.patience:
            return False
        if self.figure not in figures:
            raise TrainingError(
                f"early stopping watches {self.figure!r}, but the stage reports {sorted(figures)}"
            )
        value = figures[self.figure] if self.higher else -figures[self.figure]
        if self.best is None or value > self.best:
            self.best, self.figures, self.waited = value, dict(figures), 0
            return True
        self.waited += 1
        return False

    @property
    def exhausted(self) -> bool:
        """Whether `patience` evaluations have passed without improvement."""
        return self.patience > 0 and self.waited >= self.patience

    def keep(self, model: nn.Module) -> None:
        """Save the trained weights and the buffers as they are now."""
        learns = {name for name, p in model.named_parameters() if p.requires_grad}
        learns |= {name for name, _ in model.named_buffers()}
        state = {n: t.contiguous() for n, t in model.state_dict().items() if n in learns}
        save_file(state, self.path)

    def restore(self, model: nn.Module) -> dict[str, float]:
        """Go back to the best weights, if any were saved; returns their figures."""
        if self.best is not None:
            model.load_state_dict(load_file(self.path), strict=False)
        return self.figures

    def state_dict(self) -> dict[str, Any]:
        """The values to save in a resumable state."""
        return {"best": self.best, "figures": self.figures, "waited": self.waited}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Load the values from a resumable state."""
        self.best, self.figures = state["best"], state["figures"]
        self.waited = state["waited"]
