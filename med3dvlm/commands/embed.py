"""Builds a searchable library from scans, and exports the vectors as .npy with an index."""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from med3dvlm.commands import options
from med3dvlm.commands.scans import PartlyFailedError, over
from med3dvlm.commands.table import ERROR, Row, Table
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.scan_entry import scan_entry
from med3dvlm.retrieval import Library
from med3dvlm.retrieval.library import STORE_NAME
from med3dvlm.volumes import Volume

COLUMNS = ("file", "series", "digest", "model", ERROR)
VECTORS, INDEX, ROWS = "vectors.npy", "index.csv", "scans.csv"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scans(parser, "folder of the library; an existing library is continued")
    parser.add_argument("--tag", action="append", default=[], help="a word to find them by")
    options.add_model(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Run the command; raises like `scans.over`."""
    out = options.made_folder(chosen.out)
    table = Table(path=out / ROWS, columns=COLUMNS, keys=("file", "series", "model"))
    engine = options.engine_of(chosen)
    with open_library(engine, out) as library:

        def work(volume: Volume) -> Row:
            vector = engine.encode(volume).embedding
            library.add([scan_entry(volume, tags=chosen.tag)], vector[None])
            return {"digest": volume.digest}

        try:
            yield from over(chosen.scans, table, work, about={"model": engine.retrieval_key})
        except PartlyFailedError:
            export(library, out)
            raise
        export(library, out)
    yield f"Vectors are in {out / VECTORS}, one for each row of {out / INDEX}."


def open_library(engine: Engine, folder: Path) -> Library:
    """The library in a folder, created if there is none.

    Raises:
        CheckpointError: the model can't search.
        LibraryError: another model made it, or it can't be written.
    """
    if (folder / STORE_NAME).exists():
        return Library.open(folder, model=engine.retrieval_key)
    return Library.create(folder, dim=engine.retrieval_width, model=engine.retrieval_key)


def export(library: Library, folder: Path) -> None:
    """Write the vectors (n, E) and an index that says which scan each row belongs to."""
    ids, vectors = library.vectors()
    np.save(folder / VECTORS, vectors)
    with (folder / INDEX).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("row", "digest", "title"))
        for row, number in enumerate(ids):
            entry = library.entry(number)
            writer.writerow((row, entry.digest, entry.title))
