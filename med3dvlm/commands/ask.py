"""Ask the same questions about every scan: one table row per scan and question."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import asdict

from med3dvlm.commands import options
from med3dvlm.commands.scans import over_each
from med3dvlm.commands.table import ERROR, Row, Table
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.scripting.answer import answer_to
from med3dvlm.volumes import Volume

COLUMNS = (
    "file", "series", "question", "understood", "answer", "probability", "options", "outside",
    "digest", "model", "weights", "decoding", ERROR,
)  # fmt: skip
KEYS = ("file", "series", "question", "weights", "decoding")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scans(parser, "table of answers, .csv or .jsonl; an existing table is continued")
    parser.add_argument("--question", action="append", required=True, help="can be repeated")
    options.add_model(parser)
    options.add_decoding(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Run the command; raises like `scans.over_each`."""
    decoding = options.decoding_of(chosen)
    table = Table(path=chosen.out, columns=COLUMNS, keys=KEYS)
    engine = options.engine_of(chosen)
    about: Row = {
        "model": engine.card.info.name, "weights": engine.card.digest,
        "decoding": " ".join(f"{k}={v}" for k, v in asdict(decoding).items()),
    }  # fmt: skip

    def begin(volume: Volume) -> Callable[[Row], Row]:
        return asking(engine, volume, decoding)

    questions = dict.fromkeys(chosen.question)
    abouts = [{"question": question, **about} for question in questions]
    yield from over_each(chosen.scans, table, begin, abouts=abouts)


def asking(engine: Engine, volume: Volume, decoding: Decoding) -> Callable[[Row], Row]:
    """Encodes a volume once; returns a function that answers a row's question about it."""
    features = engine.encode(volume)
    shared: Row = {"digest": volume.digest}
    known = engine.familiarity(features)
    if known is not None:
        shared["outside"] = known.outside
    return lambda row: shared | answered(engine, features, row["question"], decoding)


def answered(engine: Engine, features: VolumeFeatures, question: str, decoding: Decoding) -> Row:
    """The table fields of one answer."""
    found = answer_to(engine, features, question, decoding)
    row: Row = {"answer": found.text}
    if found.understood:
        row["understood"] = found.understood
    if found.probability is not None:
        row["probability"] = round(found.probability, 6)
    if found.options:
        row["options"] = {text: round(share, 6) for text, share in found.options.items()}
    return row
