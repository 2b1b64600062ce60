"""The training commands: `make` (a whole recipe), `stage` (one of its stages), `export`, `plan`.

`--config` names what to run, `--set` changes one of its fields, `--out` is the folder of the run,
and `--resume` continues where it stopped.
"""

import argparse
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from med3dvlm.errors import TrainingError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from train.recipes.opening import Place
    from train.recipes.recipe import PhantomRecipe, Recipe

log = logging.getLogger(__name__)

MODEL = "model"


def add_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to the command line of training."""
    make = commands.add_parser("make", help="run every stage of a recipe and write the model")
    make.add_argument("--config", default="phantom", help="a recipe in train/recipes/named.py")
    _add_run(make)
    make.add_argument("--stages", nargs="+", metavar="STAGE", help="run only these stages")
    make.add_argument("--workers", type=int, default=os.cpu_count() or 1,
                      help="stages to run in parallel; processes that draw phantoms"
                      )  # fmt: skip
    make.set_defaults(run=_make)
    stage = commands.add_parser(
        "stage", help="run one stage of a recipe; works with accelerate launch"
    )
    stage.add_argument("--config", required=True,
                       help="recipe and stage, such as sample_contrastive")  # fmt: skip
    _add_run(stage)
    stage.set_defaults(run=_stage)
    export = commands.add_parser("export", help="export a finished run to a folder for the app")
    export.add_argument("--run", type=Path, required=True, dest="folder")
    export.add_argument("--data", type=Path,
                        help="ready M3D data that it was trained on; not for phantoms")  # fmt: skip
    export.add_argument("--out", type=Path, required=True)
    export.set_defaults(run=_export)
    plan = commands.add_parser("plan", help="estimate a stage's memory, steps and hours")
    plan.add_argument("--config", required=True, help="stage, such as released_contrastive")
    plan.add_argument("--rows", type=int, help="number of rows, instead of --data")
    plan.add_argument("--data", type=Path, help="ready data, to count its rows")
    plan.add_argument("--gpus", type=int, default=8)
    plan.add_argument("--gpu", default="A100-80GB")
    plan.add_argument("--sharing", choices=("ddp", "fsdp", "zero2"), default="ddp")
    _add_settings(plan)
    plan.set_defaults(run=_plan)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True,
                        help="folder of the run; each stage gets a subfolder")  # fmt: skip
    parser.add_argument("--data", type=Path, help="folder of ready M3D data; not for phantoms")
    _add_settings(parser)
    parser.add_argument("--resume", action="store_true", help="continue from the last state")


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings",
                        help="change a field, such as schedule.batch=64")  # fmt: skip


def _make(arguments: argparse.Namespace) -> None:
    from train.recipes.named import chosen, named_recipe
    from train.recipes.opening import draw_phantoms
    from train.recipes.recipe import PhantomRecipe
    from train.recipes.running import run_stages
    from train.stages.settings import with_settings

    recipe = with_settings(named_recipe(arguments.config), arguments.settings)
    place = _place(arguments, recipe)
    stages = chosen(recipe, arguments.stages)
    if isinstance(recipe, PhantomRecipe):
        if not arguments.stages:
            _make_phantom_model(recipe, arguments)
            return
        draw_phantoms(recipe, place.data, workers=arguments.workers)
        run_stages(stages, place, resume=arguments.resume, workers=arguments.workers)
    else:
        run_stages(stages, place, resume=arguments.resume)
        if not arguments.stages:
            _write_model(place, arguments.out / MODEL)
    _end_processes()


def _make_phantom_model(recipe: "PhantomRecipe", arguments: argparse.Namespace) -> None:
    from train.evaluation.table import table, verdict
    from train.release.default_model import make_model

    figures = make_model(
        recipe,
        arguments.out,
        out=arguments.out / MODEL,
        resume=arguments.resume,
        workers=arguments.workers,
    )
    log.info(table(figures))
    said, wins = verdict(figures)
    log.info("\n%s", said)
    if not wins:
        raise SystemExit("In at least one task the model doesn't beat chance and the blind model.")


def _stage(arguments: argparse.Namespace) -> None:
    from train.loop.accelerated import process_state
    from train.recipes.named import named_recipe, named_stage
    from train.recipes.opening import draw_phantoms, learns_from_words
    from train.recipes.recipe import PhantomRecipe
    from train.recipes.running import run_stage
    from train.stages.settings import with_settings

    config = with_settings(named_stage(arguments.config), arguments.settings)
    recipe = named_recipe(arguments.config.rpartition("_")[0])
    place = _place(arguments, recipe)
    ready = learns_from_words(config) or place.data.exists()
    if isinstance(recipe, PhantomRecipe) and not ready:
        draw_phantoms(recipe, place.data, workers=os.cpu_count() or 1)
    figures = run_stage(config, place, resume=arguments.resume)
    if process_state().is_main_process:
        log.info(", ".join(f"{name} {value:.4f}" for name, value in figures.items()))
    _end_processes()


def _place(arguments: argparse.Namespace, recipe: "Recipe") -> "Place":
    """The folders of a run and its data; phantoms are drawn into the folder of the run."""
    from train.recipes.opening import PHANTOMS, Place
    from train.recipes.recipe import PhantomRecipe

    phantoms = isinstance(recipe, PhantomRecipe)
    if phantoms == bool(arguments.data):
        said = "draws its own data: leave out --data" if phantoms else "needs ready data: --data"
        raise TrainingError(f"{arguments.config} {said}")
    return Place(run=arguments.out, data=arguments.data or arguments.out / PHANTOMS)


def _write_model(place: "Place", out: Path) -> None:
    from train.loop.accelerated import process_state
    from train.release.model import write_model

    if process_state().is_main_process:
        write_model(place, out)


def _end_processes() -> None:
    from train.loop.accelerated import process_state

    process_state().destroy_process_group()


def _export(arguments: argparse.Namespace) -> None:
    from train.recipes.opening import PHANTOMS, Place
    from train.release.model import write_model

    data = arguments.data or arguments.folder / PHANTOMS
    write_model(Place(run=arguments.folder, data=data), arguments.out)


def _plan(arguments: argparse.Namespace) -> None:
    from train.plan.plan import Machine, plan, rows_of
    from train.recipes.named import named_stage
    from train.stages.config import AnsweringConfig, ContrastiveConfig
    from train.stages.settings import with_settings

    config = with_settings(named_stage(arguments.config), arguments.settings)
    if not isinstance(config, ContrastiveConfig | AnsweringConfig) or config.data.encoded:
        raise TrainingError(f"{arguments.config} runs on phantoms and needs no plan")
    machine = Machine(gpus=arguments.gpus, gpu=arguments.gpu, sharing=arguments.sharing)
    rows = arguments.rows or rows_of(config, arguments.data)
    log.info(plan(config, machine, rows=rows).text)
