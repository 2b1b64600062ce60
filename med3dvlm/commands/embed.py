"""Builds a searchable library from scans, and exports the vectors as .npy with an index.

With `--workers` or `--scheduler`, several processes, on one machine or many, share the scans.
"""

import argparse
import csv
from collections.abc import Iterator, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np

from med3dvlm.commands import options
from med3dvlm.commands.places import legible
from med3dvlm.commands.scans import PartlyFailedError, Scan, over_list
from med3dvlm.commands.table import ERROR, Row, Table
from med3dvlm.engine.embedder import Embedder, open_embedder
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.open_model import open_engine
from med3dvlm.engine.scan_entry import scan_entry
from med3dvlm.engine.scan_files import TABLE
from med3dvlm.errors import CheckpointError, Med3DVLMError
from med3dvlm.machines.work_list import crew, results
from med3dvlm.retrieval import Library
from med3dvlm.retrieval.entry import entry_from, plain
from med3dvlm.retrieval.sealing import STORE_NAME

COLUMNS = ("file", "series", "digest", "model", ERROR)
VECTORS, INDEX, KEPT = "vectors.npy", "index.csv", "kept"
ENTRY, VECTOR = "entry", "vector"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scans(parser, "folder of the library; an existing library is continued")
    parser.add_argument(
        "--estimates", action="store_true",
        help="ask the model about each kind of finding, too, and rank searches by the answers",
    )  # fmt: skip
    parser.add_argument("--tag", action="append", default=[], help="a word to find them by")
    options.add_model(parser)
    options.add_workers(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Run the command; raises like `scans.over_list`."""
    out = options.made_folder(chosen.out)
    table = Table(path=out / TABLE, columns=COLUMNS, keys=("file", "series", "model"))
    embedder = open_embedder(chosen.model, device=chosen.device)
    with open_library(embedder, out) as library:

        def work(scans: Sequence[Scan]) -> Iterator[Row]:
            for found in _encoded(scans, chosen, out / KEPT):
                yield found if ERROR in found else _added(library, found)

        try:
            yield from over_list(
                chosen.scans.absolute(), table, work, about={"model": embedder.key}
            )
        except PartlyFailedError:
            export(library, out)
            raise
        export(library, out)
    yield f"Vectors are in {out / VECTORS}, one for each row of {out / INDEX}."


def encoded(
    scan: Scan, *, model: str, device: str, tags: Sequence[str], estimates: bool = False
) -> Row:
    """The entry and the vector of a scan; with `estimates`, what the model makes of its findings.

    Raises:
        CheckpointError: the model can't be loaded on this machine.
        Med3DVLMError: the scan can't be read.
    """
    volume = scan.open()
    if estimates:
        engine = _engine(model, device)
        features = engine.encode(volume)
        entry = scan_entry(volume, tags=tags, estimates=engine.estimates(features))
        engine.forget_prefixes()
        return {ENTRY: plain(entry), VECTOR: features.embedding.tolist()}
    entry = scan_entry(volume, tags=tags)
    return {ENTRY: plain(entry), VECTOR: _embedder(model, device).embed(volume).tolist()}


@cache
def _engine(model: str, device: str) -> Engine:
    """The whole model, once for each worker process."""
    return open_engine(model, device=device)


@cache
def _embedder(model: str, device: str) -> Embedder:
    """One model for each worker process, loaded with its first scan."""
    return open_embedder(model, device=device)


def _encoded(scans: Sequence[Scan], chosen: argparse.Namespace, kept: Path) -> Iterator[Row]:
    """Entry and vector of each scan, or why it has none: from this process or from workers."""
    work = partial(
        encoded, model=chosen.model, device=chosen.device, tags=chosen.tag,
        estimates=chosen.estimates,
    )  # fmt: skip
    if not options.has_workers(chosen):
        for scan in scans:
            try:
                yield work(scan)
            except Med3DVLMError as error:
                yield _failed(error)
        return
    if not scans:
        return
    with crew(chosen.scheduler, processes=chosen.workers) as workers:
        for found in results(work, scans, workers=workers, kept=kept.absolute(), name_of=_name):
            yield _failed(found) if isinstance(found, Med3DVLMError) else found


def _failed(error: Med3DVLMError) -> Row:
    if isinstance(error, CheckpointError):  # true of every scan
        raise error
    return {ERROR: legible(str(error))}


def _name(scan: Scan) -> str:
    return f"{scan.name} {scan.series}"


def _added(library: Library, found: Row) -> Row:
    """Put a scan into the library; returns the fields of its row."""
    entry = entry_from(found[ENTRY])
    library.add([entry], np.asarray([found[VECTOR]], np.float32))
    return {"digest": entry.digest}


def open_library(embedder: Embedder, folder: Path) -> Library:
    """The library in a folder, created if there is none.

    Raises:
        LibraryError: another model made it, or it can't be written.
    """
    if (folder / STORE_NAME).exists():
        return Library.open(folder, model=embedder.key)
    return Library.create(folder, dim=embedder.width, model=embedder.key)


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
