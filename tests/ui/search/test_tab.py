import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.engine.search_scores import SearchScores
from med3dvlm.engine.starter_library import seed_of
from med3dvlm.errors import CheckpointError, PromptError
from med3dvlm.hosting.models.loading import Loading, Progress, Tell
from med3dvlm.hosting.models.services import Services
from med3dvlm.retrieval import Library
from med3dvlm.ui.components.cards import Card
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.page.stopping import OPEN
from med3dvlm.ui.search.hits import NOT_A_PHANTOM, key_of_hit
from med3dvlm.ui.search.once_open import HELD
from med3dvlm.ui.search.shelf import FIRST
from med3dvlm.ui.search.tab import EXAMPLES, ITSELF, SHOWN, SearchTab

After = Callable[..., dict[Any, Any]]


def over(search: SearchTab, loading: Loading[Any]) -> SearchTab:
    """The tab over another library."""
    return replace(search, shelf=replace(search.shelf, libraries={FIRST: loading}))


def source_of(card: Card) -> str:
    return card.key.partition("|")[0]


def score_of(note: str) -> float:
    return float(note.rsplit(" ", 1)[-1])


def test_a_text_finds_the_nearest_best_first(
    search: SearchTab, services: Services, library: Library, after: After
) -> None:
    held = after(search.find_text("  kidney stone "))
    cards = held[search.hits]
    assert len(cards) == SHOWN < len(library)
    expected = library.search(services.embed("kidney stone"), SHOWN)
    assert [source_of(card) for card in cards] == [hit.entry.source for hit in expected]
    scores = [score_of(card.note) for card in cards]
    assert scores == sorted(scores, reverse=True)
    assert [card.note.split(".")[0] for card in cards] == [str(n) for n in range(1, SHOWN + 1)]
    assert f"The {SHOWN} of {len(library)} volumes" in held[search.notice]


def test_a_search_in_other_words_tells_what_was_searched_for(
    search: SearchTab, services: Services, library: Library, after: After
) -> None:
    reading = replace(services, searched_for=lambda _: "kidney stone")
    held = after(
        replace(search, services=Loading("The model", lambda tell: reading)).find_text("pee pebble")
    )
    expected = library.search(services.embed("kidney stone"), SHOWN)
    assert [source_of(card) for card in held[search.hits]] == [hit.entry.source for hit in expected]
    assert "searched for: \u201ckidney stone\u201d" in held[search.notice]
    assert "searched for" not in after(search.find_text("kidney stone"))[search.notice]


def test_what_is_to_know_of_the_library_stands_with_what_was_found(
    search: SearchTab, library: Library, scan: Scan, encoded: Encoded, after: After,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert "damaged" not in after(search.find_text("kidney stone"))[search.notice]
    monkeypatch.setattr(library, "note", "The library is <damaged>.")
    for found in (search.find_text("kidney stone"), search.find_alike(scan, encoded)):
        shown = after(found)[search.notice]
        assert f"of {len(library)} volumes" in shown
        assert "The library is &lt;damaged&gt;." in shown


def test_the_open_scan_is_left_out_of_those_that_are_like_it(
    search: SearchTab, library: Library, scan: Scan, encoded: Encoded, after: After
) -> None:
    """It was always the first of them. Opened from the page it is finer than in the library."""
    nearest = library.search(encoded.features.embedding, SHOWN + 1)
    assert nearest[0].entry.title == "The scan"
    unknown = replace(scan, seed=None)  # a file of it: only its digest tells
    for opened in (scan, unknown):
        held = after(search.find_alike(opened, encoded))
        cards = held[search.hits]
        assert [source_of(card) for card in cards] == [hit.entry.source for hit in nearest[1:]]
        assert ITSELF in held[search.notice]


def test_a_click_on_a_hit_gives_its_seed(
    search: SearchTab, scan: Scan, encoded: Encoded, after: After, clicked: Any
) -> None:
    cards = after(search.find_alike(scan, encoded))[search.hits]
    keys = [key_of_hit(clicked(card.key, card.title)) for card in cards]
    assert keys == [f"{seed_of(source_of(card))}||" for card in cards]


def test_below_the_fitted_score_nothing_fits_well(
    search: SearchTab, services: Services, scan: Scan, encoded: Encoded, after: After
) -> None:
    def searched(least: float) -> list[str]:
        scores = SearchScores(weights="", text=least, volume=least)
        model = Loading("The model", lambda tell: replace(services, search_scores=scores))
        tab = replace(search, services=model)
        found = after(tab.find_text("kidney stone")), after(tab.find_alike(scan, encoded))
        assert all(
            (least == 1) == ("poor fit" in card.note) for held in found for card in held[tab.hits]
        )
        return [held[tab.notice] for held in found]

    assert all("Nothing fits well" in notice for notice in searched(1))
    assert not any("Nothing fits well" in notice for notice in searched(-1))
    assert "Nothing fits" not in after(search.find_text("kidney stone"))[search.notice]


def test_the_hit_that_is_open_is_marked(
    search: SearchTab, library: Library, scan: Scan, after: After
) -> None:
    held = after(search.find_text("kidney stone", scan))
    hit = held[search.plots.search].hits[1]
    opened = replace(scan, seed=seed_of(hit.entry.source))
    marked = search.mark_open(opened, held[search.plots.search])[search.hits]
    assert [place for place, card in enumerate(marked) if card.current] == [1]
    assert "__type__" in search.mark_open(opened, None)[search.hits]


@pytest.mark.parametrize("key", ["", "file:7", "phantom:", "phantom:7b", "phantom:-7", "7"])
def test_a_hit_that_is_no_phantom_can_not_be_opened(key: str, clicked: Any) -> None:
    with pytest.raises(PromptError, match=NOT_A_PHANTOM[:30]):
        key_of_hit(clicked(key))


def test_an_empty_text_asks_for_one(search: SearchTab) -> None:
    [held] = search.find_text("  ")
    assert "Type what to search for" in held[search.notice]
    assert search.hits not in held


def test_the_text_is_escaped_where_it_is_repeated(search: SearchTab, after: After) -> None:
    shown = after(search.find_text("<script>alert('x')</script>"))[search.notice]
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_without_a_scan_nothing_is_like_it(search: SearchTab, after: After) -> None:
    held = after(guarded(search.find_alike, search.say)(None, None))
    assert "Open a scan first" in held[search.notice]


def test_features_of_another_scan_are_not_searched_with(
    search: SearchTab, other_scan: Scan, encoded: Encoded
) -> None:
    with pytest.raises(PromptError, match="has not read this scan"):
        next(search.find_alike(other_scan, encoded))


def test_while_the_library_is_built_the_page_says_how_far(
    search: SearchTab, library: Library, after: After, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("med3dvlm.hosting.models.loading.LOOK_SECONDS", 0.02)
    go_on = threading.Event()

    def build(tell: Tell) -> Library:
        tell(Progress("Building the library: 3 of 12 phantoms.", 0.25))
        go_on.wait(30)
        return library

    loading = Loading("The library", build)
    loading.start()
    while loading.progress.share is None:
        go_on.wait(0.01)
    stream = over(search, loading).find_text("kidney stone")
    while "3 of 12 phantoms" not in (shown := next(stream)[search.notice]):
        pass
    assert 'value="25"' in shown
    go_on.set()
    assert len(after(stream)[search.hits]) == SHOWN


def test_a_model_that_can_not_search_says_so_and_the_old_hits_stay(
    search: SearchTab, after: After
) -> None:
    def build(tell: Tell) -> Library:
        raise CheckpointError("this model comes without a dual encoder")

    tab = over(search, Loading("The library", build))
    held = after(guarded(tab.find_text, tab.say)("kidney stone"))
    assert "this model comes without a dual encoder" in held[search.notice]
    assert search.hits not in held


def test_similarity_is_explained_where_it_appears(search: SearchTab, after: After) -> None:
    held = after(search.find_text("kidney stone"))
    assert "similarity" in held[search.hits][0].note
    assert "Similarity (a cosine) compares" in held[search.notice]


def test_a_suggestion_becomes_the_text(search: SearchTab, clicked: Any) -> None:
    assert search.picked(clicked("0", EXAMPLES[0])) == EXAMPLES[0]


def test_scans_like_the_one_that_is_being_opened_wait_for_it(
    parts: Any, visitor: gr.Request
) -> None:
    """The search was for scans like the one before."""
    search, switches = parts.search, parts.panel.switches
    [wait] = [
        known.fn for known in parts.page.fns.values()
        if (search.alike._id, "click") in known.targets
    ]  # fmt: skip
    opening = switches.renew(visitor, OPEN)
    waiting = wait(visitor)
    assert HELD in next(waiting)[search.notice]
    switches.done(visitor, OPEN, opening)
    assert list(waiting) == [gr.skip()]
