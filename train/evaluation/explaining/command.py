"""`python -m train detect`, `certify`, `ground`: what is seen, how far maps and answers are true.

python -m train detect --kind "lung nodule" --people 40 --out runs/detect
python -m train certify --model assets/default_model --cases 40 --out runs/maps
python -m train ground --model assets/default_model --cases 40
python -m train ground --questions questions.jsonl --out runs/ground
"""

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.errors import TrainingError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

DETECTION, OUTCOMES, GROUNDING, CURVES = (
    "detect.json", "outcomes.jsonl", "grounding.json", "detect.png",
)  # fmt: skip
DETECTION_MARK = "<!-- detection -->"
FEWEST_PEOPLE, FEWEST_STEPS = 2, 3
TRIES = 4  # phantoms painted for each that the model is to get right

log = logging.getLogger(__name__)


def add_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the command line of training."""
    detect = commands.add_parser("detect", help="from which size on each finding is detected")
    detect.add_argument("--kind", action="append", dest="kinds",
                        help="a kind of finding; may be given again; all by default")  # fmt: skip
    detect.add_argument("--people", type=int, default=40, help="phantoms for each curve")
    detect.add_argument("--steps", type=int, default=7, help="sizes of each curve, 0 included")
    detect.add_argument("--vary", choices=("size_mm", "contrast"),
                        help="what is varied; the size by default, where a kind has several"
                        )  # fmt: skip
    detect.add_argument("--out", type=Path, default=Path("runs/detect"),
                        help="folder of outcomes; a stopped run resumes from it")  # fmt: skip
    detect.add_argument("--record", action="store_true", help="store the figures with the model")
    detect.add_argument("--into", type=Path,
                        help="a document; the table replaces the one in it")  # fmt: skip
    detect.set_defaults(run=_detect)
    certify = commands.add_parser("certify", help="measure how far maps can be believed")
    certify.add_argument("--cases", type=int, default=40,
                         help="phantoms with one lesion each that the model gets right"
                         )  # fmt: skip
    certify.add_argument("--tries", type=int,
                         help="phantoms to paint for that; four times as many by default"
                         )  # fmt: skip
    certify.add_argument("--top", type=int, default=3, help="highest cells that count as a hit")
    certify.add_argument("--methods", default="text split,gradient,occlusion",
                         help="any of text split, gradient, occlusion")  # fmt: skip
    certify.add_argument("--out", type=Path,
                         help="folder to write to; next to the model's weights by default"
                         )  # fmt: skip
    certify.add_argument("--kept", type=Path,
                         help="a .jsonl file of single maps; a stopped run resumes from it"
                         )  # fmt: skip
    certify.set_defaults(run=_certify)
    ground = commands.add_parser("ground", help="measure how much of the answers needs the scan")
    ground.add_argument("--cases", type=int, default=40, help="test phantoms")
    ground.add_argument("--questions", type=Path,
                        help="a .jsonl file of questions about other scans")  # fmt: skip
    ground.add_argument("--out", type=Path, help="folder to write the card to")
    ground.add_argument("--record", action="store_true", help="store the card with the model")
    ground.set_defaults(run=_ground)
    for parser in (detect, certify, ground):
        parser.add_argument("--model", type=Path, default=DEFAULT_MODEL)
        parser.add_argument("--device", default="cpu")


def _detect(arguments: argparse.Namespace) -> None:
    from med3dvlm.engine.engine import load_engine
    from med3dvlm.explain.lab.detectability import trials_of
    from med3dvlm.phantoms.findings import KINDS
    from med3dvlm.phantoms.splits import TEST
    from train.evaluation.explaining.curves import draw_curves
    from train.evaluation.explaining.detect import Detector, detection_figures, measure
    from train.evaluation.explaining.detection_table import detection_text
    from train.evaluation.results import put_into

    if arguments.people < FEWEST_PEOPLE or arguments.steps < FEWEST_STEPS:
        raise TrainingError(
            f"a curve needs at least {FEWEST_PEOPLE} people and {FEWEST_STEPS} steps"
        )
    seeds = range(TEST.start, TEST.start + arguments.people)
    trials = [
        trial
        for kind in arguments.kinds or KINDS
        for trial in trials_of(kind, seeds=seeds, steps=arguments.steps, axis=arguments.vary)
    ]
    detector = Detector(load_engine(arguments.model, device=arguments.device))
    outcomes = measure(detector, trials, arguments.out / OUTCOMES)
    figures = detection_figures(detector, outcomes, _scores(arguments.model))
    text = detection_text(figures)
    _write_json(figures, arguments.out / DETECTION)
    draw_curves(figures, arguments.out / CURVES)
    log.info(text)
    if arguments.record:
        _write_json(figures, arguments.model / DETECTION)
    if arguments.into:
        put_into(arguments.into, text, mark=DETECTION_MARK)
        draw_curves(figures, arguments.into.parent / "images" / CURVES)


def _certify(arguments: argparse.Namespace) -> None:
    from med3dvlm.explain.trust.certificate import Certificates, write_certificates
    from train.evaluation.explaining.certify import certificate_table, certify, lesions
    from train.evaluation.explaining.measured import Kept
    from train.evaluation.explaining.methods import open_methods

    cases = arguments.cases
    trials = lesions(arguments.tries or TRIES * cases)
    opened = open_methods(arguments.model, arguments.methods.split(","), arguments.device)
    for checkpoint in opened:
        measured = [
            certify(
                method, trials,
                Kept(path=arguments.kept, weights=checkpoint.weights, method=method.name),
                cases=cases, top=arguments.top,
            )
            for method in checkpoint.methods
        ]  # fmt: skip
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


def _ground(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from med3dvlm.engine.engine import load_engine
    from train.evaluation.explaining.ground import grounding_figures, grounding_table
    from train.evaluation.explaining.questions import phantom_cases, read_cases

    asked = arguments.questions
    cases = read_cases(asked) if asked else phantom_cases(arguments.cases)
    engine = load_engine(arguments.model, device=arguments.device)
    with tqdm(total=len(cases), desc="scans") as bar:
        figures = grounding_figures(engine, cases, tell=lambda _: bar.update())
    log.info(grounding_table(figures))
    if arguments.out:
        _write_json(figures, arguments.out / GROUNDING)
    if arguments.record:
        _write_json(figures, arguments.model / GROUNDING)


def _write_json(figures: dict[str, object], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n")


def _scores(model: Path) -> dict[str, float]:
    """F1 of each kind of finding in reports, if the model was evaluated."""
    from train.evaluation.results import FIGURES

    path = model / FIGURES
    scores: dict[str, float] = (
        json.loads(path.read_text())["report"]["kinds"] if path.exists() else {}
    )
    return scores
