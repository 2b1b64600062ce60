"""Searches by text, scan and both, on a library of four directions with known words."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.engine.search import (
    PairProbability,
    Wish,
    fitting_texts,
    folded,
    nearest,
    search,
    split_negation,
    vector_of,
)
from med3dvlm.errors import PromptError
from med3dvlm.retrieval import Entry, Library

WORDS = {"effusion": 0, "ascites": 1, "stone": 2, "chest": 3}


def embed(text: str) -> np.ndarray:
    """The sum of the directions of the words; a word nobody knows is an error."""
    total = sum(np.eye(4, dtype=np.float32)[WORDS[w]] for w in text.replace(",", "").split())
    return total / np.linalg.norm(total)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    texts = ("effusion", "effusion ascites", "stone chest", "effusion chest", "ascites")
    with Library.create(tmp_path, dim=4, model="m") as library:
        library.add(
            [Entry(title=t, text="", digest=t, facts={"n": n}) for n, t in enumerate(texts)],
            [embed(text) for text in texts],
        )
        yield library


def titles(library: Library, wish: Wish, **how: object) -> list[str]:
    return [f.hit.entry.title for f in search(library, vector_of(wish, embed), 2, **how)]


def test_text_scan_and_both(library: Library) -> None:
    scan = embed("stone chest")
    assert titles(library, Wish(text="effusion"))[0] == "effusion"
    assert titles(library, Wish(scan=scan))[0] == "stone chest"
    assert titles(library, Wish(scan=embed("chest"), text="effusion"))[0] == "effusion chest"


def test_what_is_not_to_be_there_is_subtracted(library: Library) -> None:
    both = Wish(text="effusion ascites")
    assert titles(library, both)[0] == "effusion ascites"
    less = Wish(text="effusion ascites", without="ascites")
    assert vector_of(less, embed)[1] < vector_of(both, embed)[1]
    assert vector_of(Wish(text="effusion, no ascites"), embed)[1] < 0


def test_filters_and_who_is_left_out(library: Library) -> None:
    wish = Wish(text="effusion")
    assert titles(library, wish, where={"n": [1, 2]})[0] == "effusion ascites"
    left = titles(library, wish, leaving_out=lambda entry: entry.title == "effusion")
    assert left == ["effusion ascites", "effusion chest"]


def test_what_is_left_out_makes_room_for_the_next(library: Library) -> None:
    query = embed("effusion")
    every = library.search(query, 9)
    first = every[0].entry.digest
    without = {"leaving_out": lambda one: one.digest == first}
    assert nearest(library, query, 2, **without) == every[1:3]
    assert nearest(library, query, 9, **without) == every[1:]
    assert nearest(library, query, 9, leaving_out=lambda _: True) == []


def test_texts_that_fit_a_scan(library: Library) -> None:
    """By what the texts say, and not by what the volumes look like; each text once."""
    words = ("stone", "effusion", "effusion", "")
    added = [Entry(title=f"{n}", text=text, digest=f"x{n}") for n, text in enumerate(words)]
    with pytest.raises(PromptError, match="no texts"):
        fitting_texts(library, embed("effusion"), 5, embed=embed)
    library.add(added, [embed("effusion"), embed("stone"), embed("ascites"), embed("chest")])
    found = fitting_texts(library, embed("effusion"), 5, embed=embed)
    assert [(hit.entry.text, hit.score) for hit in found] == [("effusion", 1), ("stone", 0)]
    gone = {"leaving_out": lambda entry: entry.text == "effusion"}
    assert [h.entry.text for h in fitting_texts(library, embed("stone"), 1, embed=embed, **gone)]


def test_near_duplicates_are_folded_and_leave_no_gap(library: Library) -> None:
    copies = [Entry(title=f"copy {n}", text="", digest=f"c{n}") for n in range(5)]
    library.add(copies, [embed("effusion") + 1e-3 * n for n in range(5)])
    found = search(library, embed("effusion"), 2)
    assert [f.hit.entry.title for f in found] == ["effusion", "effusion ascites"]
    assert {hit.entry.title for hit in found[0].alike} == {c.title for c in copies}
    gone = [hit.hit for hit in found]
    library.remove(library.ids())
    assert [f.alike for f in folded(library, gone)] == [(), ()]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("effusion", ("effusion", "")),
        ("effusion, no ascites", ("effusion", "ascites")),
        ("effusion without ascites, chest", ("effusion, chest", "ascites")),
        ("no ascites", ("no ascites", "")),
        ("coronal CT with stone; chest", ("coronal CT with stone; chest", "")),
        ("chest with normal lungs", ("chest with normal lungs", "")),
    ],
)
def test_negations_are_split_off(text: str, parts: tuple[str, str]) -> None:
    assert split_negation(text) == parts


def test_nothing_to_search_for() -> None:
    with pytest.raises(PromptError, match="Type what"):
        Wish(text="  ", without="ascites")
    with pytest.raises(PromptError, match="are the same"):
        vector_of(Wish(scan=0.5 * embed("stone"), without="stone"), embed)


@pytest.mark.parametrize("text", ["", " \n", "?!", "-", "\u200b", "\U0001f642", "..."])
def test_signs_alone_are_nothing_to_search_for(text: str) -> None:
    """They were given to the model, which finds something for anything."""
    with pytest.raises(PromptError, match="in words"):
        Wish(text=text)
    scan = embed("stone chest")
    assert vector_of(Wish(text=text, without=text, scan=scan), embed) == pytest.approx(scan)
    assert Wish(text="effusion", without=text).both == "effusion"


@pytest.mark.parametrize(
    ("text", "without"),
    [("ascites", "ascites"), ("Ascites ", "ascites"), ("ascites, no ascites", "")],
)
def test_what_is_wanted_and_unwanted_at_once_is_told(text: str, without: str) -> None:
    """Half of it was subtracted, so that it was searched for all the same."""
    with pytest.raises(PromptError, match="are the same"):
        vector_of(Wish(text=text, without=without), lambda part: embed(part.lower()))


def test_probability_of_a_pair_by_hand() -> None:
    pair = PairProbability(scale=10, bias=-5)
    assert pair.of(0.5) == pytest.approx(0.5)
    assert pair.of(1.0) == pytest.approx(0.99331, abs=1e-5)
