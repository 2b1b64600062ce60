"""Runs one stage, or all stages of a recipe, into the folder of a run.

    run_stage(config, Place(run=Path("runs/m3d"), data=Path("ready")), resume=False)
    run_stages(recipe.stages, place, resume=True, workers=2)

Each stage has a folder: its result, `run.json` (the full configuration, digests of its inputs,
command, time, hardware, versions), `log.jsonl`, `figures.json` and the resumable state. A finished
stage is not run again, and a result of another configuration or other inputs is never overwritten.
"""

import logging
import platform
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import accelerate
import torch
import transformers

from med3dvlm.errors import TrainingError
from med3dvlm.version import __version__
from train.loop.accelerated import process_state, sharing
from train.loop.loop import run
from train.loop.record import RunRecord, read_record, write_record
from train.loop.run_folder import has_state
from train.recipes.graph import in_order, run_graph
from train.recipes.inputs import config_of, find, inputs_of, result_digest
from train.recipes.opening import Place, open_stage
from train.recipes.recipe import StageConfig
from train.stages.config import AnsweringConfig, ContrastiveConfig

log = logging.getLogger(__name__)


def run_stage(
    config: StageConfig, place: Place, *, resume: bool = False, line: int = 0
) -> dict[str, float]:
    """Run a stage into its folder; returns its held-out figures.

    Args:
        config: what to run.
        place: the folder of the run, and that of the data.
        resume: continue a run that was stopped.
        line: terminal line of the progress bar.

    Raises:
        TrainingError: the data is missing or has another size, an earlier stage is missing, the
            folder contains a run that would be lost, or the stage can't run in this many processes.
    """
    _check_processes(config)
    out = place.run / config.stage
    inputs = inputs_of(config, place)
    found = find(config, inputs, out)
    process_state().wait_for_everyone()  # nobody writes before all have read
    if found.differences:
        raise TrainingError(_other_run(place.run, {config.stage: found.differences}))
    if found.finished and found.record is not None:
        log.info("%s is finished", config.stage)
        return found.record.figures
    if has_state(out) and not resume:
        raise TrainingError(f"{out} contains a stopped run: continue with --resume, or move it")
    stage = open_stage(config, place)
    resume = resume and has_state(out)  # a run killed before its first state starts over
    record = _record_of(config, inputs, seconds=_seconds(out) if resume else 0.0)
    _note(out, record)
    started = time.time()
    try:
        figures = run(stage, config.schedule, out=out, resume=resume, line=line)
    finally:
        record = replace(record, seconds=round(record.seconds + time.time() - started, 3))
        _note(out, record)
    if process_state().is_main_process:
        write_record(out, replace(record, result=result_digest(out), figures=figures))
    process_state().wait_for_everyone()
    return figures


def run_stages(
    stages: Mapping[str, StageConfig], place: Place, *, resume: bool = False, workers: int = 1
) -> None:
    """Run the unfinished stages, each after those that it depends on.

    Args:
        stages: what to run, by name; any other stage they depend on has already run.
        place: the folder of the run, and that of the data.
        resume: continue stages that were stopped.
        workers: stages that may run at a time.

    Raises:
        TrainingError: a folder contains a run that would be lost; raised before anything runs.
    """
    left = _unfinished(stages, place)
    for name in stages:
        if name not in left:
            log.info("%s is finished", name)
    run_graph(left, partial(_run_one, left, place, resume), workers=workers)


def _run_one(
    stages: Mapping[str, StageConfig], place: Place, resume: bool, name: str, line: int
) -> None:
    run_stage(stages[name], place, resume=resume, line=line)


def _unfinished(stages: Mapping[str, StageConfig], place: Place) -> dict[str, StageConfig]:
    """The stages left to run; checks every folder before the first hour is spent."""
    left: dict[str, StageConfig] = {}
    others: dict[str, tuple[str, ...]] = {}
    for name in in_order(stages):
        config, folder = stages[name], place.run / name
        if before := set(config.needs) & set(left):
            left[name] = config
            record = read_record(folder)
            if record is not None:
                others[name] = (f"{' and '.join(sorted(before))} will be retrained",)
            continue
        found = find(config, inputs_of(config, place), folder)
        if found.differences:
            others[name] = found.differences
        if not found.finished:
            left[name] = config
    if others:
        raise TrainingError(_other_run(place.run, others))
    return left


def _other_run(root: Path, others: Mapping[str, tuple[str, ...]]) -> str:
    told = [f"{name}: {'; '.join(why)}" for name, why in others.items()]
    folders = " ".join(str(root / name) for name in others)
    return (
        "another run is in the way and would be lost:\n  "
        + "\n  ".join(told)
        + f"\nChoose another --out, or move {folders} away to train again."
    )


def _check_processes(config: StageConfig) -> None:
    if isinstance(config, ContrastiveConfig) and sharing():
        raise TrainingError(
            f"stage 1 doesn't run under {sharing()} (docs/scale.md says why) and is too small to "
            "need it: launch it with train/accelerate/ddp.yaml"
        )
    whole = isinstance(config, ContrastiveConfig | AnsweringConfig) and not config.data.encoded
    if process_state().num_processes > 1 and not whole:
        raise TrainingError("stages on phantoms run in one process: don't use accelerate launch")


def _note(out: Path, record: RunRecord) -> None:
    if process_state().is_main_process:
        write_record(out, record)


def _record_of(config: StageConfig, inputs: Mapping[str, str], *, seconds: float) -> RunRecord:
    """The record of this run."""
    state = process_state()
    return RunRecord(
        config=config_of(config),
        inputs=dict(inputs),
        command=" ".join(["python -m train", *sys.argv[1:]]),
        seconds=seconds,
        hardware=f"{state.num_processes} x {_device(state.device)}",
        versions={
            "med3dvlm": __version__,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "accelerate": accelerate.__version__,
        },
    )


def _device(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()} CPU, {torch.get_num_threads()} threads"


def _seconds(out: Path) -> float:
    record = read_record(out)
    return record.seconds if record is not None else 0.0
