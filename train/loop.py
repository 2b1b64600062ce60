"""The one training loop of all stages: what happens in a step stands here from top to bottom.

    run(stage, config, out=Path("runs/contrastive"), resume=False)

A batch is a function of the step alone, so a run that was killed and resumed sees the same data
and, with the saved random states, ends in the same weights.
"""

import json
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from tqdm import tqdm

from med3dvlm.errors import TrainingError

log = logging.getLogger(__name__)

Batch = dict[str, Any]
Losses = dict[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class LoopConfig:
    """How long and how fast a stage learns.

    Attributes:
        steps: optimiser steps.
        batch: rows of a step, over all processes.
        learning_rate: peak; cosine to a hundredth after a linear warm-up.
        warmup: share of the steps.
        clip: largest norm of the gradient.
        evaluate_every: steps between evaluations; 0 evaluates at the end alone.
        save_every: steps between resumable states.
    """

    steps: int
    batch: int
    learning_rate: float
    weight_decay: float = 0.05
    betas: tuple[float, float] = (0.9, 0.98)
    warmup: float = 0.03
    clip: float = 1.0
    seed: int = 0
    precision: str = "no"
    evaluate_every: int = 0
    save_every: int = 500
    log_every: int = 20

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch < 1:
            raise TrainingError(f"steps and batch must be positive: {self.steps}, {self.batch}")
        if not 0 <= self.warmup < 1:
            raise TrainingError(f"warmup is a share of the steps in [0, 1), got {self.warmup}")

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
    """

    name: str
    build: Callable[[], nn.Module]
    rows: int
    batch: Callable[[int, NDArray[np.int64]], Batch]
    evaluate: Callable[[nn.Module], dict[str, float]]
    finish: Callable[[nn.Module, Path], None]
    pace: Callable[[str], float] = field(default=lambda _: 1.0)


def run(stage: Stage, config: LoopConfig, *, out: Path, resume: bool = False) -> dict[str, float]:
    """Train a stage into `out`; returns its last evaluation.

    Raises:
        TrainingError: `out` holds another run, there is nothing to resume, or the loss diverged.
    """
    accelerator = Accelerator(
        mixed_precision=config.precision, log_with="tensorboard", project_dir=out
    )
    _claim(out, config, resume=resume)
    set_seed(config.seed)
    plain = stage.build()
    optimizer = AdamW(_groups(stage, plain, config), betas=config.betas)
    schedule = LambdaLR(optimizer, config.scale)
    model, optimizer, schedule = accelerator.prepare(plain, optimizer, schedule)
    accelerator.init_trackers(stage.name)
    start = _restore(accelerator, out) if resume else 0
    share = slice(accelerator.process_index, None, accelerator.num_processes)
    said = _Progress(accelerator, stage, config, start)
    figures: dict[str, float] = {}

    model.train()
    for step, batch in prepared(stage, config, range(start, config.steps), share):
        losses = model(_to(batch, accelerator.device))
        accelerator.backward(losses["loss"])
        accelerator.clip_grad_norm_(model.parameters(), config.clip)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()

        said.after(step, losses)
        if config.is_due(step, config.save_every):
            _save(accelerator, out, step + 1)
        if config.is_due(step, config.evaluate_every):
            figures = _evaluate(stage, accelerator.unwrap_model(model))
            said.held_out(step, figures)

    said.close()
    if not figures:  # resumed after the last step was saved, before it was evaluated
        figures = _evaluate(stage, accelerator.unwrap_model(model))
    if accelerator.is_main_process:
        stage.finish(accelerator.unwrap_model(model), out)
        (out / "figures.json").write_text(json.dumps(figures, indent=1))
    accelerator.end_training()
    return figures


class _Progress:
    """The bar, the tensorboard log, and the check that the loss is a number."""

    def __init__(
        self, accelerator: Accelerator, stage: Stage, config: LoopConfig, start: int
    ) -> None:
        self.accelerator, self.stage, self.config = accelerator, stage, config
        self.since, self.seen = time.perf_counter(), 0
        self.bar = tqdm(
            total=config.steps,
            initial=start,
            desc=stage.name,
            unit="step",
            smoothing=0.05,
            disable=not accelerator.is_main_process,
        )

    def after(self, step: int, losses: Losses) -> None:
        self.seen += self.config.batch
        self.bar.update()
        if (step + 1) % self.config.log_every:
            return
        rate = self.seen / (time.perf_counter() - self.since)
        values = {name: float(value.detach()) for name, value in losses.items()}
        if not np.isfinite(values["loss"]):
            raise TrainingError(f"{self.stage.name}: the loss is {values['loss']} at step {step}")
        self.accelerator.log(values | {"samples_per_second": rate}, step=step)
        self.bar.set_postfix_str(f"loss {values['loss']:.3f}, {rate:.1f}/s")
        self.since, self.seen = time.perf_counter(), 0

    def held_out(self, step: int, figures: dict[str, float]) -> None:
        self.accelerator.log({f"held_out/{k}": v for k, v in figures.items()}, step=step)
        self.bar.write(f"{self.stage.name} step {step + 1}: {_line(figures)}")
        self.since, self.seen = time.perf_counter(), 0

    def close(self) -> None:
        self.bar.close()


def prepared(
    stage: Stage, config: LoopConfig, steps: range, share: slice
) -> Iterator[tuple[int, Batch]]:
    """The batches of the steps, the next one made in a thread while this one is learned from."""

    def make(step: int) -> Batch:
        return stage.batch(step, rows_of(step, stage.rows, config)[share])

    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(make, steps.start) if len(steps) else None
        for step in steps:
            assert following is not None
            batch = following.result()
            if step + 1 < steps.stop:
                following = thread.submit(make, step + 1)
            yield step, batch


def rows_of(step: int, rows: int, config: LoopConfig) -> NDArray[np.int64]:
    """The data rows of a step: each epoch is one permutation, batches may span two epochs."""
    places = np.arange(step * config.batch, (step + 1) * config.batch)
    epochs = {int(e): _permutation(rows, config.seed, int(e)) for e in np.unique(places // rows)}
    return np.array([epochs[int(p // rows)][p % rows] for p in places], np.int64)


def _permutation(rows: int, seed: int, epoch: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, epoch]).permutation(rows)


def _groups(stage: Stage, model: nn.Module, config: LoopConfig) -> list[dict[str, Any]]:
    """Parameters by learning rate and by whether they decay (matrices do, vectors don't)."""
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        pace = stage.pace(name)
        parameter.requires_grad_(pace > 0)
        if pace > 0:
            groups.setdefault((pace, parameter.ndim > 1), []).append(parameter)
    if not groups:
        raise TrainingError(f"{stage.name}: no parameter is left to train")
    return [
        {
            "params": parameters,
            "lr": pace * config.learning_rate,
            "weight_decay": config.weight_decay if decays else 0.0,
        }
        for (pace, decays), parameters in groups.items()
    ]


def _claim(out: Path, config: LoopConfig, *, resume: bool) -> None:
    """Write the configuration beside the run; a run can only be resumed as it was."""
    path = out / "loop.json"
    written = json.dumps(asdict(config), indent=1)
    if resume:
        if not path.exists() or path.read_text() != written:
            raise TrainingError(f"{out} holds no run with this configuration to resume")
    else:
        out.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(out / "state", ignore_errors=True)
        path.write_text(written)


def _save(accelerator: Accelerator, out: Path, step: int) -> None:
    """Write a resumable state; an interrupted write leaves the one before it."""
    fresh = out / "state.new"
    accelerator.save_state(str(fresh))
    if accelerator.is_main_process:
        (fresh / "step.json").write_text(json.dumps({"step": step}))
        shutil.rmtree(out / "state.old", ignore_errors=True)
        if (out / "state").exists():
            (out / "state").replace(out / "state.old")
        fresh.replace(out / "state")
        shutil.rmtree(out / "state.old", ignore_errors=True)
    accelerator.wait_for_everyone()


def _restore(accelerator: Accelerator, out: Path) -> int:
    state = out / "state" if (out / "state").exists() else out / "state.old"
    if not state.exists():
        raise TrainingError(f"{out} has no saved state to resume from")
    accelerator.load_state(str(state))
    step: int = json.loads((state / "step.json").read_text())["step"]
    return step


def _evaluate(stage: Stage, model: nn.Module) -> dict[str, float]:
    model.eval()
    with torch.no_grad():
        figures = stage.evaluate(model)
    model.train()
    return figures


def _to(batch: Batch, device: torch.device) -> Batch:
    return {k: v.to(device) if isinstance(v, Tensor) else v for k, v in batch.items()}


def _line(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())


def batches(count: int, size: int) -> Iterator[list[int]]:
    """Row numbers 0..count in order, `size` at a time, for evaluation."""
    for start in range(0, count, size):
        yield list(range(start, min(start + size, count)))
