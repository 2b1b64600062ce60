"""What the figures of the library say."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from med3dvlm.hosting.models.loading import Loading
from med3dvlm.retrieval import Entry, Library
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.search.figures import (
    COLOURS,
    NOTHING_FOUND,
    OTHERS,
    Mark,
    Points,
    group_by,
    map_figure,
)
from med3dvlm.ui.search.plots import OPEN_SCAN, Search, SearchPlots


def entry(number: int, **facts: object) -> Entry:
    return Entry(
        title=f"Case {number}",
        text="",
        digest=str(number),
        facts=facts,
        id=number,
        source=str(number),
    )


def points(entries: list[Entry]) -> Points:
    places = np.arange(2.0 * len(entries)).reshape(-1, 2)
    return Points(entries, places, (0.4, 0.2))


def test_scores_are_those_of_the_library(
    of_search: SearchPlots, library: Library, encoded: Encoded, shown_in: Callable[..., Any]
) -> None:
    vector = encoded.features.embedding
    hits = tuple(library.search(vector, 5))
    shown = of_search.show_scores(Search(vector, hits))
    every, found = shown_in(shown[of_search.scores]).data
    assert len(every.x) == len(library)
    assert max(every.x) == pytest.approx(1, abs=1e-3)
    assert list(found.x) == [hit.score for hit in hits]
    assert found.text[0] == "1. The scan"


def test_without_a_search_there_are_no_scores(of_search: SearchPlots) -> None:
    assert not of_search.show_scores(None)[of_search.scores_fold].visible


def test_the_open_scan_lies_where_its_entry_lies(
    of_search: SearchPlots, scan: Scan, encoded: Encoded, shown_in: Callable[..., Any]
) -> None:
    shown = shown_in(of_search.show_map(True, "region", scan, encoded, None)[of_search.map])
    star = next(trace for trace in shown.data if trace.name == OPEN_SCAN)
    entries = next(trace for trace in shown.data if "The scan" in getattr(trace, "text", ()))
    at = list(entries.text).index("The scan")
    assert (star.x[0], star.y[0]) == pytest.approx((entries.x[at], entries.y[at]), abs=1e-5)


def test_another_scans_features_are_not_marked(
    of_search: SearchPlots, other_scan: Scan, encoded: Encoded, shown_in: Callable[..., Any]
) -> None:
    shown = shown_in(of_search.show_map(True, "region", other_scan, encoded, None)[of_search.map])
    assert OPEN_SCAN not in {trace.name for trace in shown.data}


def test_map_waits_for_its_fold_and_for_the_library(of_search: SearchPlots) -> None:
    closed = of_search.show_map(False, "region", None, None, None)
    loading = replace(of_search, library=Loading("The library", lambda tell: None))
    for shown in (closed, loading.show_map(True, "region", None, None, None)):
        assert shown[of_search.map]["__type__"] == "update"


def test_points_are_grouped_by_a_fact() -> None:
    entries = [entry(1, region="chest"), entry(2, region="pelvis"), entry(3, region="chest")]
    figure = map_figure(points(entries), colour_by="region")
    assert [(t.name, list(t.text)) for t in figure.data] == [
        ("chest", ["Case 1", "Case 3"]),
        ("pelvis", ["Case 2"]),
    ]
    assert [list(trace.customdata) for trace in figure.data] == [["1", "3"], ["2"]]
    assert figure.layout.xaxis.title.text == "component 1: 40 %"


def test_first_finding_counts_and_rare_ones_are_put_together() -> None:
    many = [entry(n, kinds=[f"finding {n}", "other"]) for n in range(len(COLOURS) + 3)]
    groups = group_by([entry(99, kinds=[]), entry(98, kinds=[]), *many], "kinds")
    assert len(groups) == len(COLOURS)
    assert groups[NOTHING_FOUND] == [0, 1]
    assert list(groups)[-1] == OTHERS
    assert sorted(n for group in groups.values() for n in group) == list(range(len(many) + 2))


def test_hits_have_a_ring_and_marks_a_star(library: Library, encoded: Encoded) -> None:
    hits = library.search(encoded.features.embedding, 2)
    entries = library.entries()
    marks = [Mark("here", (1.0, 2.0))]
    figure = map_figure(points(entries), colour_by="region", marks=marks, hits=hits)
    ring, *_, star = figure.data
    assert len(ring.x) == 2
    assert (star.x[0], star.y[0], star.text[0]) == (1.0, 2.0, "here")


def test_errors_are_told(of_search: SearchPlots) -> None:
    assert "broken" in of_search.say("broken")[of_search.notice]
