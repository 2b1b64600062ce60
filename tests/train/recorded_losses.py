# ruff: noqa: T201
"""Losses of 20 steps of every stage of both sources, to tell whether a change has moved them.

    python -m tests.train.recorded_losses NEW.json --check tests/train/losses_of_20_steps.json

Each stage starts from the one before, on tiny data, in float32 and with one thread. On one machine
the result is the same to the last bit. `run_phantom` and `run_m3d` alone know how stages are run.
"""

import argparse
import json
import logging
import math
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.train.recipes.m3d_stages import dies
from train.data.m3d.prepare import PrepareConfig, prepare
from train.data.m3d.sample import SampleSpec, make_sample
from train.loop.stage import Schedule
from train.recipes.m3d import SAMPLE_GRID, sample_recipe
from train.recipes.opening import Place, draw_phantoms
from train.recipes.phantom import smoke_recipe
from train.recipes.running import run_stage, run_stages
from train.stages.names import STAGES
from train.stages.settings import with_settings

STEPS = 20
# The reader learns from the words alone, so every new word would change its losses.
RECORDED = tuple(name for name in STAGES if name != "reader")
STORED = Path(__file__).with_name("losses_of_20_steps.json")


def run_phantom(
    work: Path, only: Sequence[str] = RECORDED, *, dies_at: int | None = None
) -> dict[str, Path]:
    """The phantom recipe, small; returns the folder of each stage.

    A run that dies before it learns from a step can be gone on with, by calling this again.
    """
    # With the usual epsilon AdamW makes whole steps of rounding, and CPUs round differently.
    schedule = Schedule(
        steps=STEPS, batch=4, learning_rate=5e-4, weight_decay=0.05, betas=(0.9, 0.98),
        epsilon=1e-6, log_every=1, evaluate_every=10, save_every=10,
    )  # fmt: skip
    smoke = smoke_recipe()
    stages = {
        name: with_settings(replace(config, schedule=schedule), SETTINGS.get(name, []))
        for name, config in smoke.stages.items()
    }
    recipe = replace(smoke, **stages, training=replace(smoke.training, count=24))
    place = Place(run=work, data=work / "phantoms")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("train.data.phantoms.text.CORPUS", 400)
        if "encoder" in only:
            draw_phantoms(recipe, place.data, workers=1)
        if dies_at is not None:
            dies(patch, dies_at)
        run_stages({name: recipe.stages[name] for name in only}, place, resume=True)
    return {name: work / name for name in only}


SETTINGS: dict[str, list[str]] = {
    "encoder": ["schedule.learning_rate=3e-5"],
    "language": ["drills=[6, 10]", "mix.drill=1"],
    "facts": ["data.views=2", "data.count=20"],
    "reading": [],
    "contrastive": ["data.views=2", "data.count=20"],
    "alignment": ["data.views=2", "readout_alone=5"],
    "instruction": ["data.views=2"],
}


def run_m3d(work: Path) -> dict[str, Path]:
    """The stages on a sample in M3D's layout; returns the folder of each."""
    raw, ready, run = work / "raw", work / "ready", work / "run"
    make_sample(raw, SampleSpec(train=16, validation=4, test=2, shape=(12, 24, 24)))
    prepare(raw, ready, PrepareConfig(grid=SAMPLE_GRID, workers=1, per_shard=8))
    settings = {
        "contrastive": [],
        "alignment": ["data.blind=0.2", "schedule.accumulate=2"],
        "instruction": ["data.blind=0.2", "lora.dropout=0.05", "schedule.ema=0.9"],
    }
    shared = [f"schedule.steps={STEPS}", "schedule.evaluate_every=10", "evaluated=4"]
    for stage, own in settings.items():
        config = with_settings(sample_recipe().stages[stage], [*shared, *own])
        run_stage(config, Place(run=run, data=ready))
    return {stage: run / stage for stage in settings}


RUNS: dict[str, Callable[[Path], dict[str, Path]]] = {"phantom": run_phantom, "m3d": run_m3d}
LOG, FIGURES, WEIGHTS = "log.jsonl", "figures.json", "*.safetensors"
# What no other run repeats.
SPEED = "samples_per_second"
# A rank, a right answer or a finding found is counted, and jumps where two scores are as good as
# equal: only the machine that stored it finds it again.
COUNTED = re.compile(r"_r\d+$|, right$|opening$|encoder, (figures|step \d+, held_out)")
Record = dict[str, Any]


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums are in the same order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def record(folder: Path) -> Record:
    """Losses of every step, held-out figures and a digest of the weights in a stage's folder."""
    lines = [json.loads(line) for line in (folder / LOG).read_text().splitlines()]
    files = sorted(path for path in folder.rglob(WEIGHTS) if "state" not in path.parts)
    return {
        "log": [
            {name: _short(value) for name, value in line.items() if name != SPEED}
            for line in lines
        ],
        "figures": {
            name: _short(value)
            for name, value in json.loads((folder / FIGURES).read_text()).items()
        },
        "weights": {path.relative_to(folder).as_posix(): _digest(path) for path in files},
    }  # fmt: skip


def _digest(path: Path) -> dict[str, float]:
    tensors = [tensor.double() for tensor in load_file(path).values()]
    return {
        "count": sum(tensor.numel() for tensor in tensors),
        "sum": _short(sum(float(tensor.sum()) for tensor in tensors)),
        "squares": _short(sum(float(tensor.square().sum()) for tensor in tensors)),
    }


def _short(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.9g}")


def as_text(records: dict[str, dict[str, Record]]) -> str:
    """JSON with a step a line."""
    whole = json.dumps(records, indent=1)
    return re.sub(r"\{[^{}]*\}", lambda found: " ".join(found[0].split()), whole) + "\n"


@dataclass(frozen=True)
class Difference:
    """Where two records of a stage differ, and by how much of the larger value."""

    place: str
    stored: float | None
    found: float | None
    relative: float

    def __str__(self) -> str:
        return f"{self.place}: {self.stored} stored, {self.found} found ({self.relative:.1e})"


def differences(stored: dict[str, Record], found: dict[str, Record]) -> dict[str, list[Difference]]:
    """Every value of each stage with its difference, in the order of steps."""
    result = {}
    for stage in stored | found:
        one, other = (dict(_values(records.get(stage, {}))) for records in (stored, found))
        result[stage] = [
            _difference(f"{stage}, {place}", one.get(place), other.get(place))
            for place in one | other
        ]
    return result


def first_difference(
    stored: dict[str, Record], found: dict[str, Record], tolerance: float
) -> Difference | None:
    """The first value that is further off than that; what is counted is left out."""
    for stage in differences(stored, found).values():
        for difference in stage:
            if difference.relative > tolerance and not COUNTED.search(difference.place):
                return difference
    return None


def _values(record: Record) -> Iterator[tuple[str, tuple[float, float]]]:
    """Values by their place, each with what its difference is measured by.

    Of a step that was run twice the second run counts.
    """
    for line in record.get("log", []):
        for name, value in line.items():
            if name != "step":
                yield f"step {line['step']}, {name}", (value, abs(value))
    for name, value in record.get("figures", {}).items():
        yield f"figures, {name}", (value, abs(value))
    for path, digest in record.get("weights", {}).items():
        norm = math.sqrt(digest["squares"])
        for name, value in digest.items():
            scale = norm if name == "sum" else 0.0
            yield f"{name} of {path}", (value, max(scale, abs(value)))


def _difference(
    place: str, stored: tuple[float, float] | None, found: tuple[float, float] | None
) -> Difference:
    if stored is None or found is None:
        values = (None if each is None else each[0] for each in (stored, found))
        return Difference(place, *values, relative=math.inf)
    apart = abs(stored[0] - found[0])
    relative = apart / max(stored[1], found[1]) if apart else 0.0
    return Difference(place, stored[0], found[0], relative)


def check(
    stored: dict[str, dict[str, Record]], found: dict[str, dict[str, Record]], tolerance: float
) -> bool:
    """Print the largest difference of each stage; returns whether all are small."""
    worst = 0.0
    for source, stages in found.items():
        for stage, apart in differences(stored[source], stages).items():
            largest = max(apart, key=lambda difference: difference.relative)
            worst = max(worst, largest.relative)
            print(f"{source} {stage}: largest relative difference {largest.relative:.1e}")
            far = [each for each in apart if each.relative > tolerance]
            if far:
                print(f"  largest: {largest}\n  first of {len(far)}: {far[0]}")
    return worst <= tolerance


def main() -> int:
    """Run, write, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--source", choices=list(RUNS), help="both if left out")
    parser.add_argument("--check", type=Path, help="what to compare with")
    parser.add_argument("--tolerance", type=float, default=1e-5)
    arguments = parser.parse_args()
    logging.getLogger("accelerate").setLevel(logging.ERROR)
    found = {}
    for source in [arguments.source] if arguments.source else RUNS:
        with tempfile.TemporaryDirectory() as work, one_thread():
            folders = RUNS[source](Path(work))
            found[source] = {stage: record(folder) for stage, folder in folders.items()}
    arguments.out.write_text(as_text(found))
    if arguments.check is None:
        return 0
    return 0 if check(json.loads(arguments.check.read_text()), found, arguments.tolerance) else 1


if __name__ == "__main__":
    sys.exit(main())
