"""What the figures of the library say."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from med3dvlm.engine.search_terms import sought_in
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.retrieval import Library
from med3dvlm.retrieval.entry import Glance
from med3dvlm.retrieval.neighbour_map import FILE
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.search.figures import (
    COLOURS,
    MANY,
    NOTHING_FOUND,
    OTHERS,
    Mark,
    Points,
    group_by,
    map_figure,
    numbers_of,
)
from med3dvlm.ui.search.map_axes import NEIGHBOURS
from med3dvlm.ui.search.plots import OPEN_SCAN, SOUGHT, Search, SearchPlots, spread
from med3dvlm.ui.search.shelf import FIRST


def glance(number: int, value: object = None) -> Glance:
    return Glance(number, f"Case {number}", str(number), value)


def points(glances: list[Glance]) -> Points:
    places = np.arange(2.0 * len(glances)).reshape(-1, 2)
    return Points(glances, places, (0.4, 0.2))


def test_scores_are_those_of_the_library(
    of_search: SearchPlots, library: Library, encoded: Encoded, shown_in: Callable[..., Any]
) -> None:
    vector = encoded.features.embedding
    hits = tuple(library.search(vector, 5))
    shown = of_search.show_scores(Search(vector, hits, library=library))
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
    unready = {FIRST: Loading("The library", lambda tell: None)}
    loading = replace(of_search, shelf=replace(of_search.shelf, libraries=unready))
    for shown in (closed, loading.show_map(True, "region", None, None, None)):
        assert shown[of_search.map]["__type__"] == "update"


def test_points_are_grouped_by_a_fact() -> None:
    glances = [glance(1, "chest"), glance(2, "pelvis"), glance(3, "chest")]
    figure = map_figure(points(glances))
    assert [(t.name, list(t.text)) for t in figure.data] == [
        ("chest", ["Case 1", "Case 3"]),
        ("pelvis", ["Case 2"]),
    ]
    assert [list(trace.customdata) for trace in figure.data] == [
        ["entry:1:", "entry:3:"],
        ["entry:2:"],
    ]
    assert figure.layout.xaxis.title.text == "component 1: 40 %"


def test_first_finding_counts_and_rare_ones_are_put_together() -> None:
    many = [glance(n, [f"finding {n}", "other"]) for n in range(len(COLOURS) + 3)]
    groups = group_by([glance(99, []), glance(98, []), *many])
    assert len(groups) == len(COLOURS)
    assert groups[NOTHING_FOUND] == [0, 1]
    assert list(groups)[-1] == OTHERS
    assert sorted(n for group in groups.values() for n in group) == list(range(len(many) + 2))


def test_hits_have_a_ring_and_marks_a_star(library: Library, encoded: Encoded) -> None:
    hits = library.search(encoded.features.embedding, 2)
    marks = [Mark("here", (1.0, 2.0))]
    figure = map_figure(points(library.glances("region")), marks=marks, hits=hits)
    ring, *_, star = figure.data
    assert len(ring.x) == 2
    assert (star.x[0], star.y[0]) == (1.0, 2.0)
    [label] = figure.layout.annotations
    assert (label.x, label.y, label.text) == (1.0, 2.0, "here")
    assert label.bgcolor, "points hid the half of it"


def test_numbers_make_a_scale_and_a_few_of_them_groups() -> None:
    sizes = map_figure(points([glance(n, n / 2) for n in range(20)] + [glance(20)]))
    [scale] = sizes.data
    assert list(scale.marker.color)[:3] == [0, 0.5, 1]
    assert np.isnan(scale.marker.color[-1])
    few = map_figure(points([glance(n, n % 3) for n in range(9)]))
    assert [trace.name for trace in few.data] == ["0", "1", "2"]
    assert numbers_of([glance(n, True) for n in range(20)]) is None


def test_of_many_points_the_graphics_card_draws_them() -> None:
    few, many = (map_figure(points([glance(n, "chest") for n in range(count)])).data[0]
                 for count in (MANY, MANY + 1))  # fmt: skip
    assert (few.type, many.type) == ("scatter", "scattergl")
    assert many.text is None
    assert (len(many.ids), many.ids[7], many.customdata[7]) == (MANY + 1, "7", "entry:7:")


def test_of_a_large_library_a_part_is_shown_that_is_spread_evenly(library: Library) -> None:
    assert len(spread(library, 10**6)[0]) == len(library)
    ids, vectors = spread(library, 3)
    assert len(vectors) == 3
    assert (ids[0], ids[-1]) == (library.ids()[0], library.ids()[-1])


def test_what_was_searched_for_has_a_place_on_the_map(
    of_search: SearchPlots, library: Library, encoded: Encoded, shown_in: Callable[..., Any]
) -> None:
    search = Search(encoded.features.embedding, (), sought_in("stone"), library=library)
    shown = shown_in(of_search.show_map(True, "region", None, None, search)[of_search.map])
    assert SOUGHT in {trace.name for trace in shown.data}
    assert shown.layout.dragmode == "lasso"


def test_volumes_within_the_line_are_listed(
    of_search: SearchPlots, library: Library, clicked: Callable[..., Any]
) -> None:
    ids = library.ids()[:3]
    listed = of_search.list_inside(clicked(ids, "1000"))
    assert [card.title for card in listed[of_search.inside]] == ["Case 1", "Case 2", "Case 3"]
    assert "1000 volumes" in listed[of_search.within]
    assert "first 3 are listed" in listed[of_search.within]
    for nothing in ([], "7"):
        cleared = of_search.list_inside(clicked(nothing, "0"))
        assert cleared == {of_search.inside: [], of_search.within: ""}


def test_what_the_library_knows_can_colour_the_map(
    of_search: SearchPlots, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "keys", lambda: ["region", "slices"])
    offered = of_search.offer(None, None)[of_search.colour]
    assert offered.choices == [("Region", "region"), ("slices", "slices")]
    unready = {FIRST: Loading("The library", lambda tell: None)}
    loading = replace(of_search, shelf=replace(of_search.shelf, libraries=unready))
    assert loading.offer(None, None)[of_search.colour]["__type__"] == "update"


def test_neighbours_are_offered_where_their_map_was_drawn(
    of_search: SearchPlots, library: Library, encoded: Encoded, scan: Scan,
    shown_in: Callable[..., Any],
) -> None:  # fmt: skip
    assert not of_search.offer(None, None)[of_search.axes].visible
    ids, _ = library.vectors()
    drawn = np.stack([ids, ids], axis=1).astype(np.float32)
    np.savez(library.folder / FILE, ids=ids[:-1], drawn=drawn[:-1], model=np.str_(library.model))
    assert of_search.offer(None, None)[of_search.axes].visible
    shown = of_search.show_map(True, "region", scan, encoded, None, axes=NEIGHBOURS)
    figure = shown_in(shown[of_search.map])
    star = next(trace for trace in figure.data if trace.name == OPEN_SCAN)
    entries = [one for one in figure.data if "The scan" in (getattr(one, "text", None) or ())]
    at = list(entries[0].text).index("The scan")
    assert star.x[0] == pytest.approx(entries[0].x[at], abs=1e-2)
    assert max(max(trace.x) for trace in figure.data) <= max(ids)
    assert "1 volumes came after" in shown[of_search.notice]
    assert not figure.layout.xaxis.title.text


def test_errors_are_told(of_search: SearchPlots) -> None:
    assert "broken" in of_search.say("broken")[of_search.notice]
