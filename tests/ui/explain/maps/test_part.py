from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.explain.maps.part import MEAN_GREY, Maps, known_kind
from med3dvlm.ui.explain.running import HELD, STOPPED
from med3dvlm.ui.explain.said import NOT_MEASURED
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.page.stopping import OPEN
from tests.ui.conftest import Parts
from tests.ui.explain.conftest import Fake, a_map, certificate, steps_of

After = Callable[..., dict[Any, Any]]
SPLIT, OCCLUSION, GRADIENT = "Text split", "Occlusion", "Gradient x input"


@pytest.fixture
def maps(parts: Parts, working: Callable[..., Any]) -> Maps:
    return working(parts.explain.maps)


def drawn(
    maps: Maps, visitor: gr.Request, label: str, wanted: str | None, *given: Any
) -> Iterator[dict[Any, Any]]:
    return guarded(maps.draw, maps.work.refuse)(label, wanted, "mean", *given, visitor)


def test_a_map_is_laid_over_the_scan_with_its_meaning(
    maps: Maps, scan: Scan, encoded: Encoded, visitor: gr.Request, after: After
) -> None:
    held = after(drawn(maps, visitor, SPLIT, "a stone", scan, encoded))
    state = held[maps.viewer]
    assert state.volume is scan.volume
    assert state.overlay.legend == "similarity to: a stone (Maps)"
    assert state.crosshair is not None
    assert "add up exactly" in held[maps.meaning]
    assert NOT_MEASURED in held[maps.meaning]
    assert "lies over the scan" in held[maps.work.notice]
    assert all(button.visible for button in (held[b] for b in maps.downloads))
    assert held[maps.work.start].visible


def test_a_certificate_stands_beside_its_map(
    maps: Maps, working: Callable[..., Any], fake: Fake, scan: Scan, visitor: gr.Request,
    after: After,
) -> None:  # fmt: skip
    for margin, words in ((0.4, "0.11"), (0.0, "beat a guess without the image")):
        loaded = fake(
            certificates={"occlusion": certificate(margin)}, map=lambda *_: iter(steps_of(1))
        )
        held = after(drawn(working(maps, loaded), visitor, OCCLUSION, "kidney stone", scan, None))
        assert words in held[maps.meaning]
        assert NOT_MEASURED not in held[maps.meaning]
        assert "&lt;means&gt;" in held[maps.meaning], "texts are escaped"
        assert "followed a lesion that was moved in 75 %" in held[maps.meaning]
        assert "measured with maps of 32 cells; this has 8" in held[maps.meaning]
        assert MEAN_GREY not in held[maps.meaning]


def test_blocks_that_were_not_measured_are_told(
    maps: Maps, working: Callable[..., Any], fake: Fake, scan: Scan, visitor: gr.Request,
    after: After,
) -> None:  # fmt: skip
    """A map of black blocks had the certificate of grey ones."""
    loaded = fake(certificates={"occlusion": certificate(0.4)}, map=lambda *_: iter(steps_of(1)))
    part = working(maps, loaded)
    draw = guarded(part.draw, part.work.refuse)
    held = after(draw(OCCLUSION, "kidney stone", "black", scan, None, visitor))
    assert MEAN_GREY in held[maps.meaning]


@pytest.mark.parametrize(("times", "faint"), [(1, False), (0.001, True), (1e-7, True)])
def test_a_map_that_shows_next_to_nothing_says_so(
    maps: Maps, working: Callable[..., Any], fake: Fake, scan: Scan, visitor: gr.Request,
    after: After, times: float, faint: bool,
) -> None:  # fmt: skip
    """The highest cell has the brightest colour, however little covering it changes."""
    (step,) = steps_of(1)
    step = replace(step, map=replace(step.map, values=step.map.values * times))
    loaded = working(maps, fake(map=lambda *_: iter([step])))
    held = after(drawn(loaded, visitor, OCCLUSION, "kidney stone", scan, None))
    assert ("next to nothing" in held[maps.work.notice]) is faint
    assert "0.0000" not in held[maps.work.notice]


def test_a_map_that_grows_is_shown_while_it_does_and_can_be_stopped(
    maps: Maps, working: Callable[..., Any], fake: Fake, scan: Scan, visitor: gr.Request
) -> None:
    asked = []

    def growing(*_: Any) -> Iterator[Any]:
        for step in steps_of(9):
            asked.append(step.done)
            yield step

    maps = working(maps, fake(map=growing))
    updates = drawn(maps, visitor, OCCLUSION, "kidney stone", scan, None)
    seen = []
    for update in updates:
        seen.append(update)
        if "2 of 9" in update.get(maps.work.notice, ""):
            assert "Stopping" in maps.work.end(visitor)[maps.work.notice]
    assert asked == [1, 2, 3], "it ends with the step that was being made"
    assert STOPPED in seen[-2][maps.work.notice]
    assert seen[-2][maps.work.start].visible
    assert not seen[-2][maps.work.stop].visible


@pytest.mark.parametrize(
    ("method", "wanted", "words"),
    [
        (GRADIENT, "what a nice day", "choose one of the list"),
        (SPLIT, "  ", "type what to look for"),
        (SPLIT, None, "type what to look for"),
    ],
)
def test_what_names_no_finding_is_refused_and_everything_stays(
    maps: Maps, scan: Scan, visitor: gr.Request, after: After, method: str, wanted: str | None,
    words: str,
) -> None:  # fmt: skip
    held = after(drawn(maps, visitor, method, wanted, scan, None))
    assert words in held[maps.work.notice]
    assert maps.viewer not in held
    assert held[maps.work.start].visible


def test_without_a_scan_or_while_one_is_opened_nothing_begins(
    maps: Maps, scan: Scan, visitor: gr.Request, after: After
) -> None:
    held = after(drawn(maps, visitor, SPLIT, "a stone", None, None))
    assert "Open a scan first" in held[maps.work.notice]
    maps.work.switches.renew(visitor, OPEN)
    held = after(drawn(maps, visitor, SPLIT, "a stone", scan, None))
    assert HELD in held[maps.work.notice]
    assert held[maps.work.held]


def test_another_scan_ends_the_map_of_the_one_before(
    maps: Maps, working: Callable[..., Any], fake: Fake, scan: Scan, visitor: gr.Request
) -> None:
    maps = working(maps, fake(map=lambda *_: iter(steps_of(5))))
    updates = drawn(maps, visitor, OCCLUSION, "kidney stone", scan, None)
    for update in updates:
        if maps.viewer in update:
            break
    held = maps.turn_to(visitor)
    assert (held[maps.meaning], held[maps.work.notice]) == (NOTHING, NOTHING)
    assert held[maps.work.start].visible
    assert list(updates) == [gr.skip()], "and leaves no last word"


def test_the_viewer_gets_the_values_of_the_map(
    maps: Maps, working: Callable[..., Any], fake: Fake, scan: Scan, visitor: gr.Request,
    after: After,
) -> None:  # fmt: skip
    maps = working(maps, fake(map=lambda *_: iter(steps_of(1))))
    held = after(drawn(maps, visitor, GRADIENT, "kidney stone", scan, None))
    assert np.array_equal(held[maps.viewer].overlay.values, a_map().as_bytes())


def test_a_finding_is_known_in_any_words(services: Services, fake: Fake) -> None:
    mapped = fake(searched_for=lambda text: "kidney stone" if "calculus" in text else text).value()
    assert known_kind("Kidney Stone", services) == "kidney stone"
    assert known_kind("renal calculus", mapped) == "kidney stone"
    assert known_kind("a nice day", mapped) is None


def test_the_chosen_method_is_described(maps: Maps) -> None:
    told = {label: maps.describe(label) for label in (SPLIT, OCCLUSION, GRADIENT)}
    assert len({held[maps.about] for held in told.values()}) == 3
    assert [held[maps.covered].visible for held in told.values()] == [False, True, False]


def test_a_certificate_for_findings_says_nothing_of_other_texts(
    maps: Maps, working: Callable[..., Any], fake: Fake, scan: Scan, visitor: gr.Request,
    after: After,
) -> None:  # fmt: skip
    found = {"occlusion": certificate(0.4), "text split": certificate(0.4)}
    loaded = fake(certificates=found, map=lambda *_: iter(steps_of(1)))
    for label, unmeasured in ((OCCLUSION, True), (SPLIT, False)):
        held = after(drawn(working(maps, loaded), visitor, label, "a nice day", scan, None))
        assert (NOT_MEASURED in held[maps.meaning]) is unmeasured
