import sys
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.beside import Beside, Own
from med3dvlm.retrieval.neighbour_map import (
    FILE,
    NeighbourMap,
    among_neighbours,
    draw_neighbour_map,
    read_neighbour_map,
)

WIDTH, EACH, GROUPS = 16, 15, 3


def grouped() -> np.ndarray:
    """(45, 16) unit vectors in three groups, which no two axes of PCA were chosen for."""
    generator = np.random.default_rng(0)
    middles = np.linalg.qr(generator.normal(size=(WIDTH, GROUPS)))[0].T.repeat(EACH, axis=0)
    rows = middles + 0.15 * generator.normal(size=middles.shape)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def made(folder: Path, rows: np.ndarray, model: str = "m") -> Library:
    library = Library.create(folder, dim=rows.shape[1], model=model)
    library.add([Entry(title=f"Case {n}", text="", digest=str(n)) for n in range(len(rows))], rows)
    return library


def stored(library: Library, model: str = "m", **changed: np.ndarray) -> None:
    ids = np.array(library.ids(), np.int64)
    parts = {"ids": ids, "drawn": np.stack([ids, -ids], axis=1).astype(np.float32)} | changed
    np.savez(library.folder / FILE, model=np.str_(model), **parts)


@pytest.mark.apart
def test_a_map_keeps_neighbours_together_and_is_the_same_again(tmp_path: Path) -> None:
    rows = grouped()
    with made(tmp_path / "library", rows) as library:
        first = draw_neighbour_map(library)
        again = draw_neighbour_map(library)
        np.testing.assert_array_equal(first.drawn, again.drawn)
        found = read_neighbour_map(library)
        assert found is not None
        places = found.places(*library.vectors())
    away = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(away, np.inf)
    groups = np.arange(len(rows)) // EACH
    assert (groups[away.argmin(axis=1)] == groups).all()
    assert not [path for path in (tmp_path / "library").iterdir() if path.name.startswith(".")]


def test_what_comes_later_lies_among_its_neighbours() -> None:
    known = np.eye(4, dtype=np.float32)
    drawn = NeighbourMap(np.array([1, 2, 3, 7]), np.array([[0, 0], [9, 0], [0, 9], [9, 9]], "f4"))
    between = (known[0] + known[1])[None] / np.sqrt(2)
    ids, vectors = [1, 2, 3, 7, 8], np.concatenate([known, between.astype(np.float32)])
    places = drawn.places(ids, vectors)
    np.testing.assert_array_equal(places[:4], drawn.drawn)
    assert 2 < places[4, 0] < 7
    assert abs(places[4, 1]) < 3
    assert drawn.newcomers(ids) == 1


def test_a_copy_lies_where_the_original_lies() -> None:
    rows, places = grouped(), np.random.default_rng(1).normal(size=(EACH * GROUPS, 2))
    np.testing.assert_allclose(among_neighbours(rows[:5], rows, places), places[:5], atol=1e-3)


def test_places_stay_with_their_entries(tmp_path: Path) -> None:
    with made(tmp_path / "library", grouped()) as library:
        stored(library)
        library.remove(library.ids()[:3])
        found = read_neighbour_map(library)
        assert found is not None
        ids, vectors = library.vectors()
        np.testing.assert_array_equal(found.places(ids, vectors)[:, 0], ids)
        own = Own().with_entry(Entry(title="mine", text="", digest="x"), vectors[4], model="m")
        beside = Beside(library, own)
        mine = read_neighbour_map(beside)
        assert mine is not None
        places = mine.places(*beside.vectors())
    np.testing.assert_allclose(places[-1], places[4], atol=1e-3)


@pytest.mark.parametrize(
    "changed",
    [
        {"model": "another"},
        {"ids": np.arange(3)},
        {"drawn": np.full((EACH * GROUPS, 2), np.nan, np.float32)},
        {"ids": np.zeros(EACH * GROUPS, np.int64)},
    ],
)
def test_a_map_of_something_else_is_none(tmp_path: Path, changed: dict) -> None:
    with made(tmp_path / "library", grouped()) as library:
        stored(library, **changed)
        assert read_neighbour_map(library) is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"\x80\x04K\x01."])
def test_a_damaged_map_is_none(tmp_path: Path, content: bytes) -> None:
    with made(tmp_path / "library", grouped()) as library:
        assert read_neighbour_map(library) is None
        (library.folder / FILE).write_bytes(content)
        assert read_neighbour_map(library) is None


def test_what_cannot_be_drawn_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with made(tmp_path / "few", grouped()[:4]) as few:
        with pytest.raises(LibraryError, match="needs 10 volumes; there are 4"):
            draw_neighbour_map(few)
        with pytest.raises(LibraryError, match="Only a library in a folder"):
            draw_neighbour_map(Beside(few, Own()))
    monkeypatch.setitem(sys.modules, "umap", None)
    refused = pytest.raises(LibraryError, match=r"med3dvlm\[maps\]")
    with made(tmp_path / "many", grouped()) as many, refused:
        draw_neighbour_map(many)
