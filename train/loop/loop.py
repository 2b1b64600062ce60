"""The one training loop of all stages: read it from top to bottom to see what a step does.

    run(stage, schedule, out=Path("runs/contrastive"), resume=False)

A batch depends on the step alone, so a run that is killed and resumed sees the same data and, with
the saved random states, ends with the same weights. A step uses the same rows for any number of
processes: each process takes its share of them, in `accumulate` pieces.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator, DistributedType
from accelerate.utils import broadcast_object_list, set_seed
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from med3dvlm.errors import TrainingError
from train.loop.accelerated import make_accelerator, whole_model
from train.loop.averaging import Averaged
from train.loop.early_stopping import Watch
from train.loop.processes import average_statistics
from train.loop.progress import Progress
from train.loop.run_folder import FIGURES, begin, restore, save
from train.loop.stage import Batch, Losses, Schedule, Stage

__all__ = [
    "Batch",
    "Losses",
    "Schedule",
    "Stage",
    "batches",
    "on_device",
    "prepared",
    "rows_of",
    "run",
]


def run(  # noqa: PLR0915  the one loop, in sight
    stage: Stage, schedule: Schedule, *, out: Path, resume: bool = False, line: int = 0
) -> dict[str, float]:
    """Train a stage into `out`; returns its last evaluation.

    Args:
        stage: what is trained, and on what.
        schedule: how long and how fast.
        out: folder of the run; without `resume` its states and log are overwritten.
        resume: continue from the last state; the caller makes sure that it belongs to this run.
        line: terminal line of the progress bar, for stages that run in parallel.

    Raises:
        TrainingError: there is nothing to resume, or the loss diverged.
    """
    schedule = schedule.over(stage.rows)
    accelerator = make_accelerator(schedule, out)
    if not resume:
        begin(accelerator, out)
    set_seed(schedule.seed)
    plain = stage.build()
    optimizer = AdamW(_groups(stage, plain, schedule), betas=schedule.betas, eps=schedule.epsilon)
    rate = LambdaLR(optimizer, schedule.scale)
    model, optimizer, rate = accelerator.prepare(plain, optimizer, rate)
    averaged = Averaged(model.parameters(), decay=schedule.ema)
    watch = Watch(out, figure=stage.watch, patience=schedule.patience, higher=stage.higher)
    accelerator.register_for_checkpointing(averaged, watch)
    accelerator.init_trackers(stage.name)
    start = restore(accelerator, out) if resume else 0
    said = Progress(accelerator, stage, schedule, out, start=start, line=line)
    figures: dict[str, float] = {}

    model.train()
    for step, pieces in prepared(stage, schedule, range(start, schedule.steps), accelerator):
        losses = _learn(accelerator, stage, model, pieces)
        accelerator.clip_grad_norm_(model.parameters(), schedule.clip)
        optimizer.step()
        rate.step()
        optimizer.zero_grad()
        averaged.update()

        said.after(step, losses)
        saves, evaluates = (
            schedule.is_due(step, every) for every in (schedule.save_every, schedule.evaluate_every)
        )
        if saves or evaluates:
            average_statistics(model)
        if evaluates:
            figures = _evaluate(accelerator, stage, model, averaged, watch)
            said.held_out(step, figures)
        if saves or watch.exhausted:
            save(accelerator, out, step + 1)
        if watch.exhausted:
            break

    said.close()
    if not figures:  # resumed after the last step was saved, before it was evaluated
        figures = _evaluate(accelerator, stage, model, averaged, watch)
    averaged.exchange()
    figures = watch.restore(accelerator.unwrap_model(model)) or figures
    whole = whole_model(accelerator, stage, model)
    if accelerator.is_main_process:
        stage.finish(whole, out)
        (out / FIGURES).write_text(json.dumps(figures, indent=1))
    for tracker in accelerator.trackers:  # `end_training` would also end the process group
        tracker.finish()
    return figures


def _learn(accelerator: Accelerator, stage: Stage, model: nn.Module, pieces: list[Batch]) -> Losses:
    """Compute the gradients of one step; returns this process's share of the losses.

    The loss of a step is the weighted mean over all pieces of all processes. accelerate averages
    gradients over processes, so a piece's weight is multiplied by the number of processes.
    """
    if len(pieces) == accelerator.num_processes == 1:
        losses: Losses = model(on_device(pieces[0], accelerator.device))
        accelerator.backward(losses["loss"])
        return {name: value.detach() for name, value in losses.items()}
    weights = [stage.weigh(piece) for piece in pieces]
    total = accelerator.reduce(torch.tensor(sum(weights), device=accelerator.device), "sum")
    parts: Losses = defaultdict(lambda: torch.zeros((), device=accelerator.device))
    # DeepSpeed divides by the number of pieces, but the weights already do that.
    undo = len(pieces) if accelerator.distributed_type == DistributedType.DEEPSPEED else 1
    for i, (piece, weight) in enumerate(zip(pieces, weights, strict=True), start=1):
        last = i == len(pieces)
        accelerator.sync_gradients = last  # DeepSpeed would take a step per piece
        with nullcontext() if last else accelerator.no_sync(model):
            losses = model(on_device(piece, accelerator.device))
            share = weight / total
            accelerator.backward(losses["loss"] * share * accelerator.num_processes * undo)
        for name, value in losses.items():
            parts[name] = parts[name] + value.detach() * share
    return dict(parts)


def prepared(
    stage: Stage, schedule: Schedule, steps: range, accelerator: Accelerator
) -> Iterator[tuple[int, list[Batch]]]:
    """This process's pieces of every step, loaded in a thread during the previous step."""
    share = schedule.batch // accelerator.num_processes
    first = accelerator.process_index * share
    size = share // schedule.accumulate

    def make(step: int) -> list[Batch]:
        rows = rows_of(step, stage.rows, schedule)[first : first + share]
        return [stage.batch(step, rows[at : at + size]) for at in range(0, share, size)]

    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(make, steps.start) if len(steps) else None
        for step in steps:
            assert following is not None
            pieces = following.result()
            if step + 1 < steps.stop:
                following = thread.submit(make, step + 1)
            yield step, pieces


def rows_of(step: int, rows: int, schedule: Schedule) -> NDArray[np.int64]:
    """The data rows of a step: each epoch is one permutation; a batch may span two epochs."""
    places = np.arange(step * schedule.batch, (step + 1) * schedule.batch)
    epochs = {int(e): _permutation(rows, schedule.seed, int(e)) for e in np.unique(places // rows)}
    return np.array([epochs[int(p // rows)][p % rows] for p in places], np.int64)


@lru_cache(maxsize=4)
def _permutation(rows: int, seed: int, epoch: int) -> NDArray[np.int64]:
    order = np.random.default_rng([seed, epoch]).permutation(rows)
    order.flags.writeable = False
    return order


def _groups(stage: Stage, model: nn.Module, schedule: Schedule) -> list[dict[str, Any]]:
    """Parameter groups by learning rate and weight decay (matrices decay, vectors don't)."""
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
            "lr": pace * schedule.learning_rate,
            "weight_decay": schedule.weight_decay if decays else 0.0,
        }
        for (pace, decays), parameters in groups.items()
    ]


def _evaluate(
    accelerator: Accelerator, stage: Stage, model: nn.Module, averaged: Averaged, watch: Watch
) -> dict[str, float]:
    """Held-out figures, the same on all processes; saves the weights if they are the best yet."""
    plain = accelerator.unwrap_model(model)
    model.eval()
    with torch.no_grad(), averaged.in_place(), accelerator.autocast():
        figures = stage.evaluate(plain)
        if accelerator.num_processes > 1:
            (figures,) = broadcast_object_list([figures])
        if watch.sees(figures) and accelerator.is_main_process:
            watch.keep(plain)
    accelerator.wait_for_everyone()
    model.train()
    return figures


def on_device(batch: Batch, device: torch.device) -> Batch:
    """Move a batch's tensors to a device."""
    return {k: v.to(device) if isinstance(v, Tensor) else v for k, v in batch.items()}


def batches(count: int, size: int) -> Iterator[list[int]]:
    """Row numbers 0..count in order, `size` at a time, for evaluation."""
    for start in range(0, count, size):
        yield list(range(start, min(start + size, count)))
