"""Ask every scan the same questions: a row of the table for each scan and question."""

import argparse
from collections.abc import Iterator
from dataclasses import asdict

from med3dvlm.choices import read_choices
from med3dvlm.commands import options
from med3dvlm.commands.scans import ERROR, Row, Table, over
from med3dvlm.engine.confidence import mean_probability
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine
from med3dvlm.volumes import Volume

COLUMNS = (
    "file", "series", "question", "answer", "probability", "options", "outside", "digest",
    "model", "weights", "decoding", ERROR,
)  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    options.add_scans(parser, "table of answers, .csv or .jsonl; a run goes on from it")
    parser.add_argument("--question", action="append", required=True, help="may come again")
    options.add_model(parser)
    options.add_decoding(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Do it; raises as `scans.over` does."""
    decoding = options.decoding_of(chosen)
    keys = ("file", "series", "question", "weights", "decoding")
    table = Table(path=chosen.out, columns=COLUMNS, keys=keys)
    engine = options.engine_of(chosen)
    for question in chosen.question:
        about: Row = {
            "question": question, "model": engine.card.info.name, "weights": engine.card.digest,
            "decoding": " ".join(f"{k}={v}" for k, v in asdict(decoding).items()),
        }  # fmt: skip

        def work(volume: Volume, question: str = question) -> Row:
            return answered(engine, volume, question, decoding)

        yield from over(chosen.scans, table, work, about=about)


def answered(engine: Engine, volume: Volume, question: str, decoding: Decoding) -> Row:
    """The fields of one answer; `probability` is the mean over its tokens."""
    choices = read_choices(question)
    asked = choices.text if choices else question
    features = engine.encode(volume)
    events = list(engine.answer(features, Conversation(), asked, decoding=decoding))
    row: Row = {"answer": "".join(event.text for event in events).strip(), "digest": volume.digest}
    confidence = mean_probability(events)
    if confidence is not None:
        row["probability"] = round(confidence, 6)
    if choices:
        shares = engine.choose(features, asked, choices.options)
        row["options"] = {
            text: round(float(p), 6) for text, p in zip(choices.options, shares, strict=True)
        }
    known = engine.familiarity(features)
    if known is not None:
        row["outside"] = known.outside
    return row
