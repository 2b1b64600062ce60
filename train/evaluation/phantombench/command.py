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

    from train.evaluation.phantombench.release import Bench, Release

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
    from train.evaluation.phantombench.release import lines_of, question_rows

    bench = _bench(arguments.cases)
    out: Path = arguments.out
    _make_folder(out)
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

    from train.evaluation.phantombench.release import read_release
    from train.evaluation.phantombench.scoring import keys_of, score_answers
    from train.evaluation.phantombench.submission import read_answers

    out: Path | None = arguments.out
    if out and out.is_dir():
        raise TrainingError(f"{out}: this is a folder; name the file that --out is to write")
    bench = _bench(arguments.cases)
    asked = dict.fromkeys(keys_of(bench))
    answers = read_answers(arguments.answers, asked)
    blind = read_answers(arguments.blind, asked) if arguments.blind else None
    if out:
        _make_folder(out.parent)
    found = score_answers(bench, answers, blind=blind)
    release = read_release().release
    log.info("PhantomBench %s\n\n%s", release, found.table)
    if out:
        figures = {"release": release} | asdict(found)
        out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _bench(count: int | None) -> "Bench":
    """The first cases, seen to be those of the release: another code may draw others."""
    from train.evaluation.phantombench.release import broken_seals, drawn, read_release

    release = read_release()
    bench = drawn(release, count=count)
    _refuse(release, broken_seals(release))
    return bench


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"{folder}: the folder can't be made ({error.strerror})") from None


def _refuse(release: "Release", differing: list[str]) -> None:
    if differing:
        raise TrainingError(
            f"this code doesn't draw PhantomBench {release.release}: {'; '.join(differing)}. "
            f"Use version {release.code} of the code, with the packages that constraints.txt pins."
        )


def _check(_: argparse.Namespace) -> None:
    from train.evaluation.phantombench.release import broken, read_release

    release = read_release()
    _refuse(release, broken(release))
    log.info("This code draws PhantomBench %s.", release.release)
