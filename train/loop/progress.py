"""What a run reports during training: progress bar, TensorBoard, `log.jsonl`."""

import time
from pathlib import Path

import numpy as np
from accelerate import Accelerator
from tqdm import tqdm

from med3dvlm.errors import TrainingError
from train.loop.run_folder import note
from train.loop.stage import Losses, Schedule, Stage


class Progress:
    """The progress bar, the logs, and the check that the loss is finite.

    Args:
        accelerator: processes of the run.
        stage: what is trained.
        schedule: with its number of steps.
        out: folder of the run.
        start: step at which a resumed run continues.
        line: terminal line of the bar, for stages that run in parallel.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        stage: Stage,
        schedule: Schedule,
        out: Path,
        *,
        start: int,
        line: int,
    ) -> None:
        self.accelerator, self.stage, self.schedule, self.out = accelerator, stage, schedule, out
        self.since, self.seen = time.perf_counter(), 0
        self.bar = tqdm(
            total=schedule.steps,
            initial=start,
            desc=stage.name,
            unit="step",
            smoothing=0.05,
            position=line,
            disable=not accelerator.is_main_process,
        )

    def after(self, step: int, losses: Losses) -> None:
        """Record a step; every so often, log its losses and the speed.

        Raises:
            TrainingError: the loss is not finite.
        """
        self.seen += self.schedule.batch
        self.bar.update()
        if (step + 1) % self.schedule.log_every:
            return
        rate = self.seen / (time.perf_counter() - self.since)
        if self.accelerator.num_processes > 1:
            losses = self.accelerator.reduce(losses, "sum")
        values = {name: float(value) for name, value in losses.items()}
        if not np.isfinite(values["loss"]):
            raise TrainingError(f"{self.stage.name}: the loss is {values['loss']} at step {step}")
        values["samples_per_second"] = rate
        self.accelerator.log(values, step=step)
        if self.accelerator.is_main_process:
            note(self.out, step, values)
        self.bar.set_postfix_str(f"loss {values['loss']:.3f}, {rate:.1f}/s")
        self.since, self.seen = time.perf_counter(), 0

    def held_out(self, step: int, figures: dict[str, float]) -> None:
        """Report held-out figures."""
        values = {f"held_out/{name}": value for name, value in figures.items()}
        self.accelerator.log(values, step=step)
        if self.accelerator.is_main_process:
            note(self.out, step, values)
        self.bar.write(f"{self.stage.name} step {step + 1}: {_listed(figures)}")
        self.since, self.seen = time.perf_counter(), 0

    def close(self) -> None:
        """Close the bar."""
        self.bar.close()


def _listed(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
