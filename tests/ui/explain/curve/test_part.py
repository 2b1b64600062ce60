from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.explain.lab.detectability import Curve
from med3dvlm.explain.lab.places import PlaceRates
from med3dvlm.ui.explain.curve.figure import Measured, curve_figure, curve_rows, said
from med3dvlm.ui.explain.curve.part import CurvePart
from med3dvlm.ui.explain.curve.places_figure import place_rows, places_figure, said_of_places
from med3dvlm.ui.explain.running import STOPPED
from med3dvlm.ui.explain.saving import csv_of
from med3dvlm.ui.page.boundary import guarded
from tests.ui.conftest import Parts
from tests.ui.explain.conftest import Fake

After = Callable[..., dict[Any, Any]]
NODULE = Curve(
    kind="lung nodule", axis="size_mm", steps=(0, 10, 40), means=(0.1, 0.4, 0.9), threshold=17.0,
    low=None, high=24.0, people=12,
)  # fmt: skip
MEASURED = Measured(curve=NODULE, blind=0.3, cell_mm=32)


@pytest.fixture
def curve(parts: Parts, working: Callable[..., Any]) -> CurvePart:
    part: CurvePart = working(parts.explain.curve)
    return replace(part, people=2, steps=3)


@pytest.fixture
def seeing(fake: Fake) -> Any:
    """A model that says yes to bright scans, and 0.2 without an image."""

    def choose(features: Any, question: str, options: Any) -> Any:
        yes = 0.2 if not features.image_tokens.any() else 0.9
        return np.array([yes, 1 - yes])

    return fake(choose=choose)


@pytest.mark.usefixtures("small")
def test_a_curve_is_drawn_with_its_blind_twin(
    curve: CurvePart, working: Callable[..., Any], seeing: Any, visitor: gr.Request, after: After,
    cache: Path,
) -> None:  # fmt: skip
    curve = working(curve, seeing)
    updates = list(curve.draw("lung nodule", "Size", visitor))
    progress = [u[curve.work.notice] for u in updates if "of 6 scans" in str(u.values())]
    assert len(progress) == 6
    held = after(updates)
    assert held[curve.plot].visible
    assert "2 phantoms, 3 steps" in held[curve.work.notice]
    assert "Without an image it says 0.20" in held[curve.work.notice]
    table = Path(str(held[curve.export].value["path"]))
    assert table.is_relative_to(cache)
    assert table.read_text().splitlines()[1] == "lung nodule,0,0.9,0.2,2"


@pytest.mark.usefixtures("small")
def test_a_curve_can_be_stopped(curve: CurvePart, visitor: gr.Request) -> None:
    seen = []
    for update in curve.draw("lung nodule", "Size", visitor):
        seen.append(update)
        if "2 of 6" in str(update):
            curve.work.end(visitor)
    assert STOPPED in seen[-1][curve.work.notice]
    assert not any(curve.plot in update for update in seen)


def test_the_sentence_names_the_threshold_and_its_interval() -> None:
    assert "crosses one half at 17 mm" in said(MEASURED)
    assert said(MEASURED).startswith("Lung nodule: 12 phantoms"), (
        "another kind may be chosen by now"
    )
    assert "below to 24" in said(MEASURED)
    assert "A cell of the model is 32 mm wide" in said(MEASURED)
    never = replace(NODULE, threshold=None, low=None, high=None)
    assert "at no step" in said(replace(MEASURED, curve=never))
    always = replace(never, means=(0.8, 0.9, 0.9))
    assert "even in healthy people" in said(replace(MEASURED, curve=always))
    faint = replace(NODULE, axis="contrast", steps=(0, 0.5, 1), threshold=0.4, high=None)
    assert "0.4 of the usual contrast" in said(replace(MEASURED, curve=faint))
    assert "above" in said(replace(MEASURED, curve=faint))


def test_the_figure_marks_threshold_interval_and_cell() -> None:
    layout = curve_figure(MEASURED).layout
    assert [note.text for note in layout.annotations] == ["half", "a cell"]
    assert [shape.type for shape in layout.shapes] == ["line", "rect", "line", "line"]
    never = replace(NODULE, threshold=None, low=None, high=None)
    bare = curve_figure(Measured(curve=never, blind=0.3, cell_mm=99)).layout
    assert not bare.annotations, "a cell wider than all sizes has no mark"


def test_every_number_of_the_curve_is_in_the_table() -> None:
    assert csv_of(curve_rows(MEASURED)).splitlines() == [
        "kind,size_mm,probability,without_image,people",
        "lung nodule,0,0.1,0.3,12",
        "lung nodule,10,0.4,0.3,12",
        "lung nodule,40,0.9,0.3,12",
    ]


def test_contrast_is_shown_in_hounsfield_units() -> None:
    faint = replace(NODULE, axis="contrast", steps=(0, 0.5, 1), threshold=0.4, high=None)
    measured = replace(MEASURED, curve=faint, hu=200.0)
    assert "one half at 80 HU (95 % interval over people: below to above)" in said(measured)
    figure = curve_figure(measured)
    assert list(figure.data[0].x) == [0, 100, 200]
    assert "HU" in figure.layout.xaxis.title.text
    assert csv_of(curve_rows(measured)).splitlines()[0].startswith("kind,contrast_hu,")
    assert csv_of(curve_rows(measured)).splitlines()[2].startswith("lung nodule,100,")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("varied", "words"), [("Contrast", "whatever the contrast"), ("Place", "whatever the place")]
)
def test_contrast_and_place_are_drawn_too(
    curve: CurvePart, working: Callable[..., Any], seeing: Any, visitor: gr.Request, after: After,
    varied: str, words: str,
) -> None:  # fmt: skip
    held = after(working(curve, seeing).draw("lung nodule", varied, visitor))
    assert words in held[curve.work.notice]
    assert held[curve.plot].visible
    assert "0.20" in held[curve.work.notice]
    assert "Not what it would detect in a real scan" in held[curve.meaning]


def test_a_kind_with_one_place_is_refused(
    curve: CurvePart, visitor: gr.Request, after: After
) -> None:
    held = after(guarded(curve.draw, curve.work.refuse)("gallstone", "Place", visitor))
    assert "has one place" in held[curve.work.notice]
    assert curve.plot not in held


def test_places_are_a_figure_and_a_table() -> None:
    rates = PlaceRates(
        kind="renal cyst", size_mm=20, means={"left": 0.9, "right": 0.4},
        intervals={"left": (0.8, 1.0), "right": (0.2, 0.6)}, people=6,
    )  # fmt: skip
    bars, blind = places_figure(rates, 0.5).data
    assert list(bars.x) == [0.9, 0.4]
    assert list(bars.error_x.array) == pytest.approx([0.1, 0.2])
    assert set(blind.x) == {0.5}
    assert "likeliest in the left (0.90) and least so in the right" in said_of_places(rates, 0.5)
    alike = replace(rates, means={"left": 0.998, "right": 0.996})
    assert "equally likely in each (1.00)" in said_of_places(alike, 0.5)
    assert csv_of(place_rows(rates, 0.5)).splitlines()[2] == (
        "renal cyst,20,right,0.4,0.2,0.6,0.5,6"
    )
