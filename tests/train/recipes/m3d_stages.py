"""Runs sample stages for some steps, as one process or as several.

accelerate launch --config_file train/accelerate/ddp.yaml \
    tests/train/recipes/m3d_stages.py READY OUT \
    --stages alignment,instruction --set schedule.steps=20 --dies-at 4
"""

import argparse
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
import torch

from train.loop import loop
from train.recipes.m3d import sample_recipe
from train.recipes.opening import Place
from train.recipes.running import run_stage
from train.stages.names import PUBLISHED as STAGES
from train.stages.settings import with_settings


class KilledError(Exception):
    """The power went off."""


def run_all(
    ready: Path, out: Path, settings: Sequence[str], *,
    stages: Iterable[str] = STAGES, resume: bool = False,
) -> None:  # fmt: skip
    for stage in stages:
        config = with_settings(sample_recipe().stages[stage], ["evaluated=4", *settings])
        run_stage(config, Place(run=out, data=ready), resume=resume)


def dies(patch: pytest.MonkeyPatch, step: int) -> None:
    """Let the next run end without warning before it learns from a step."""
    learn, steps = loop._learn, iter(range(10**6))

    def dying(*arguments: object) -> object:
        if next(steps) == step:
            raise KilledError
        return learn(*arguments)

    patch.setattr(loop, "_learn", dying)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ready", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--stages", default=",".join(STAGES))
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--dies-at", type=int, help="step of the last stage")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.getLogger("accelerate").setLevel(logging.ERROR)
    stages = arguments.stages.split(",")
    if arguments.dies_at is not None:
        run_all(arguments.ready, arguments.out, arguments.settings, stages=stages[:-1])
        dies(pytest.MonkeyPatch(), arguments.dies_at)
        stages = stages[-1:]
    run_all(
        arguments.ready, arguments.out, arguments.settings, stages=stages, resume=arguments.resume
    )
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
