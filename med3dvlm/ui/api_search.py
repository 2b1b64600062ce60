"""The endpoints that search the library, for scripts and language models.

    endpoints = searching_endpoints(services, library, switches, read, brought)

Like all endpoints they wait in the queue of the page, keep nothing and end when the caller leaves
(`med3dvlm/ui/api.py`).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import gradio as gr

from med3dvlm.engine.estimates import estimates_of, ranking_of
from med3dvlm.engine.search import fitting_texts, nearest, search, vector_of
from med3dvlm.engine.search_terms import NO_MATCH, Match, match_of, sought_in
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.retrieval import Entry, Hit
from med3dvlm.retrieval.vector_store import VectorReader
from med3dvlm.ui.api_values import ApiSearch, count_of, search_of
from med3dvlm.ui.page.boundary import errors_for_callers
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.volumes import Volume
from med3dvlm.volumes.grid import AS_TRAINED

SEARCHING = ("search_volumes", "similar_volumes", "fitting_texts")
WORK = "api"
Gone = Callable[[], bool]
Read = Callable[[Path, gr.Request, Gone], Volume]
Brought = Callable[[Any], AbstractContextManager[Path]]
Found = list[dict[str, Any]]
# What is found for a scan, at most so many.
Find = Callable[[Services, VectorReader, Volume, int], Found]


def searching_endpoints(
    services: Loading[Services], library: Loading[Any], switches: Switches, read: Read,
    brought: Brought,
) -> tuple[Callable[..., Any], ...]:  # fmt: skip
    """The endpoints in the order of `SEARCHING`."""

    def about(request: gr.Request, scan: gr.FileData, count: int, find: Find) -> Found:
        with errors_for_callers(), brought(scan) as path:
            most = count_of(count)
            with switches.errand(request, WORK) as gone:
                volume = read(path, request, gone)
                return find(services.value(), library.value(), volume, most)

    def search_volumes(
        request: gr.Request, text: str, count: int = 10, without: str = "",
        where: dict | None = None, page: int = 1,  # type: ignore[type-arg]  # Gradio reads plain types alone
    ) -> list:  # type: ignore[type-arg]  # fmt: skip
        """Find scans in the library that match a text, such as "kidney stone on the left".

        Args:
            request: Who asks.
            text: What the scan should show.
            count: At most how many, up to 50.
            without: What the scan should not show.
            where: Only scans of which this is known, as {"region": "chest"}.
            page: Which page of so many, from 1.

        Returns:
            The best matches: title, report, source, cosine similarity, whether they fit, by that or
            by what is known of them (null if unknown), what of the text is so, and what is not;
            the probability of each kind of finding, as estimated when it was added; the
            probability that text and scan belong together, how many scans are alike, and what
            was searched for, in the model's own words.
        """
        with errors_for_callers():
            asked = search_of(text, count, without, where, page)
            with switches.errand(request, WORK):
                return _found(services.value(), library.value(), asked)

    def similar_volumes(request: gr.Request, scan: gr.FileData, count: int = 10) -> list:  # type: ignore[type-arg]
        """Find scans in the library that are similar to a given one.

        Args:
            request: Who asks.
            scan: A NIfTI, NRRD, MetaImage or DICOM file, or a zip of a DICOM series.
            count: At most how many, up to 50.

        Returns:
            The most similar other scans: title, report, source, cosine similarity, and whether
            that is enough to fit (null if unknown).
        """
        return about(request, scan, count, _found_alike)

    def fitting_texts(request: gr.Request, scan: gr.FileData, count: int = 10) -> list:  # type: ignore[type-arg]
        """Find the reports in the library that fit a given scan.

        Args:
            request: Who asks.
            scan: A NIfTI, NRRD, MetaImage or DICOM file, or a zip of a DICOM series.
            count: At most how many, up to 50.

        Returns:
            The reports of similar scans that fit best: title, report and source of a scan that has
            it, cosine similarity of report and given scan, whether that is enough to fit (null if
            unknown), and the probability that they belong together.
        """
        return about(request, scan, count, _texts_of)

    return search_volumes, similar_volumes, fitting_texts


def _found(services: Services, library: VectorReader, given: ApiSearch) -> Found:
    wish, scores = given.wish.in_words_of(services.searched_for), services.search_scores
    sought, least = sought_in(wish.both), scores.text if scores else None
    end, ranking = given.count * given.page, ranking_of(sought, scores)
    found = search(
        library, vector_of(wish, services.embed), end, where=given.where, ranking=ranking
    )
    return [
        _shown(one.hit, least, match_of(sought, one.hit.entry))
        | {"probability": _pair(services, one.hit), "alike": len(one.alike)}
        | {"searched_for": wish.both, "estimated": estimates_of(one.hit.entry)}
        for one in found[end - given.count :]
    ]


def _found_alike(services: Services, library: VectorReader, volume: Volume, count: int) -> Found:
    features, scores = services.encode(volume, AS_TRAINED), services.search_scores
    hits = nearest(library, features.embedding, count, leaving_out=_same(volume))
    return [_shown(hit, scores.volume if scores else None) for hit in hits]


def _texts_of(services: Services, library: VectorReader, volume: Volume, count: int) -> Found:
    features, scores = services.encode(volume, AS_TRAINED), services.search_scores
    hits = fitting_texts(
        library, features.embedding, count, embed=services.embed, leaving_out=_same(volume)
    )
    return [
        _shown(hit, scores.text if scores else None) | {"probability": _pair(services, hit)}
        for hit in hits
    ]


def _same(volume: Volume) -> Callable[[Entry], bool]:
    return lambda entry: entry.digest == volume.digest


def _pair(services: Services, hit: Hit) -> float | None:
    """The probability that text and scan belong together; None if that is unknown."""
    known = services.pair_probability
    return known.of(hit.score) if known else None


def _shown(hit: Hit, least: float | None, match: Match = NO_MATCH) -> dict[str, Any]:
    entry = hit.entry
    return {
        "title": entry.title, "text": entry.text, "source": entry.source, "score": hit.score,
        "fits_well": None if least is None else hit.score >= least or match.whole,
        "fits": list(match.fits), "differs": list(match.differs),
    }  # fmt: skip
