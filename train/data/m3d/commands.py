"""The commands for data in M3D's layout: `sample_m3d`, `prepare_m3d`, `verify_m3d`."""

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
    prepare = commands.add_parser(
        "prepare_m3d", help="convert the raw M3D download to ready shards"
    )
    prepare.add_argument("--raw", type=Path, required=True, help="folder with M3D_Cap/, M3D_VQA/")
    prepare.add_argument("--out", type=Path, required=True, help="folder of the ready data")
    prepare.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    prepare.add_argument("--scheduler", default="", metavar="ADDRESS",
                         help="use the workers of this Dask scheduler, such as tcp://10.0.0.1:8786"
                         )  # fmt: skip
    prepare.add_argument("--grid", type=int, nargs=3, metavar=("D", "H", "W"),
                         help="voxels of a volume; the published grid by default")  # fmt: skip
    prepare.add_argument("--drop-broken", action="store_true",
                         help="skip broken series instead of stopping")  # fmt: skip
    prepare.add_argument("--drop-leaks", action="store_true",
                         help="leave out training rows that are also in validation or test"
                         )  # fmt: skip
    prepare.set_defaults(run=_prepare)
    verify = commands.add_parser("verify_m3d", help="check every ready volume against its digest")
    verify.add_argument("--data", type=Path, required=True)
    verify.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    verify.set_defaults(run=_verify)
    sample = commands.add_parser(
        "sample_m3d", help="make a small data set of phantoms in M3D's layout"
    )
    sample.add_argument("--out", type=Path, required=True)
    sample.add_argument("--cases", type=int, nargs=3, metavar=("TRAIN", "VALIDATION", "TEST"),
                        default=(64, 8, 16))  # fmt: skip
    sample.add_argument("--spelling", choices=(".npy", ".nii.gz"), default=".npy")
    sample.set_defaults(run=_sample)


def _prepare(arguments: argparse.Namespace) -> None:
    from med3dvlm.volumes.grid import PUBLISHED_GRID
    from train.data.m3d.prepare import PrepareConfig, prepare

    d, h, w = arguments.grid or PUBLISHED_GRID
    config = PrepareConfig(
        grid=(d, h, w),
        workers=arguments.workers,
        scheduler=arguments.scheduler,
        drop_broken=arguments.drop_broken,
        drop_leaks=arguments.drop_leaks,
    )
    prepare(arguments.raw, arguments.out, config)
    log.info((arguments.out / "report.md").read_text(encoding="utf-8"))


def _verify(arguments: argparse.Namespace) -> None:
    from train.data.m3d.prepare import verify

    log.info("%d volumes match their digests", verify(arguments.data, workers=arguments.workers))


def _sample(arguments: argparse.Namespace) -> None:
    from train.data.m3d.sample import SampleSpec, make_sample

    train, validation, test = arguments.cases
    spec = SampleSpec(train=train, validation=validation, test=test, spelling=arguments.spelling)
    make_sample(arguments.out, spec)
