"""What a stage is, and how long and how fast it trains: the inputs of the loop."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from med3dvlm.errors import TrainingError

Batch = dict[str, Any]
Losses = dict[str, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long and how fast a stage trains.

    Attributes:
        batch: rows of a step, over all processes.
        learning_rate: peak value; linear warm-up, then cosine decay to a hundredth of it.
        epochs: passes over the data, if `steps` is 0.
        steps: optimiser steps, whatever the number of rows; 0 means that `epochs` decides.
        epsilon: of AdamW; a larger value keeps rounding errors in near-zero gradients from
            turning into full steps.
        warmup: share of the steps.
        clip: largest norm of the gradient.
        precision: `no` or `bf16`, which a CPU without bfloat16 of its own replaces by `no`.
        accumulate: pieces into which a process splits its rows of a step.
        ema: decay of the weight average that is evaluated and saved; 0 for none.
        patience: evaluations without improvement (of `Stage.watch`) after which the run ends with
            its best weights; 0 for never.
        evaluate_every: steps between evaluations; 0 evaluates at the end only.
        save_every: steps between resumable states.
        log_every: steps between lines of the log.
    """

    batch: int
    learning_rate: float
    epochs: float = 0.0
    steps: int = 0
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    warmup: float = 0.03
    clip: float = 1.0
    seed: int = 0
    precision: str = "no"
    accumulate: int = 1
    ema: float = 0.0
    patience: int = 0
    evaluate_every: int = 0
    save_every: int = 500
    log_every: int = 20

    def __post_init__(self) -> None:
        if self.batch < 1 or min(self.steps, self.epochs) < 0:
            raise TrainingError(f"steps and batch must be positive: {self.steps}, {self.batch}")
        if not (self.steps or self.epochs):
            raise TrainingError("a schedule needs either steps or epochs")
        if not 0 <= self.warmup < 1:
            raise TrainingError(f"warmup must be a share of the steps in [0, 1), got {self.warmup}")
        if self.accumulate < 1 or not 0 <= self.ema < 1:
            raise TrainingError(
                f"accumulate must be 1 or more, ema in [0, 1): {self.accumulate}, {self.ema}"
            )

    def over(self, rows: int) -> "Schedule":
        """The same schedule with its steps worked out for `rows` rows of data."""
        steps = self.steps or max(1, math.ceil(self.epochs * rows / self.batch))
        return replace(self, steps=steps)

    def is_due(self, step: int, every: int) -> bool:
        """Whether something that happens every `every` steps is due after this step."""
        last = step + 1 == self.steps
        return last or (every > 0 and (step + 1) % every == 0)

    def scale(self, step: int) -> float:
        """Learning rate of a step relative to the peak."""
        warm = max(1, round(self.warmup * self.steps))
        if step < warm:
            return (step + 1) / warm
        progress = (step - warm) / max(1, self.steps - warm)
        return 0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * min(progress, 1.0))))


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What differs between stages: four functions, and the learning rate of each parameter.

    Attributes:
        build: the module to train; called with a batch it returns named losses, `loss` is
            minimised.
        batch: rows of a step, as tensors; called with the step and the rows' indices.
        rows: number of rows in the data.
        evaluate: figures on held-out data.
        pace: factor on the learning rate of a parameter, by its name; 0 freezes it.
        finish: writes the result into the run's folder.
        weigh: the number of rows or tokens that a piece's mean loss covers; it weights the pieces
            of a step across processes.
        watch: held-out figure for early stopping.
        higher: whether higher is better for that figure.
    """

    name: str
    build: Callable[[], nn.Module]
    rows: int
    batch: Callable[[int, NDArray[np.int64]], Batch]
    evaluate: Callable[[nn.Module], dict[str, float]]
    finish: Callable[[nn.Module, Path], None]
    pace: Callable[[str], float] = field(default=lambda _: 1.0)
    weigh: Callable[[Batch], float] = field(default=lambda _: 1.0)
    watch: str = ""
    higher: bool = False
