"""`python -m train phantombench`: the frozen benchmark for any system, without our model.

python -m train phantombench questions --cases 100 --scans --out runs/bench
python -m train phantombench score answers.jsonl --cases 100
python -m train phantombench check
"""

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from med3dvlm.errors import TrainingError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

QUESTIONS, SCANS = "questions.jsonl", "scans"

log = logging.getLogger(__name__)


def add_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line of training."""
    parser = commands.add_parser(
        "phantombench", help="questions for any system, and scores of its file of answers"
    )
    parts = parser.add_subparsers(required=True, metavar="PART")
    questions = parts.add_parser("questions", help="write the questions, and the scans")
    questions.add_argument("--out", type=Path, required=True, help="a folder")
    questions.add_argument("--scans", action="store_true", help="also each case as NIfTI")
    questions.set_defaults(run=_questions)
    score = parts.add_parser("score", help="score a file of answers")
    score.add_argument("answers", type=Path, help="JSON lines of case, question and answer")
    score.add_argument("--blind", type=Path, help="the same system's answers without the image")
    score.add_argument("--out", type=Path, help="a file for all figures, as JSON")
    score.set_defaults(run=_score)
    for part in (questions, score):
        part.add_argument("--cases", type=int, help="the first cases alone; all by default")
    check = parts.add_parser("check", help="see that this code still draws the release")
    check.set_defaults(run=_check)


def _questions(arguments: argparse.Namespace) -> None:
    from med3dvlm.phantoms.case import make_case
    from med3dvlm.volumes.formats.nifti import save_nifti
    from train.evaluation.phantombench.release import drawn, lines_of, question_rows, read_release

    bench = drawn(read_release(), count=arguments.cases)
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    (out / QUESTIONS).write_text(lines_of(question_rows(bench)), encoding="utf-8")
    log.info("%s: questions about %d cases", out / QUESTIONS, len(bench.facts))
    if not arguments.scans:
        return
    (out / SCANS).mkdir(exist_ok=True)
    for facts in bench.facts:
        path = out / SCANS / f"{facts.seed}.nii.gz"
        if not path.exists():
            fresh = path.with_name(f"new-{path.name}")
            save_nifti(make_case(facts.seed).volume, fresh)
            fresh.replace(path)
    log.info("%s: %d scans", out / SCANS, len(bench.facts))


def _score(arguments: argparse.Namespace) -> None:
    from dataclasses import asdict

    from train.evaluation.phantombench.release import drawn, read_release
    from train.evaluation.phantombench.scoring import score_answers
    from train.evaluation.phantombench.submission import read_answers

    release = read_release()
    answers = read_answers(arguments.answers)
    blind = read_answers(arguments.blind) if arguments.blind else None
    found = score_answers(drawn(release, count=arguments.cases), answers, blind=blind)
    log.info("PhantomBench %s\n\n%s", release.release, found.table)
    if arguments.out:
        figures = {"release": release.release} | asdict(found)
        arguments.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _check(_: argparse.Namespace) -> None:
    from train.evaluation.phantombench.release import broken, read_release

    release = read_release()
    if found := broken(release):
        raise TrainingError(
            f"this code doesn't draw PhantomBench {release.release}: {'; '.join(found)}. "
            f"Use version {release.code} of the code."
        )
    log.info("This code draws PhantomBench %s.", release.release)
