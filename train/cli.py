"""The command line of training.

python -m train make --config phantom --out runs/phantom --resume
python -m train stage --config sample_contrastive --data ready --out runs/sample
python -m train evaluate --model assets/default_model --cases 200
python -m train table --model assets/default_model
python -m train card --model assets/default_model
python -m train lesson --run runs/quick --page docs/training.md
python -m train library --model assets/default_model --out assets/library
python -m train calibrate --model assets/default_model --work runs/phantom
python -m train confidence --model assets/default_model --work runs/phantom --count 50
python -m train visitors --model assets/default_model --cases 100
python -m train phantombench score answers.jsonl
python -m train real_facts --model assets/default_model --scans ../shared/real
python -m train detect --kind "lung nodule" --people 40 --out runs/detect
python -m train certify --model assets/default_model --cases 40 --out runs/maps
python -m train ground --model assets/default_model --cases 40
"""

import argparse
import logging
import os
import shutil
import tempfile
from pathlib import Path

from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.errors import Med3DVLMError, TrainingError
from train.commands import add_commands as add_training_commands
from train.data.m3d.commands import add_commands as add_m3d_commands
from train.evaluation.commands import add_commands as add_evaluation_commands
from train.evaluation.explaining.command import add_commands as add_explaining_commands
from train.evaluation.phantombench.command import add_commands as add_phantombench_commands
from train.evaluation.real_facts.command import add_commands as add_real_facts_commands
from train.evaluation.visitors.command import add_commands as add_visitor_commands

LIBRARY = Path("assets/library")


def main() -> None:
    """Parse the command and run it."""
    # The tokenizers' own threads compete with the loop for the cores.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for talkative in ("accelerate", "faiss"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    arguments = make_parser().parse_args()
    try:
        arguments.run(arguments)
    except Med3DVLMError as error:
        raise SystemExit(f"{arguments.command}: {error}") from None


def make_parser() -> argparse.ArgumentParser:
    """All commands with their options; the parsed `run` is the function to call."""
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add_training_commands(commands)
    library = commands.add_parser("library", help="build the starter library with a model")
    library.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    library.add_argument(
        "--out", type=Path, default=LIBRARY, help="folder; its contents are replaced"
    )
    library.set_defaults(run=_library)
    lesson = commands.add_parser(
        "lesson", help="images and answers of docs/training.md, from a quick run"
    )
    lesson.add_argument("--config", default="quick", help="a recipe on phantoms")
    lesson.add_argument("--run", type=Path, default=Path("runs/quick"), dest="folder")
    lesson.add_argument("--page", type=Path, default=Path("docs/training.md"))
    lesson.set_defaults(run=_lesson)
    card = commands.add_parser("card", help="write a model's card anew, from its files")
    card.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    card.set_defaults(run=_card)
    add_evaluation_commands(commands)
    add_visitor_commands(commands)
    add_real_facts_commands(commands)
    add_phantombench_commands(commands)
    add_explaining_commands(commands)
    add_m3d_commands(commands)
    return parser


def _lesson(arguments: argparse.Namespace) -> None:
    from train.recipes.named import named_recipe
    from train.recipes.recipe import PhantomRecipe
    from train.release.lesson import draw_lesson

    recipe = named_recipe(arguments.config)
    if not isinstance(recipe, PhantomRecipe):
        raise TrainingError(f"the lesson needs a recipe on phantoms, not {arguments.config}")
    draw_lesson(recipe, arguments.folder, page=arguments.page)


def _card(arguments: argparse.Namespace) -> None:
    from train.release.card import CARD, renewed_card

    made = renewed_card(arguments.model)
    (arguments.model / CARD).write_text(made, encoding="utf-8")


def _library(arguments: argparse.Namespace) -> None:
    from med3dvlm.engine.engine import load_engine
    from med3dvlm.engine.starter_library import build_starter_library
    from med3dvlm.retrieval import Library
    from med3dvlm.retrieval.neighbour_map import FILE, draw_neighbour_map
    from med3dvlm.retrieval.sealing import STORE_NAME

    out: Path = arguments.out
    found = {path.name for path in out.iterdir()} if out.exists() else set()
    if not found <= {STORE_NAME, FILE}:
        raise SystemExit(f"{out} contains more than a library, so it was not replaced: {found}")
    engine = load_engine(arguments.model)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as aside:
        build_starter_library(engine, Path(aside) / "library", progress=_say)
        with Library.open_any(Path(aside) / "library") as library:
            draw_neighbour_map(library)
        shutil.rmtree(out, ignore_errors=True)
        (Path(aside) / "library").replace(out)


def _say(done: int, of: int) -> None:
    if done % 50 == 0:
        print(f"{done} of {of} phantoms")
