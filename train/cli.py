"""The command line of training.

python -m train make --config phantom --out assets/default_model --work runs/phantom
python -m train evaluate --model assets/default_model --cases 200
python -m train table --model assets/default_model
python -m train lesson --work runs/quick --page docs/training.md
python -m train library --model assets/default_model --out assets/library
python -m train calibrate --model assets/default_model --work runs/phantom
python -m train sure --model assets/default_model --work runs/phantom --count 50
python -m train visitors --model assets/default_model --cases 100
python -m train real_facts --model assets/default_model --scans ../shared/real
"""

import argparse
import logging
import os
import shutil
import tempfile
from pathlib import Path

from med3dvlm.errors import Med3DVLMError
from train.data.m3d.commands import add_commands as add_m3d_commands
from train.evaluation.commands import add_commands as add_evaluation_commands
from train.evaluation.real_facts.command import add_commands as add_real_facts_commands
from train.evaluation.sureness import add_commands as add_sureness_commands
from train.evaluation.visitors.command import add_commands as add_visitor_commands

DEFAULT_MODEL = Path("assets/default_model")
LIBRARY = Path("assets/library")


def main() -> None:
    """Parse the command and run it."""
    # The tokenizers' own threads fight with the loop for the cores.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("accelerate").setLevel(logging.WARNING)
    arguments = make_parser().parse_args()
    try:
        arguments.run(arguments)
    except Med3DVLMError as error:
        raise SystemExit(f"{arguments.command}: {error}") from None


def make_parser() -> argparse.ArgumentParser:
    """All commands with their options; `run` of the result is the function to call."""
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make", help="draw phantoms, run every stage, evaluate, export")
    make.add_argument("--config", default="phantom", help="phantom, quick or smoke")
    make.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    make.add_argument("--work", type=Path, required=True, help="folder of phantoms and stages")
    make.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        help="processes that draw phantoms; stages that run beside each other",
    )
    make.add_argument("--only", nargs="+", metavar="STAGE", help="run these stages alone")
    make.set_defaults(run=_make)
    add_sureness_commands(commands)
    library = commands.add_parser("library", help="build the starter library with a model")
    library.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    library.add_argument(
        "--out", type=Path, default=LIBRARY, help="folder; its content is replaced"
    )
    library.set_defaults(run=_library)
    lesson = commands.add_parser("lesson", help="pictures of docs/training.md from a quick run")
    lesson.add_argument("--config", default="quick")
    lesson.add_argument("--work", type=Path, default=Path("runs/quick"))
    lesson.add_argument("--page", type=Path, default=Path("docs/training.md"))
    lesson.set_defaults(run=_lesson)
    add_evaluation_commands(commands)
    add_visitor_commands(commands)
    add_real_facts_commands(commands)
    add_m3d_commands(commands)
    return parser


def _make(arguments: argparse.Namespace) -> None:
    from train.evaluation.table import table, verdict
    from train.recipes.chain import train_stages
    from train.recipes.phantom import RECIPES
    from train.release.default_model import draw_phantoms, make_model

    recipe = RECIPES[arguments.config]()
    if arguments.only:
        if set(arguments.only) != {"language"}:
            draw_phantoms(recipe, arguments.work, workers=arguments.workers)
        train_stages(recipe, arguments.work, arguments.only, workers=arguments.workers)
        return
    figures = make_model(recipe, work=arguments.work, out=arguments.out, workers=arguments.workers)
    print(table(figures))
    said, wins = verdict(figures)
    print(f"\n{said}")
    if not wins:
        raise SystemExit("In a task above the model doesn't beat the image-blind one and chance.")


def _lesson(arguments: argparse.Namespace) -> None:
    from train.recipes.phantom import RECIPES
    from train.release.lesson import draw_lesson

    draw_lesson(RECIPES[arguments.config](), arguments.work, page=arguments.page)


def _library(arguments: argparse.Namespace) -> None:
    from med3dvlm.engine.engine import load_engine
    from med3dvlm.engine.starter_library import build_starter_library
    from med3dvlm.retrieval.library import INDEX_NAME, STORE_NAME

    out: Path = arguments.out
    found = {path.name for path in out.iterdir()} if out.exists() else set()
    if not found <= {INDEX_NAME, STORE_NAME}:
        raise SystemExit(f"{out} holds more than a library, so it is not replaced: {found}")
    engine = load_engine(arguments.model)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as aside:
        build_starter_library(engine, Path(aside) / "library", progress=_say)
        shutil.rmtree(out, ignore_errors=True)
        (Path(aside) / "library").replace(out)


def _say(done: int, of: int) -> None:
    if done % 50 == 0:
        print(f"{done} of {of} phantoms")
