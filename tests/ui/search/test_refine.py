"""Searches that are narrowed, go on, fold duplicates, and take a scan and a text together."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.retrieval import Entry, Library
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.search.refine import conditions
from med3dvlm.ui.search.shelf import FIRST
from med3dvlm.ui.search.tab import ITSELF, NOTHING_LEFT, SHOWN, SearchTab

After = Callable[..., dict[Any, Any]]


@pytest.fixture
def narrowed(
    search: SearchTab, services: Services, library: Library, tmp_path: Path
) -> Iterator[SearchTab]:
    """The tab over a library of its own: five of the chest, twenty of the head, two the same."""
    vectors = np.random.default_rng(1).normal(size=(25, library.dim))
    with Library.create(tmp_path / "own", dim=library.dim, model="random") as own:
        own.add(
            [
                Entry(
                    title=f"Own {n}",
                    text="",
                    digest=f"d{n}",
                    added=f"2026-11-{n + 1:02d}T00:00:00Z",
                    facts={"region": "chest" if n < 5 else "head"},
                )
                for n in range(25)
            ],
            vectors,
        )
        own.add([Entry(title="Twin", text="", digest="twin")], own.vectors()[1][:1])
        opened = Loading("The library", lambda tell: own)
        shelf = replace(search.shelf, libraries={FIRST: opened})
        yield replace(search, shelf=shelf, refine=replace(search.refine, shelf=shelf))


def titles(held: dict[Any, Any], tab: SearchTab) -> list[str]:
    return [card.title for card in held[tab.hits]]


def test_conditions_of_what_was_picked() -> None:
    assert conditions(["region=chest", "region=head", "tags=a=b", "other=1"]) == {
        "region": ["chest", "head"], "tags": ["a=b"],
    }  # fmt: skip
    assert conditions(None, " 2026-11 ") == {"added": {"from": "2026-11"}}
    with pytest.raises(PromptError, match="2026-11-29"):
        conditions([], "yesterday")


def test_the_values_of_the_library_are_offered(narrowed: SearchTab, search: SearchTab) -> None:
    assert narrowed.refine.offer()[narrowed.refine.only]["__type__"] == "update"
    narrowed.shelf.loading(None).value()
    [offered] = narrowed.refine.offer().values()
    assert offered.choices == [("Region: head", "region=head"), ("Region: chest", "region=chest"),
                               ("Set: none", "collection=")]  # fmt: skip


def test_only_what_meets_the_filters_is_found(narrowed: SearchTab, after: After) -> None:
    held = after(narrowed.find_text("stone", None, ["region=chest"]))
    assert {title.split(" (")[0] for title in titles(held, narrowed)} == {
        f"Own {n}" for n in range(5)
    }
    assert "of 5 volumes that meet the filters" in held[narrowed.notice]
    held = after(narrowed.find_text("stone", None, ["region=head"], "2026-11-24"))
    assert set(titles(held, narrowed)) == {"Own 23", "Own 24"}
    held = after(narrowed.find_text("stone", None, ["region=pelvis"]))
    assert NOTHING_LEFT in held[narrowed.notice]


def test_what_is_as_good_as_the_same_is_folded(narrowed: SearchTab, after: After) -> None:
    held = after(narrowed.find_text("stone", None, ["region=chest", "region=head"]))
    assert not any("alike" in title for title in titles(held, narrowed))
    more = narrowed.find_more(after(narrowed.find_text("stone"))[narrowed.plots.search], None)
    assert sorted(title for title in titles(more, narrowed) if "alike" in title) in (
        ["Own 0 (and 1 alike)"], ["Twin (and 1 alike)"],
    )  # fmt: skip


def test_more_goes_on_where_the_search_ended(narrowed: SearchTab, after: After) -> None:
    first = after(narrowed.find_text("stone"))
    assert len(first[narrowed.hits]) == SHOWN
    second = narrowed.find_more(first[narrowed.plots.search], None)
    assert len(second[narrowed.hits]) == 2 * SHOWN
    assert titles(second, narrowed)[:SHOWN] == titles(first, narrowed)
    assert "Type what" in narrowed.find_more(None, None)[narrowed.notice]


def test_a_scan_and_a_text_together(
    narrowed: SearchTab, scan: Scan, encoded: Encoded, after: After
) -> None:
    plain = after(narrowed.find_text("stone", scan, encoded=encoded))
    both = after(narrowed.find_text("stone", scan, like=True, encoded=encoded))
    assert "and the open scan" in both[narrowed.notice]
    assert ITSELF in both[narrowed.notice]
    assert "a pair" in plain[narrowed.hits][0].note
    assert "a pair" not in both[narrowed.hits][0].note


def test_what_must_not_be_there_is_told(narrowed: SearchTab, after: After) -> None:
    held = after(narrowed.find_text("kidney stone", None, without="ascites"))
    assert "without \u201cascites\u201d" in held[narrowed.notice]
    assert held[narrowed.plots.search].sought.absent == ("ascites",)
