"""How the model is built: each topic, its numbers, and what it needs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.errors import LibraryError
from med3dvlm.explain.structure.convolution import Layer
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.retrieval import Entry, Library
from med3dvlm.ui.explain.map_files import overlay_of
from med3dvlm.ui.explain.model import topics
from med3dvlm.ui.explain.model.convolution_controls import OWN
from med3dvlm.ui.explain.model.figures import convolution_figure, matrix_figure
from med3dvlm.ui.explain.model.part import (
    CELL,
    CONVOLUTION,
    JOURNEY,
    LIBRARY,
    STEM,
    TWELVE,
    BuiltPart,
)
from med3dvlm.ui.explain.overlaid import laid, laid_again
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Encoded, Scan
from tests.ui.conftest import Parts
from tests.ui.explain.conftest import a_map

After = Callable[..., dict[Any, Any]]
MINE = (OWN, 5, 8, True, 10)


@pytest.fixture
def built(parts: Parts, working: Callable[..., Any], library: Library) -> BuiltPart:
    part = replace(parts.explain.built, library=Loading("The library", lambda tell: library))
    part.library.wait(10)
    part = working(part)
    part.work.services.wait(10)
    return part


def shown(part: BuiltPart, visitor: gr.Request, *given: Any) -> Any:
    return guarded(part.show, part.work.refuse)(*given, visitor)


@pytest.mark.parametrize(
    ("topic", "words", "picture", "figure"),
    [
        (STEM, "15.6 % of the voxels (measured on the loaded weights by the gradient: 15.6 %)",
         True, False),
        (CELL, "of the gradient lies within the cell", True, False),
        (JOURNEY, "16 x 64", False, False),
        (TWELVE, "of 12 texts are most similar", False, True),
        (LIBRARY, "14 scans. The star is the open scan", False, True),
    ],
)  # fmt: skip
def test_a_topic_is_shown_with_its_numbers(
    topic: str, words: str, picture: bool, figure: bool, built: BuiltPart, scan: Scan,
    encoded: Encoded, visitor: gr.Request, after: After,
) -> None:  # fmt: skip
    held = after(shown(built, visitor, topic, "Low grid", None, scan, encoded))
    assert words in held[built.words]
    told = held[built.words] + held[built.overlaid.meaning]
    assert "What it means" in told
    assert "What it doesn" in told
    assert bool(held[built.picture].visible) == picture
    assert bool(held[built.plot].visible) == figure
    assert held[built.table].visible
    assert held[built.work.start].visible


def test_a_cell_is_laid_over_the_scan(
    built: BuiltPart, scan: Scan, visitor: gr.Request, after: After
) -> None:
    high, low = (
        after(shown(built, visitor, CELL, grid, (15.0, 31.0, 31.0), scan, None))
        for grid in ("High grid", "Low grid")
    )
    assert high[built.overlaid.viewer].overlay.mapping.grid == (16, 32, 32)
    assert "Cell 0, 1, 1" in high[built.words] or "Cell 1, 1, 1" in high[built.words]
    assert high[built.words] != low[built.words]
    assert low[built.overlaid.downloads[0]].visible
    assert "No certificate can exist" in low[built.overlaid.meaning], "it had only its meaning"


def test_what_needs_a_scan_says_so_and_what_does_not_works(
    built: BuiltPart, visitor: gr.Request, after: After
) -> None:
    held = after(shown(built, visitor, STEM, "Low grid", None, None, None))
    assert "Open a scan first" in held[built.work.notice]
    held = after(shown(built, visitor, LIBRARY, "Low grid", None, None, None))
    assert "Open a scan to see it" in held[built.words]


def test_the_open_scan_is_encoded_for_the_map(
    built: BuiltPart, scan: Scan, visitor: gr.Request, after: After
) -> None:
    held = after(shown(built, visitor, LIBRARY, "Low grid", None, scan, None))
    assert "The star" in held[built.words]


def test_a_library_that_is_missing_is_said(
    built: BuiltPart, scan: Scan, visitor: gr.Request, after: After
) -> None:
    def failing(tell: Any) -> Library:
        raise LibraryError("This model has no dual encoder.")

    without = replace(built, library=Loading("The library", failing))
    held = after(shown(without, visitor, TWELVE, "Low grid", None, scan, None))
    assert "no dual encoder" in held[built.work.notice]


def test_a_convolution_is_counted_as_it_is_moved(built: BuiltPart) -> None:
    held = built.count(*MINE)
    assert "<td>144</td><td>120,000</td>" in held[built.words]  # 3 (5 8 + 8), 3 5 8 of 10^3
    assert "<td>1,008</td><td>1,000,000</td>" in held[built.words]
    assert "13 of the 125 voxels" in held[built.words]
    assert held[built.plot].visible


def test_layers_of_the_loaded_model_can_be_taken(built: BuiltPart) -> None:
    names = built.offer()[built.convolution.layer].choices
    assert [name for name, _ in names][:2] == [OWN, "stem, layer 1"]
    held = built.take("stage 4")
    assert held[built.convolution.channels] == 32
    assert held[built.convolution.apart] is True
    assert not held[built.convolution.edge].visible
    assert built.count("stage 4", 3, 5, False, 1)[built.words] == held[built.words]
    assert built.own()[built.convolution.layer] == OWN


def test_before_the_model_is_there_only_sliders_count(built: BuiltPart, parts: Parts) -> None:
    empty = replace(built, work=replace(built.work, services=parts.explain.built.work.services))
    assert [name for name, _ in empty.offer()[built.convolution.layer].choices] == [OWN]
    assert "parameters" in empty.take("stage 4")[built.words]


def test_topics_change_their_controls(built: BuiltPart, visitor: gr.Request) -> None:
    held = built.turn_topic(visitor, CONVOLUTION, None, *MINE)
    assert held[built.convolution.group].visible
    assert not held[built.work.start].visible
    assert "parameters" in held[built.words]
    held = built.turn_topic(visitor, CELL, None, *MINE)
    assert held[built.grid].visible
    assert held[built.words] == NOTHING
    assert held[built.work.start].visible


def test_a_topic_takes_its_map_with_it_and_stays_while_another_part_is_open(
    built: BuiltPart, scan: Scan, visitor: gr.Request
) -> None:
    """Its words were gone when the part was opened again, and its map lay over other topics."""
    mine = replace(scan)
    laid("Model", mine, None, overlay_of(a_map()))
    assert built.look_in(visitor, CELL, mine, *MINE) == {}
    assert built.words in built.look_in(visitor, CONVOLUTION, replace(scan), *MINE)
    held = built.turn_topic(visitor, STEM, mine, *MINE)
    assert held[built.overlaid.viewer].overlay is None
    assert laid_again("Model", mine) is None


def test_another_scan(built: BuiltPart, visitor: gr.Request) -> None:
    assert built.turn_to(STEM, visitor)[built.words] == NOTHING
    assert built.words not in built.turn_to(CONVOLUTION, visitor)
    event = gr.SelectData(None, {"index": [1, 2, 3], "value": ""})
    assert built.go(event) == {built.crosshair: (1.0, 2.0, 3.0)}


def test_few_weights_cost_more_as_lines() -> None:
    layer = Layer(name="", kernel=1, inputs=2, outputs=2, groups=1, places=(1, 1, 1))
    assert "3.0 times as many" in topics.convolution(layer).words
    assert len(convolution_figure(layer).data) == 4


def test_the_matrix_marks_the_best_scan_of_each_text() -> None:
    figure = matrix_figure(np.array([[0.9, 0.8], [0.1, 0.2]]), ["a", "b"])
    assert list(figure.data[1].y) == ["1", "1"]


def test_twelve_entries_have_different_findings_first() -> None:
    entries = [
        Entry(title=str(n), text="t", digest=str(n), facts={"kinds": [kind] if kind else []})
        for n, kind in enumerate(["cyst"] * 12 + ["stone", ""])
    ]
    chosen = topics.varied([None, *entries])
    assert {13, 14} <= set(chosen)
    assert len(chosen) == 12
    assert 0 not in chosen


def test_an_empty_library_is_said(built: BuiltPart, tmp_path: Any) -> None:
    with Library.create(tmp_path / "empty", dim=4, model="m") as library:
        with pytest.raises(LibraryError, match="empty"):
            topics.of_library(library, None)
        with pytest.raises(LibraryError, match="fewer than two"):
            topics.twelve(built.work.services.value(), library)
