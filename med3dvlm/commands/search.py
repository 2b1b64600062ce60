"""Searches a library by text, for scans similar to a given one, or by both."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from med3dvlm.commands import options
from med3dvlm.commands.filters import add_where, where_of
from med3dvlm.commands.table import rows_of
from med3dvlm.config import ASSETS
from med3dvlm.engine.estimates import ranking_of
from med3dvlm.engine.scan_files import TABLE
from med3dvlm.engine.search import Found, Wish, fitting_texts, search, vector_of
from med3dvlm.engine.search_scores import SearchScores
from med3dvlm.engine.search_terms import sought_in
from med3dvlm.errors import PromptError
from med3dvlm.retrieval.opening import open_made_by
from med3dvlm.volumes import open_volume

SHIPPED = ASSETS / "library"
FITS, POOR = "fits", "poor fit"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("text", nargs="?", default="", help="what the scan should show")
    parser.add_argument("--without", default="", help="what it should not show")
    parser.add_argument("--like", type=Path, help="search by this scan, or by it and a text")
    parser.add_argument(
        "--library", default=str(SHIPPED), help="made by `embed`: a folder, or a server's address"
    )
    parser.add_argument("--count", type=int, default=10, help="how many hits make a page")
    parser.add_argument("--page", type=int, default=1, help="which page of hits, from 1")
    parser.add_argument(
        "--texts", action="store_true", help="instead of scans like --like, the texts that fit it"
    )
    add_where(parser)
    options.add_model(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Lines of rank, cosine, digest, title, source, and whether that is similar enough to fit.

    A text that names findings ranks by what was estimated of the scans, too.

    The source is the scan's file where `embed` read it. Volumes that are as good as the same as one
    above follow its title. With `--texts`, the text that fits stands at the end. What was searched
    for instead of the typed words is told beside, as an error is.

    Raises:
        PromptError: neither text nor scan was given, or a number is below 1.
    """
    if chosen.count < 1 or chosen.page < 1 or not (chosen.text or chosen.like):
        raise PromptError("Give a text, --like SCAN or both; --count and --page are 1 or more.")
    if chosen.texts and (chosen.text or chosen.without or chosen.page > 1):
        raise PromptError("--texts goes with --like SCAN, without a text and on one page.")
    where, engine = where_of(chosen), options.engine_of(chosen)
    scan = engine.encode(open_volume(chosen.like)).embedding if chosen.like else None
    least = _least(engine.search_scores, chosen)

    def embed(text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = engine.embed_text([text])[0]
        return vector

    with closing(open_made_by(chosen.library, model=engine.retrieval_key)) as library:
        files, first = _files(Path(chosen.library)), chosen.count * (chosen.page - 1)
        if chosen.texts and scan is not None:
            hits = fitting_texts(library, scan, chosen.count, embed=embed, where=where)
            found = [Found(hit) for hit in hits]
        else:
            typed = Wish(text=chosen.text, without=chosen.without, scan=scan)
            wish = typed.in_words_of(engine.searched_for)
            if wish.both != typed.both:
                sys.stderr.write(f"Searched for: {wish.both}\n")
            end = first + chosen.count
            ranking = ranking_of(sought_in(wish.both), engine.search_scores)
            vector = vector_of(wish, embed)
            found = search(library, vector, end, where=where, ranking=ranking)[first:]
        for rank, one in enumerate(found, start=first + 1):
            entry, score = one.hit.entry, one.hit.score
            source = entry.source or files.get(entry.digest, "")
            title = entry.title + (f" (and {len(one.alike)} alike)" if one.alike else "")
            said = f"\t{' '.join(entry.text.split())}" if chosen.texts else ""
            fits = "" if least is None else f"\t{FITS if score >= least else POOR}"
            yield f"{rank}\t{score:.4f}\t{entry.digest}\t{title}\t{source}{fits}{said}"


def _least(scores: SearchScores | None, chosen: argparse.Namespace) -> float | None:
    """The cosine from which on a hit fits; unknown for a search that was not measured."""
    if scores is None or (chosen.text and chosen.like):
        return None
    return scores.volume if chosen.like and not chosen.texts else scores.text


def _files(library: Path) -> dict[str, str]:
    """Files by digest, with the series in them, from the table beside a library of own scans."""
    found: dict[str, str] = {}
    for row in rows_of(library / TABLE):
        name = " ".join(part for part in (row.get("file"), row.get("series")) if part)
        known = found.get(row.get("digest", ""))
        found[row.get("digest", "")] = f"{known}; {name}" if known else name
    return found
