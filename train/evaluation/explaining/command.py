"""`python -m train detect` and `certify`: what a model detects, and how far its maps are true.

python -m train detect --kind "lung nodule" --people 40 --out runs/detect
python -m train certify --model assets/default_model --cases 40 --out runs/maps
"""

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from med3dvlm.config import DEFAULT_MODEL

if TYPE_CHECKING:
    from argparse import _SubParsersAction

DETECTION, OUTCOMES = "detect.json", "outcomes.jsonl"

log = logging.getLogger(__name__)


def add_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the command line of training."""
    detect = commands.add_parser("detect", help="from which size on each finding is detected")
    detect.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    detect.add_argument("--kind", action="append", dest="kinds",
                        help="a kind of finding; may be given again; all by default")  # fmt: skip
    detect.add_argument("--people", type=int, default=40, help="phantoms for each curve")
    detect.add_argument("--steps", type=int, default=7, help="sizes of each curve, 0 included")
    detect.add_argument("--out", type=Path, default=Path("runs/detect"),
                        help="folder of outcomes; a stopped run resumes from it")  # fmt: skip
    detect.add_argument("--device", default="cpu")
    detect.set_defaults(run=_detect)
    certify = commands.add_parser("certify", help="measure how far maps can be believed")
    certify.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    certify.add_argument("--cases", type=int, default=40, help="phantoms with one lesion each")
    certify.add_argument("--top", type=int, default=3, help="highest cells that count as a hit")
    certify.add_argument("--methods", default="text split,gradient,occlusion",
                         help="any of text split, gradient, occlusion")  # fmt: skip
    certify.add_argument("--out", type=Path,
                         help="folder to write to; next to the model's weights by default"
                         )  # fmt: skip
    certify.add_argument("--device", default="cpu")
    certify.set_defaults(run=_certify)


def _detect(arguments: argparse.Namespace) -> None:
    from med3dvlm.engine.engine import load_engine
    from med3dvlm.explain.lab.detectability import trials_of
    from med3dvlm.phantoms.findings import KINDS
    from med3dvlm.phantoms.splits import TEST
    from train.evaluation.explaining.detect import (
        Detector,
        detection_figures,
        detection_table,
        measure,
    )

    seeds = range(TEST.start, TEST.start + arguments.people)
    trials = [
        trial
        for kind in arguments.kinds or KINDS
        for trial in trials_of(kind, seeds=seeds, steps=arguments.steps)
    ]
    detector = Detector(load_engine(arguments.model, device=arguments.device))
    outcomes = measure(detector, trials, arguments.out / OUTCOMES)
    figures = detection_figures(detector, outcomes)
    (arguments.out / DETECTION).write_text(json.dumps(figures, indent=1) + "\n")
    log.info(detection_table(figures))
    log.info(_agreement(figures, arguments.model))


def _certify(arguments: argparse.Namespace) -> None:
    from med3dvlm.explain.trust.certificate import Certificates, write_certificates
    from train.evaluation.explaining.certify import certificate_table, certify, lesions
    from train.evaluation.explaining.methods import open_methods

    trials = lesions(arguments.cases)
    opened = open_methods(arguments.model, arguments.methods.split(","), arguments.device)
    for checkpoint in opened:
        measured = [certify(method, trials, top=arguments.top) for method in checkpoint.methods]
        found = tuple(one for one in measured if one is not None)
        for method, one in zip(checkpoint.methods, measured, strict=True):
            if one is None:
                log.warning(
                    "%s: the model got no lesion right, so nothing was measured", method.name
                )
        out = arguments.out / checkpoint.folder.name if arguments.out else checkpoint.folder
        out.mkdir(parents=True, exist_ok=True)
        write_certificates(out, Certificates(weights=checkpoint.weights, methods=found))
        log.info(certificate_table(found))


def _agreement(figures: dict[str, object], model: Path) -> str:
    """Whether what is detected when small is also reported well."""
    from train.evaluation.explaining.detect import rank_correlation
    from train.evaluation.results import FIGURES

    path = model / FIGURES
    scores = json.loads(path.read_text())["report"]["kinds"] if path.exists() else {}
    found = rank_correlation(figures, scores)
    if found is None:
        return "There are too few kinds to compare thresholds with reports."
    return f"Rank correlation of thresholds with F1 of the kinds in reports: {found:.2f}."
