"""Runs a stage on ready M3D data by the name of its configuration, and notes how it went.

    run_stage(sample_contrastive(), Path("ready"), Path("runs/m3d"), resume=False)

Beside the result lie `study.json` (the whole configuration), `run.json` (command, data digest,
time, hardware, versions), `log.jsonl`, `figures.json` and the resumable state.
"""

import json
import platform
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import accelerate
import torch
import transformers

from med3dvlm.errors import TrainingError
from med3dvlm.model.checkpoint import ModelInfo
from med3dvlm.version import __version__
from train.data.m3d.shards import read_spec
from train.loop.accelerated import process_state, sharing
from train.loop.loop import run
from train.loop.run_folder import FIGURES, has_state
from train.loop.stage import Stage
from train.stages import m3d_answering as answering
from train.stages import m3d_contrastive as contrastive
from train.stages.assembly import STUDY
from train.stages.study import ContrastiveStudy, Study

RUN = "run.json"


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What a stage's folder says of how it was made."""

    command: str
    data: str
    seconds: float
    hardware: str
    versions: dict[str, str]


def run_stage(study: Study, data: Path, root: Path, *, resume: bool = False) -> dict[str, float]:
    """Run a stage into its folder below `root`; returns its held-out figures.

    Raises:
        TrainingError: the data is of another size, a stage before is missing, there is a run
            that would be lost, or stage 1 was launched with FSDP or DeepSpeed.
    """
    if isinstance(study, ContrastiveStudy) and sharing():
        raise TrainingError(
            f"stage 1 doesn't run under {sharing()} (docs/scale.md tells why) and is too small to "
            "need it: launch it with train/accelerate/ddp.yaml"
        )
    out = root / study.stage
    if has_state(out) and not resume:
        raise TrainingError(f"{out} holds a run: go on with --resume, or delete it")
    if resume and not has_state(out):
        resume = False  # killed before its first state: nothing is lost by beginning anew
    grid = read_spec(data).grid
    if grid != study.image.input.grid:
        raise TrainingError(
            f"the data is ready for {grid} voxels, the configuration sees {study.image.input.grid}"
        )
    stage, watched, higher = make_stage(study, data, root)
    loop = study.schedule.loop(stage.rows, watch=watched, higher=higher)
    main = process_state().is_main_process
    if main:
        out.mkdir(parents=True, exist_ok=True)
        (out / STUDY).write_text(json.dumps(asdict(study), indent=1) + "\n")
    started, before = time.time(), _seconds(out) if resume else 0.0
    try:
        figures = run(stage, loop, out=out, resume=resume)
    finally:
        if main:
            record = record_of(data, seconds=before + time.time() - started)
            (out / RUN).write_text(json.dumps(asdict(record), indent=1) + "\n")
    return figures


def make_stage(study: Study, data: Path, root: Path) -> tuple[Stage, str, bool]:
    """The stage, the figure that early stopping watches, and whether higher is better."""
    if isinstance(study, ContrastiveStudy):
        stage = contrastive.contrastive_stage(study, data, info=study_info())
        return stage, contrastive.WATCHED, True
    return answering.answering_stage(study, data, run=root), answering.WATCHED, False


def study_info() -> ModelInfo:
    """What the page says of a model trained on M3D data."""
    return ModelInfo(
        name="Med3DVLM trained here on M3D data",
        trained_on="data in the M3D layout; see the model card",
        phantom=False,
        limits=(
            "It was trained on pictures of slices in a display window, without HU and mm.",
            "It learned left and right from captions alone; check every side that it names.",
        ),
    )


def record_of(data: Path, *, seconds: float) -> RunRecord:
    """How this run is made."""
    state = process_state()
    report = data / "report.json"
    return RunRecord(
        command=" ".join(["python -m train", *sys.argv[1:]]),
        data=json.loads(report.read_text())["digest"] if report.exists() else "unknown",
        seconds=round(seconds, 1),
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
    path = out / RUN
    stored: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return float(stored.get("seconds", 0.0))


def figures_of(folder: Path) -> dict[str, float]:
    """Held-out figures of a finished stage.

    Raises:
        TrainingError: it isn't finished.
    """
    path = folder / FIGURES
    if not path.exists():
        raise TrainingError(f"{folder.name} isn't finished: run that stage first")
    figures: dict[str, float] = json.loads(path.read_text())
    return figures
