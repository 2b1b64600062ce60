"""Runs the three sample stages for some steps; started as one process or as several.

As a program it computes in float64: what then differs is the method, not the rounding.

python -m torch.distributed.run --nproc_per_node 2 tests/train/m3d/stages.py READY OUT STEPS
"""

import logging
import sys
from pathlib import Path

import torch

from train.m3d.configs import STUDIES
from train.m3d.running import run_stage
from train.m3d.study import with_settings

STAGES = ("contrastive", "alignment", "instruction")


def run_all(ready: Path, out: Path, steps: int, *settings: str) -> None:
    for stage in STAGES:
        study = STUDIES[f"sample_{stage}"]()
        plan = [f"schedule.steps={steps}", "schedule.learning_rate=0.004", "evaluated=4"]
        changed = with_settings(study, [*plan, *settings])
        run_stage(changed, ready, out)


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    logging.getLogger("accelerate").setLevel(logging.ERROR)
    run_all(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
