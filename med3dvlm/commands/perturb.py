"""What a model answers before and after a scan is changed, a row for each change and question."""

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from med3dvlm.commands import options
from med3dvlm.commands.table import Row, Table
from med3dvlm.engine.scan_reader import ScanReader
from med3dvlm.errors import PromptError
from med3dvlm.explain.lab.behaviour import Behaviour, Watch, shift, stability
from med3dvlm.explain.lab.perturbations import (
    ANOTHER,
    PERTURBATIONS,
    Perturbation,
    change_of,
    without_organ,
)
from med3dvlm.scripting.lab import options_of
from med3dvlm.volumes import Volume, open_volume
from med3dvlm.volumes.labels.reader import open_labels

COLUMNS = ("change", "question", "answer", "options", "rank", "scan", "model", "weights")
KEYS = ("change", "question", "scan", "weights")
UNCHANGED, NO_IMAGE = "none", "no image"
ALONE = (*PERTURBATIONS, ANOTHER)  # what needs no label map
MOST_QUESTIONS, MOST_TEXTS = 50, 200


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("scan", type=Path, help="a file or a DICOM folder")
    parser.add_argument("--question", action="append", default=[], required=True,
                        help="with choices, or to be answered by the options; can be repeated"
                        )  # fmt: skip
    parser.add_argument("--option", action="append",
                        help="of questions without choices; Yes and No by default")  # fmt: skip
    parser.add_argument("--text", action="append", default=[],
                        help="ranked among all texts by their likeness to the scan")  # fmt: skip
    parser.add_argument("--change", action="append", choices=ALONE,
                        help="can be repeated; all by default")  # fmt: skip
    parser.add_argument("--other", type=Path,
                        help="the other scan that takes its place; a phantom by default"
                        )  # fmt: skip
    parser.add_argument(
        "--labels",
        type=Path,
        help="a label map of the scan, of which each label is taken out in turn",
    )
    parser.add_argument("--out", type=Path, required=True, help="a table, .csv or .jsonl")
    options.add_model(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Write the table; yields how far the answers moved with each change.

    Raises:
        PromptError: there are too many questions or texts.
    """
    if len(chosen.question) > MOST_QUESTIONS or len(chosen.text) > MOST_TEXTS:
        raise PromptError(
            f"Ask at most {MOST_QUESTIONS} questions and rank at most {MOST_TEXTS} texts."
        )
    table = Table(path=chosen.out, columns=COLUMNS, keys=KEYS)
    engine = options.engine_of(chosen)
    volume = open_volume(chosen.scan)
    texts = tuple(dict.fromkeys(chosen.text))
    asked = options_of(chosen.question, chosen.option or ())
    watch = Watch(reader=ScanReader(engine), options=asked, texts=texts)
    about = {
        "scan": volume.digest, "model": engine.card.info.name, "weights": engine.card.digest,
    }  # fmt: skip
    before = watch.of(volume)
    _add(table, _rows(before, UNCHANGED, about))
    changed = []
    for name, change in _changes(chosen, volume):
        after = watch.of(change(volume))
        changed.append(after)
        _add(table, _rows(after, name, about))
        yield f"{name}: probabilities moved by {shift(before, after):.2f}"
    _add(table, _rows(watch.blind(), NO_IMAGE, about))
    stayed = 100 * stability(before, changed)
    yield f"{stayed:.0f} % of the answers stayed the same; the table is in {chosen.out}"


def _changes(chosen: argparse.Namespace, volume: Volume) -> Iterator[tuple[str, Perturbation]]:
    """The chosen changes, or all; with labels alone, each of them taken out."""
    if chosen.change or not chosen.labels:
        other = open_volume(chosen.other) if chosen.other else None
        for name in dict.fromkeys(chosen.change or ALONE):
            yield name, change_of(name, other=other)
    if chosen.labels:
        labels = open_labels(chosen.labels, volume)
        for name in labels.names:
            yield f"{name} taken out", partial(without_organ, mask=labels.mask(name))


def _rows(found: Behaviour, change: str, about: Row) -> Iterator[Row]:
    for question, shares in found.answers.items():
        rounded = {option: round(p, 6) for option, p in shares.items()}
        yield about | {
            "change": change, "question": question, "answer": found.likeliest(question),
            "options": rounded,
        }  # fmt: skip
    for text, rank in found.ranks.items():
        yield about | {"change": change, "question": text, "rank": rank}


def _add(table: Table, rows: Iterator[Row]) -> None:
    for row in rows:
        if table.lacks(row):
            table.add(row)
