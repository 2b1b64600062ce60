"""`python -m train visitors`: how well a model understands words that it never saw in training.

python -m train visitors --model assets/default_model --split test --cases 100 --out runs/visitors
"""

import argparse
import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from med3dvlm.config import ASSETS, DEFAULT_MODEL

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from med3dvlm.phantoms.vocabulary.lexicon import Split
    from train.evaluation.visitors.asking import Answered

SHIPPED_LIBRARY = ASSETS / "library"
FIGURES, ANSWERS = "visitors.json", "visitor_answers.jsonl"

log = logging.getLogger(__name__)


def add_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line of training."""
    parser = commands.add_parser("visitors", help="ask in words that training never used")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    parser.add_argument("--split", choices=("validation", "test"), default="validation",
                        help="of phantoms and words; keep test for the final run")  # fmt: skip
    parser.add_argument("--cases", type=int, default=100, help="phantoms, from the split's first")
    parser.add_argument("--out", type=Path, help="folder for the figures and every answer")
    parser.add_argument("--record", action="store_true",
                        help="store the figures with the model, for `make results`")  # fmt: skip
    parser.add_argument("--all-names", action="store_true",
                        help="look up all known names, as the app does, and not only those of "
                        "training: then the names asked are no longer new")  # fmt: skip
    parser.add_argument("--device", default="cpu")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Ask, search, and print the table; `--out` saves figures and answers."""
    import tempfile

    from med3dvlm.engine.engine import load_engine
    from med3dvlm.engine.starter_library import open_starter_library
    from med3dvlm.phantoms.vocabulary.lexicon import SPLITS
    from train.evaluation.visitors.asking import VisitorCases, ask_model
    from train.evaluation.visitors.figures import visitor_figures, visitor_table
    from train.evaluation.visitors.search import search_all

    cases = VisitorCases(split=arguments.split, count=arguments.cases)
    names: tuple[Split, ...] = SPLITS if arguments.all_names else ("training",)
    engine = load_engine(arguments.model, device=arguments.device, names=names)
    answers = ask_model(engine, cases)
    with tempfile.TemporaryDirectory() as aside:
        cache = (arguments.out or Path(aside)) / "library"
        with open_starter_library(engine, SHIPPED_LIBRARY, cache=cache) as library:
            queries = search_all(engine, library, split=cases.split)
    figures = visitor_figures(answers, queries, cases) | {
        "weights": engine.card.digest, "names": list(names),
    }  # fmt: skip
    log.info(visitor_table(figures))
    if arguments.record:
        (arguments.model / FIGURES).write_text(json.dumps(figures, indent=1) + "\n")
    if arguments.out:
        write(arguments.out, figures, answers)


def write(out: Path, figures: dict[str, object], answers: "list[Answered]") -> None:
    """Write figures as JSON, and a line for every answer."""
    out.mkdir(parents=True, exist_ok=True)
    (out / FIGURES).write_text(json.dumps(figures, indent=1) + "\n")
    lines = (json.dumps(asdict(answer)) for answer in answers)
    (out / ANSWERS).write_text("\n".join(lines) + "\n")
