"""The commands of M3D: `sample_m3d`, `prepare_m3d`, `verify_m3d`, `stage`, `export`, `plan`."""

import argparse
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

log = logging.getLogger(__name__)


def add_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of this part to the command line of training."""
    prepare = commands.add_parser("prepare_m3d", help="the raw M3D download to ready shards")
    prepare.add_argument("--raw", type=Path, required=True, help="folder with M3D_Cap/, M3D_VQA/")
    prepare.add_argument("--out", type=Path, required=True, help="folder of the ready data")
    prepare.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    prepare.add_argument("--grid", type=int, nargs=3, metavar=("D", "H", "W"),
                         help="voxels of a volume; the published grid by default")  # fmt: skip
    prepare.add_argument("--drop-broken", action="store_true",
                         help="leave broken series out instead of stopping")  # fmt: skip
    prepare.add_argument("--drop-leaks", action="store_true",
                         help="leave training rows out that are also in validation or test"
                         )  # fmt: skip
    prepare.set_defaults(run=_prepare)
    verify = commands.add_parser("verify_m3d", help="compare every ready volume with its digest")
    verify.add_argument("--data", type=Path, required=True)
    verify.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    verify.set_defaults(run=_verify)
    sample = commands.add_parser("sample_m3d", help="a small data set in M3D's layout, of phantoms")
    sample.add_argument("--out", type=Path, required=True)
    sample.add_argument("--cases", type=int, nargs=3, metavar=("TRAIN", "VALIDATION", "TEST"),
                        default=(64, 8, 16))  # fmt: skip
    sample.add_argument("--spelling", choices=(".npy", ".nii.gz"), default=".npy")
    sample.set_defaults(run=_sample)
    _add_stage_commands(commands)


def _add_stage_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    stage = commands.add_parser("stage", help="run one stage on ready data; see accelerate launch")
    stage.add_argument("--config", required=True, help="a name of train/recipes/m3d.py")
    stage.add_argument("--data", type=Path, required=True, help="folder of ready data")
    stage.add_argument("--out", type=Path, required=True,
                       help="folder of the run; each stage has its own below it")  # fmt: skip
    stage.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings",
                       help="change a field, for instance schedule.batch=64")  # fmt: skip
    stage.add_argument("--resume", action="store_true", help="go on from the last state")
    stage.set_defaults(run=_stage)
    export = commands.add_parser("export", help="a finished run to one folder that the app opens")
    export.add_argument("--run", type=Path, required=True, dest="folder")
    export.add_argument("--data", type=Path, required=True, help="the ready data it learned from")
    export.add_argument("--out", type=Path, required=True)
    export.set_defaults(run=_export)
    plan = commands.add_parser("plan", help="memory, steps and hours of a configuration; no GPU")
    plan.add_argument("--config", required=True, help="a name of train/recipes/m3d.py")
    plan.add_argument("--rows", type=int, help="rows of the data; or name the ready data")
    plan.add_argument("--data", type=Path, help="ready data, to count its rows")
    plan.add_argument("--gpus", type=int, default=8)
    plan.add_argument("--gpu", default="A100-80GB")
    plan.add_argument("--sharing", choices=("ddp", "fsdp", "zero2"), default="ddp")
    plan.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    plan.set_defaults(run=_plan)


def _prepare(arguments: argparse.Namespace) -> None:
    from med3dvlm.volumes.grid import PUBLISHED_GRID
    from train.data.m3d.prepare import PrepareConfig, prepare

    d, h, w = arguments.grid or PUBLISHED_GRID
    config = PrepareConfig(
        grid=(d, h, w),
        workers=arguments.workers,
        drop_broken=arguments.drop_broken,
        drop_leaks=arguments.drop_leaks,
    )
    prepare(arguments.raw, arguments.out, config)
    log.info((arguments.out / "report.md").read_text(encoding="utf-8"))


def _verify(arguments: argparse.Namespace) -> None:
    from train.data.m3d.prepare import verify

    log.info(
        "%d volumes are as they were written", verify(arguments.data, workers=arguments.workers)
    )


def _sample(arguments: argparse.Namespace) -> None:
    from train.data.m3d.sample import SampleSpec, make_sample

    train, validation, test = arguments.cases
    spec = SampleSpec(train=train, validation=validation, test=test, spelling=arguments.spelling)
    make_sample(arguments.out, spec)


def _stage(arguments: argparse.Namespace) -> None:
    from train.loop.accelerated import process_state
    from train.recipes.m3d import named
    from train.recipes.running import run_stage
    from train.stages.study import with_settings

    study = with_settings(named(arguments.config), arguments.settings)
    figures = run_stage(study, arguments.data, arguments.out, resume=arguments.resume)
    state = process_state()
    if state.is_main_process:
        log.info(", ".join(f"{name} {value:.4f}" for name, value in figures.items()))
    state.destroy_process_group()


def _plan(arguments: argparse.Namespace) -> None:
    from train.plan.plan import Machine, plan, rows_of_study
    from train.recipes.m3d import named
    from train.stages.study import with_settings

    study = with_settings(named(arguments.config), arguments.settings)
    machine = Machine(gpus=arguments.gpus, gpu=arguments.gpu, sharing=arguments.sharing)
    rows = arguments.rows or rows_of_study(study, arguments.data)
    log.info(plan(study, machine, rows=rows).text)


def _export(arguments: argparse.Namespace) -> None:
    from train.release.export import export

    export(arguments.folder, arguments.out, data=arguments.data)
