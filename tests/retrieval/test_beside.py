"""A visitor's own entries beside a library: searched together, and the library is not changed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval import Entry, Library, beside
from med3dvlm.retrieval.beside import Beside, Own
from tests.retrieval.contract import DIM, ENTRIES, FILTERS, MODEL, VECTORS, known


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path, dim=DIM, model=MODEL) as made:
        made.add(ENTRIES, VECTORS)
        yield made


@pytest.fixture
def both(library: Library) -> Beside:
    own = Own().with_entry(
        known("x", "visit", region="chest", kinds=["cyst"]), [9, 1, 0], model=MODEL
    )
    own = own.with_entry(known("y", "visit", size=4), [-1, 2, 0], model=MODEL)
    own = own.with_entry(known("z", "visit"), [1, 1], model="another")
    return Beside(library, own)


def digests(found: Beside | Library, **how: object) -> list[str]:
    return [hit.entry.digest for hit in found.search([1, 0, 0], 9, **how)]


def test_own_entries_are_found_among_the_others(both: Beside, library: Library) -> None:
    assert digests(both) == ["a", "x", "b", "c", "y", "d"]
    assert [hit.entry.digest for hit in both.search([1, 0, 0], 2)] == ["a", "x"]
    assert both.search([1, 0, 0], 0) == []
    assert digests(library) == ["a", "b", "c", "d"], "the library is not changed"


@pytest.mark.parametrize("where", FILTERS, ids=str)
def test_filters_are_those_of_a_library(
    both: Beside, where: dict[str, object], tmp_path: Path
) -> None:
    _, vectors = both.vectors()
    with Library.create(tmp_path / "all", dim=DIM, model=MODEL) as every:
        every.add(list(both.get(both.ids()).values()), vectors)
        assert digests(both, where=where) == digests(every, where=where)
        assert both.count(where) == every.count(where)


def test_entries_and_vectors_come_together(both: Beside, library: Library) -> None:
    ids, rows = both.vectors()
    assert ids == both.ids() == [*library.ids(), -1, -2]
    assert rows.shape == (6, DIM)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(6))
    some, two = both.vectors([-2, ids[0]])
    assert some == [ids[0], -2]
    assert two == pytest.approx(rows[[0, 5]])
    assert [entry.digest for entry in both.get([-1, ids[1], 99]).values()] == ["b", "x"]
    assert both.search([1, 0, 0], 9, among=[-1, ids[3]])[0].entry.digest == "x"


def test_facts_of_both_are_listed(both: Beside) -> None:
    assert both.keys() == ["kinds", "region", "size", "tags"]
    assert both.values("kinds") == ["ascites", "nodule", "cyst"]
    assert both.values("kinds", 1) == ["ascites"]
    assert [(g.id, g.value) for g in both.glances("region")][-3:] == [
        (4, "pelvis"), (-1, "chest"), (-2, None),
    ]  # fmt: skip


def test_the_same_scan_is_replaced_and_the_number_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(beside, "MOST", 2)
    own = Own()
    for title in ("one", "two"):
        own = own.with_entry(Entry(title=title, text="", digest="a"), [1, 0], model=MODEL)
    entries, rows = own.of(MODEL)
    assert [entry.title for entry in entries] == ["two"]
    assert entries[0].added
    assert rows.tolist() == [[1, 0]]
    own = own.with_entry(Entry(title="", text="", digest="b"), [0, 3], model=MODEL)
    with pytest.raises(LibraryError, match="library build"):
        own.with_entry(Entry(title="", text="", digest="c"), [0, 1], model=MODEL)
    assert own.of("another")[0] == []
