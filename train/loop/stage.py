"""What a stage is, and how long and how fast it learns: the values that the loop is given."""

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
    """How long and how fast a stage learns.

    Attributes:
        batch: rows of a step, over all processes.
        learning_rate: peak; cosine to a hundredth after a linear warm-up.
        epochs: times that every row is seen, where `steps` is 0.
        steps: optimiser steps, whatever the number of rows; 0 leaves it to `epochs`.
        epsilon: of AdamW; a larger one keeps rounding in gradients near zero from becoming steps.
        warmup: share of the steps.
        clip: largest norm of the gradient.
        precision: `no` or `bf16`.
        accumulate: pieces in which a process takes its rows of a step.
        ema: decay of the average of the weights that is evaluated and written; 0 for none.
        patience: evaluations without a better figure (`Stage.watch`) after which the run ends with
            its best weights; 0 never.
        evaluate_every: steps between evaluations; 0 evaluates at the end alone.
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
            raise TrainingError("a schedule needs a number of steps or of epochs")
        if not 0 <= self.warmup < 1:
            raise TrainingError(f"warmup is a share of the steps in [0, 1), got {self.warmup}")
        if self.accumulate < 1 or not 0 <= self.ema < 1:
            raise TrainingError(
                f"accumulate is 1 or more and ema in [0, 1): {self.accumulate}, {self.ema}"
            )

    def over(self, rows: int) -> "Schedule":
        """The same with its number of steps, for data of so many rows."""
        steps = self.steps or max(1, math.ceil(self.epochs * rows / self.batch))
        return replace(self, steps=steps)

    def is_due(self, step: int, every: int) -> bool:
        """Whether something that happens every so many steps happens after this one."""
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
    """What differs between stages: four functions (and which parameters learn how fast).

    Attributes:
        build: what learns; called with a batch it returns named losses, `loss` is minimised.
        batch: rows of a step, as tensors; called with the step and the rows' indices.
        rows: how many rows the data has.
        evaluate: figures on held-out data.
        pace: multiplies the learning rate of a parameter by its name; 0 freezes it.
        finish: writes the result into the run's folder.
        weigh: what the mean loss of a piece stands for, rows or tokens; pieces of a step and its
            processes are put together by it.
        watch: held-out figure of early stopping.
        higher: whether a higher figure is the better one.
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
