"""`python -m train real_facts`: what a model says about real scans, compared with their labels.

python -m train real_facts --model assets/default_model --scans ../shared/real --out runs/real
"""

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.engine.real_scans import FIGURES

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from train.evaluation.real_facts.asking import Told

SCANS = Path("../shared/real")
ANSWERS = "real_answers.jsonl"

log = logging.getLogger(__name__)


def add_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line of training."""
    parser = commands.add_parser("real_facts", help="check what a model says about real scans")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    parser.add_argument("--scans", type=Path, default=SCANS, help="folder with labels.tsv")
    parser.add_argument("--out", type=Path, help="folder for the figures and every answer")
    parser.add_argument("--record", action="store_true",
                        help="store the figures with the model, for `make results`")  # fmt: skip
    parser.add_argument("--device", default="cpu")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Ask about every scan and print the table; `--out` saves figures and answers."""
    from med3dvlm.engine.engine import load_engine
    from train.evaluation.real_facts.asking import ask_scans
    from train.evaluation.real_facts.figures import real_figures, real_table
    from train.evaluation.real_facts.labels import read_scans

    scans = read_scans(arguments.scans)  # before the model, so that missing scans fail at once
    engine = load_engine(arguments.model, device=arguments.device)
    told = ask_scans(engine, scans)
    figures = real_figures(told) | {"weights": engine.card.digest}
    log.info(real_table(figures))
    if arguments.record:
        (arguments.model / FIGURES).write_text(json.dumps(figures, indent=1) + "\n")
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / FIGURES).write_text(json.dumps(figures, indent=1) + "\n")
        lines = (json.dumps(line_of(one)) for one in told)
        (arguments.out / ANSWERS).write_text("\n".join(lines) + "\n")


def line_of(told: "Told") -> dict[str, object]:
    """One scan's line: the answers, and what is wrong in them."""
    return {
        "scan": told.scan.name, "region": told.region, "plane": told.plane, "phase": told.phase,
        "report": told.report, "invented": sorted(told.invented), "missed": sorted(told.missed),
    }  # fmt: skip
