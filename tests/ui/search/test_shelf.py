"""Several libraries to search in, and scans that a visitor adds for the visit."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.engine.estimates import estimates_of
from med3dvlm.errors import LibraryError, PromptError
from med3dvlm.hosting.models.loading import Loading, Tell
from med3dvlm.hosting.models.queue import BusyError, ModelQueue
from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.beside import Own
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.search.shelf import FIRST, OWN_SET, Shelf
from med3dvlm.ui.search.tab import SearchTab

After = Callable[..., dict[Any, Any]]
TRAUMA = "Trauma"


@pytest.fixture
def two(search: SearchTab, library: Library, tmp_path: Path) -> Iterator[SearchTab]:
    """The tab over the app's library and one of three scans of a folder."""

    def broken(tell: Tell) -> Library:
        raise LibraryError("it can't be opened")

    with Library.create(tmp_path / "trauma", dim=library.dim, model=library.model) as trauma:
        trauma.add(
            [
                Entry(title=f"Trauma {n}", text="", digest=f"t{n}", facts={"region": "head"})
                for n in range(3)
            ],
            np.random.default_rng(2).normal(size=(3, library.dim)),
        )
        libraries = search.shelf.libraries | {
            TRAUMA: Loading(TRAUMA, lambda tell: trauma),
            "Broken": Loading("Broken", broken),
        }
        shelf = replace(search.shelf, libraries=libraries)
        yield replace(
            search, shelf=shelf, refine=replace(search.refine, shelf=shelf),
            plots=replace(search.plots, shelf=shelf),
        )  # fmt: skip


def titles(held: dict[Any, Any], tab: SearchTab) -> list[str]:
    return [card.title for card in held[tab.hits]]


def test_a_library_is_opened_named_and_searched(two: SearchTab, after: After) -> None:
    held = after(two.choose_library(TRAUMA, Own()))
    assert "\u201cTrauma\u201d: 3 volumes" in held[two.notice]
    assert held[two.refine.only].choices[0] == ("Region: head", "region=head")
    found = after(two.find_text("stone", place=TRAUMA))
    assert {title.split(" (")[0] for title in titles(found, two)} == {
        f"Trauma {n}" for n in range(3)
    }
    assert "of 3 volumes" in found[two.notice]
    assert len(titles(after(two.find_text("stone", place=FIRST)), two)) > 3
    assert len(titles(after(two.find_text("stone", place="unknown")), two)) > 3


def test_a_library_that_can_not_be_opened_is_told(two: SearchTab, after: After) -> None:
    held = after(guarded(two.choose_library, two.say)("Broken", None))
    assert "it can&#x27;t be opened" in held[two.notice]
    for part in (two.refine.offer("Broken"), two.plots.offer("Broken", None)):
        assert [value["__type__"] for value in part.values()] == ["update"]


def test_an_added_scan_is_found_in_this_visit_alone(
    two: SearchTab, scan: Scan, encoded: Encoded, after: After
) -> None:
    held = two.shelf.put(scan, encoded, " Mine ", TRAUMA, Own())
    own = held[two.shelf.own]
    assert "1 will be searched" in held[two.shelf.said]
    assert held[two.shelf.clear].visible
    [(entry, _, _)] = own.held
    assert (entry.title, entry.collection, entry.source) == (
        "Mine", OWN_SET, f"phantom:{scan.seed}",
    )  # fmt: skip
    found = after(two.find_text("stone", place=TRAUMA, own=own))
    assert "Mine" in titles(found, two)
    assert "of 4 volumes" in found[two.notice]
    assert "Mine" not in titles(after(two.find_text("stone", place=TRAUMA)), two)
    narrowed = after(two.find_text("stone", None, [f"collection={OWN_SET}"], place=TRAUMA, own=own))
    assert titles(narrowed, two) == ["Mine"]
    gone = two.shelf.take_away()
    assert not gone[two.shelf.own].held
    assert not gone[two.shelf.clear].visible


def estimating(shelf: Shelf, estimates: Callable[..., Any], **how: Any) -> Shelf:
    assert shelf.services
    known = replace(shelf.services.value(), estimates=estimates)
    return replace(shelf, services=Loading("The model", lambda tell: known), **how)


def test_an_added_scan_is_ranked_by_what_the_model_makes_of_it(
    two: SearchTab, scan: Scan, encoded: Encoded, after: After, visitor: gr.Request
) -> None:
    shelf = estimating(two.shelf, lambda _: {"ascites": 0.9})
    held = after(shelf.put_estimated(scan, encoded, "Mine", TRAUMA, Own(), None, visitor))
    [(entry, _, _)] = held[shelf.own].held
    assert estimates_of(entry) == {"ascites": 0.9}
    assert "1 will be searched" in held[shelf.said]


def test_the_model_is_asked_about_an_added_scan_in_turn(
    two: SearchTab, scan: Scan, encoded: Encoded, visitor: gr.Request, other_visitor: gr.Request
) -> None:
    asked = []
    switches = Switches(ModelQueue(at_once=1))
    shelf = estimating(two.shelf, lambda _: asked.append(1) or {}, switches=switches)
    adding = shelf.put_estimated(scan, encoded, "Mine", TRAUMA, None, None, visitor)
    with switches.turn(other_visitor, "a question") as turn:
        list(turn.waiting())
        assert "you are next" in next(adding)[shelf.said]
        assert not asked
    *_, held = adding
    assert asked
    assert held[shelf.own].held


def test_what_can_not_be_estimated_leaves_what_was_added(
    two: SearchTab, scan: Scan, encoded: Encoded, visitor: gr.Request
) -> None:
    def broken(_: Any) -> Any:
        raise BusyError("The graphics card is gone.")

    own = two.shelf.put(scan, encoded, "First", TRAUMA, Own())[two.shelf.own]
    adding = estimating(two.shelf, broken).put_estimated(
        scan, encoded, "Mine", TRAUMA, own, None, visitor
    )
    told: list[Any] = []
    with pytest.raises(BusyError, match="is gone"):
        told.extend(map(dict, adding))
    assert told[-1][two.shelf.own] is own
    assert "1 will be searched" in told[-1][two.shelf.said]


def test_what_has_no_room_takes_no_time_of_the_model(
    two: SearchTab, scan: Scan, encoded: Encoded, visitor: gr.Request, monkeypatch
) -> None:
    """It was estimated in the visitor's turn, and refused afterwards."""
    asked: list[Any] = []
    monkeypatch.setattr("med3dvlm.retrieval.beside.MOST", 0)
    adding = estimating(two.shelf, lambda features: asked.append(features) or {}).put_estimated(
        scan, encoded, "Mine", TRAUMA, None, None, visitor
    )
    with pytest.raises(LibraryError, match="no more are kept"):
        list(adding)
    assert not asked


def test_the_map_shows_an_added_scan(
    two: SearchTab, scan: Scan, encoded: Encoded, shown_in: Callable[..., Any]
) -> None:
    two.shelf.loading(TRAUMA).value()
    own = two.shelf.put(scan, encoded, "Mine", TRAUMA, None)[two.shelf.own]
    shown = two.plots.show_map(True, "region", None, None, None, TRAUMA, own)[two.plots.map]
    names = [text for trace in shown_in(shown).data for text in trace.text]
    assert sorted(names) == ["Mine", "Trauma 0", "Trauma 1", "Trauma 2"]


def test_without_a_scan_nothing_is_added(two: SearchTab, scan: Scan) -> None:
    with pytest.raises(PromptError, match="Open a scan first"):
        two.shelf.put(None, None, "", FIRST, Own())
    with pytest.raises(PromptError, match="has not read"):
        two.shelf.put(scan, None, "", FIRST, Own())


def test_texts_that_fit_the_open_scan(
    two: SearchTab, scan: Scan, encoded: Encoded, after: After
) -> None:
    held = after(two.find_texts(scan, encoded))
    cards = held[two.hits]
    assert [card.text for card in cards] == ["A report."], "a text counts once"
    assert "have the texts that best fit the open scan" in held[two.notice]
    assert "a pair" in cards[0].note
    assert not held[two.more].visible
    refused = after(guarded(two.find_texts, two.say)(scan, encoded, place=TRAUMA))
    assert "have no texts" in refused[two.notice]
