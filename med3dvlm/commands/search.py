"""Searches a library by text, or for scans similar to a given one."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from med3dvlm.commands import options
from med3dvlm.commands.embed import ROWS
from med3dvlm.commands.table import rows_of
from med3dvlm.config import ASSETS
from med3dvlm.errors import PromptError
from med3dvlm.retrieval import Library
from med3dvlm.volumes import open_volume

SHIPPED = ASSETS / "library"
FITS, POOR = "fits", "poor fit"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("text", nargs="?", help="what the scan should show")
    parser.add_argument("--like", type=Path, help="search by this scan instead of a text")
    parser.add_argument("--library", type=Path, default=SHIPPED, help="a library made by `embed`")
    parser.add_argument("--count", type=int, default=10)
    options.add_model(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Lines of rank, cosine, digest, title, source, and whether that is similar enough to fit.

    The source is the scan's file where `embed` read it.

    Raises:
        PromptError: neither or both of text and scan were given, or the count is below 1.
    """
    if (chosen.text is None) == (chosen.like is None) or chosen.count < 1:
        raise PromptError("Give either a text or --like SCAN, and a --count of 1 or more.")
    engine = options.engine_of(chosen)
    scores, least = engine.search_scores, None
    if scores is not None:
        least = scores.text if chosen.like is None else scores.volume
    with Library.open(chosen.library, model=engine.retrieval_key) as library:
        if chosen.like is not None:
            vector = engine.encode(open_volume(chosen.like)).embedding
        else:
            vector = engine.embed_text([engine.searched_for(chosen.text)])[0]
        files = _files(chosen.library)
        for rank, hit in enumerate(library.search(vector, chosen.count), start=1):
            entry = hit.entry
            source = entry.source or files.get(entry.digest, "")
            line = f"{rank}\t{hit.score:.4f}\t{entry.digest}\t{entry.title}\t{source}"
            yield line if least is None else f"{line}\t{FITS if hit.score >= least else POOR}"


def _files(library: Path) -> dict[str, str]:
    """Files by digest, with the series in them, from the table beside a library of own scans."""
    found: dict[str, str] = {}
    for row in rows_of(library / ROWS):
        name = " ".join(part for part in (row.get("file"), row.get("series")) if part)
        known = found.get(row.get("digest", ""))
        found[row.get("digest", "")] = f"{known}; {name}" if known else name
    return found
