"""A report for every scan, one table row each."""

import argparse
from collections.abc import Iterator

from med3dvlm.commands import options
from med3dvlm.commands.scans import over
from med3dvlm.commands.table import ERROR, Row, Table
from med3dvlm.scripting.report import report_on
from med3dvlm.volumes import Volume

COLUMNS = ("file", "series", "report", "digest", "model", "weights", ERROR)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scans(parser, "table of reports, .csv or .jsonl; an existing table is continued")
    options.add_model(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Run the command; raises like `scans.over`."""
    table = Table(path=chosen.out, columns=COLUMNS, keys=("file", "series", "weights"))
    engine = options.engine_of(chosen)

    def work(volume: Volume) -> Row:
        report = report_on(engine, engine.encode(volume), volume)
        return {"report": str(report), "digest": volume.digest}

    about: Row = {"model": engine.card.info.name, "weights": engine.card.digest}
    yield from over(chosen.scans, table, work, about=about)
