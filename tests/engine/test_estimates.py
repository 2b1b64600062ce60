"""What was estimated of a volume travels with its entry, and counts in the order of hits."""

from pathlib import Path

import numpy as np
import pytest

from med3dvlm.engine import estimates
from med3dvlm.engine.estimates import (
    ESTIMATED,
    Ranking,
    estimates_of,
    ranking_of,
    with_estimates,
)
from med3dvlm.engine.search import search
from med3dvlm.engine.search_scores import SearchScores
from med3dvlm.engine.search_terms import sought_in
from med3dvlm.retrieval import Entry, Hit, Library

SCORES = SearchScores(weights="w", text=0.4, volume=0.5, share=0.1)
STONE, ASCITES = "kidney stone", "ascites"


def hit(score: float, **known: float) -> Hit:
    """A hit with estimates of a stone and of ascites."""
    entry = Entry(title=f"{score}", text="", digest=f"{score} {known}")
    named = {"stone": STONE, "ascites": ASCITES}
    return Hit(with_estimates(entry, {named[one]: share for one, share in known.items()}), score)


def ranking(text: str) -> Ranking:
    made = ranking_of(sought_in(text), SCORES)
    assert made is not None
    return made


def order(text: str, *hits: Hit) -> list[float]:
    return [one.score for one in ranking(text).ordered(hits)]


def test_an_estimate_lifts_a_volume_that_the_vector_overlooks() -> None:
    """A stone of few voxels hardly moves the vector of a whole volume."""
    assert order("kidney stone", hit(0.5, stone=0.1), hit(0.4, stone=0.9)) == [0.4, 0.5]
    assert order("kidney stone", hit(0.9, stone=0.4), hit(0.4, stone=0.6)) == [0.9, 0.4]


def test_what_is_not_to_be_there_counts_the_other_way() -> None:
    some, none = hit(0.5, stone=0.9, ascites=0.95), hit(0.4, stone=0.9, ascites=0.05)
    assert order("kidney stone, no ascites", some, none) == [0.4, 0.5]
    assert order("kidney stone", some, none) == [0.5, 0.4]


def test_without_estimates_the_order_is_that_of_similarity() -> None:
    """Libraries that were made before, or by other models, are searched as they were."""
    assert order("kidney stone", hit(0.5), hit(0.4), hit(0.3)) == [0.5, 0.4, 0.3]
    assert order("kidney stone", hit(0.5), hit(0.4, stone=0.99), hit(0.6, stone=0.01)) == [
        0.4, 0.5, 0.6,
    ]  # fmt: skip
    assert ranking_of(sought_in("axial CT of the chest"), SCORES) is None
    assert ranking_of(sought_in("kidney stone"), None) is None
    plain = SearchScores(weights="w", text=0.4, volume=0.5)
    assert ranking_of(sought_in("kidney stone"), plain) is None


def test_what_was_estimated_is_told() -> None:
    sought = ranking("kidney stone, no ascites")
    assert (
        sought.told(hit(0.1, stone=0.8, ascites=0.1).entry) == "kidney stone 80 % and ascites 10 %"
    )
    assert sought.told(hit(0.1, ascites=0.1).entry) == "ascites 10 %"
    assert sought.told(hit(0.1).entry) == ""
    assert sought.words == "kidney stone and ascites"


@pytest.mark.parametrize(
    "kept",
    [None, [0.5], "kidney stone", {STONE: "0.5"}, {STONE: 7}, {STONE: float("nan")}, {"x": 0.5}],
)
def test_what_others_wrote_in_its_place_is_not_read(kept: object) -> None:
    """An imported library holds whatever its maker put among the facts."""
    assert estimates_of(Entry(title="t", text="", digest="d", facts={ESTIMATED: kept})) == {}


def test_the_first_hits_are_the_same_however_many_are_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only so many of the nearest are ordered anew; those behind follow as they are."""
    monkeypatch.setattr(estimates, "CANDIDATES", 4)
    monkeypatch.setattr("med3dvlm.engine.search.CANDIDATES", 4)
    turns = np.radians(10 * np.arange(8))
    rows = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    entries = [
        with_estimates(Entry(title=f"{n}", text="", digest=f"{n}"), {STONE: n / 10})
        for n in range(8)
    ]
    with Library.create(tmp_path, dim=2, model="m") as library:
        library.add(entries, rows)
        titles = [
            [one.hit.entry.title for one in search(library, rows[0], k, ranking=ranking(STONE))]
            for k in (1, 3, 8)
        ]
    assert titles[2] == ["2", "3", "1", "0", "4", "5", "6", "7"]
    assert titles[:2] == [titles[2][:1], titles[2][:3]]
