import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.library import STORE_NAME
from med3dvlm.retrieval.sealing import LOCK_NAME, seal
from med3dvlm.retrieval.store import Store

MODEL = "phantom-1"
CASES = {"a": [1, 0, 0], "b": [3, 4, 0], "c": [0, 0, 2]}


def entry(digest: str, collection: str = "") -> Entry:
    return Entry(title=f"case {digest}", text="", digest=digest, collection=collection)


def titles(library: Library, query: list[float], k: int = 9) -> list[str]:
    return [hit.entry.title for hit in library.search(query, k)]


def filled(library: Library) -> Library:
    library.add([entry(d) for d in CASES], list(CASES.values()))
    return library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed library of three cases: a (1, 0, 0), b (0.6, 0.8, 0), c (0, 0, 1)."""
    folder = tmp_path / "deep" / "library"
    with Library.create(folder, dim=3, model=MODEL) as library:
        filled(library)
    return folder


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with Library.open(folder, model=MODEL) as library:
        yield library


def test_search_ranks_by_cosine(library: Library) -> None:
    hits = library.search([2, 0, 0], 2)
    assert [h.entry.title for h in hits] == ["case a", "case b"]
    assert [h.score for h in hits] == pytest.approx([1.0, 0.6])


def test_closed_in_step_needs_no_repair(library: Library) -> None:
    assert library.repaired == 0
    assert len(library) == 3
    assert (library.model, library.dim) == (MODEL, 3)


def test_entries_come_in_order_of_adding(library: Library) -> None:
    assert [e.digest for e in library] == ["a", "b", "c"]
    ids, vectors = library.vectors()
    assert ids == [e.id for e in library.entries()]
    assert vectors == pytest.approx(np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 0, 1]]))


def test_one_entry_by_id(library: Library) -> None:
    first = library.entries()[0]
    assert library.entry(first.id) == first
    with pytest.raises(LibraryError, match="no entry with the id 99"):
        library.entry(99)


def test_search_within_a_collection_or_ids(library: Library) -> None:
    [mine] = library.add([entry("a", "mine")], [[1, 0, 0]])
    ids = [e.id for e in library]
    assert [h.entry.id for h in library.search([1, 0, 0], 9, where={"collection": "mine"})] == [
        mine
    ]
    assert [h.entry.id for h in library.search([1, 0, 0], 9, among=ids[1:3])] == ids[1:3]
    assert library.search([1, 0, 0], 9, where={"collection": "mine"}, among=ids[:1]) == []
    assert library.search([1, 0, 0], 9, where={"collection": "nobody"}) == []
    assert [e.id for e in library.entries({"collection": "mine"})] == [mine]


def test_same_volume_twice_is_one_entry(library: Library) -> None:
    """The id and place stay, the rest becomes the new one."""
    before = [e.id for e in library]
    again = Entry(title="a again", text="new", digest="a")
    assert library.add([again, again], [[1, 0, 0], [0, 1, 0]]) == before[:1] * 2
    assert [e.id for e in library] == before
    assert titles(library, [0, 1, 0], 1) == ["a again"]


def test_remove_takes_the_entry_out_of_both(folder: Path) -> None:
    with Library.open(folder, model=MODEL) as library:
        assert library.remove([library.entries()[0].id, 99]) == 1
        assert titles(library, [1, 0, 0]) == ["case b", "case c"]
    with Library.open(folder, model=MODEL) as library:
        assert (len(library), library.repaired) == (2, 0)


def test_adding_nothing(library: Library) -> None:
    assert library.add([], []) == []
    assert len(library) == 3


def test_bad_vector_adds_nothing(library: Library) -> None:
    with pytest.raises(LibraryError, match="not finite"):
        library.add([entry("x"), entry("y")], [[1, 0, 0], [0, 0, 0]])
    with pytest.raises(LibraryError, match="needs 3 numbers"):
        library.search([1, 0], 1)
    assert len(library) == 3


def test_another_model_is_refused(folder: Path) -> None:
    with pytest.raises(LibraryError, match=r"'phantom-1'.*'other'.*Rebuild"):
        Library.open(folder, model="other")


def test_create_refuses_a_library_and_a_file(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="already exists"):
        Library.create(folder, dim=3, model=MODEL)
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError, match="can't be created"):
        Library.create(tmp_path / "file", dim=3, model=MODEL)


def test_open_writes_nothing(folder: Path) -> None:
    with Library.open(folder, model=MODEL) as library:
        assert len(library.search([1, 0, 0], 1)) == 1
    assert [p.name for p in folder.iterdir()] == [STORE_NAME]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder_can_be_searched(folder: Path) -> None:
    folder.chmod(0o500)
    with Library.open(folder, model=MODEL) as library:
        assert len(library.search([1, 0, 0], 1)) == 1
        with pytest.raises(LibraryError):
            library.add([entry("x")], [[1, 0, 0]])
    folder.chmod(0o700)


def test_another_process_is_followed(library: Library, folder: Path) -> None:
    """The command line adds and removes while the page has the library open."""
    with Library.open(folder, model=MODEL) as other:
        other.add([entry("x")], [[0, 1, 1]])
        other.remove([library.entries()[0].id])
    assert titles(library, [0, 1, 1], 1) == ["case x"]
    assert "case a" not in titles(library, [1, 0, 0])
    library.add([entry("y")], [[1, 1, 1]])
    with Library.open(folder, model=MODEL) as again:
        assert ([e.digest for e in again], again.repaired) == (["b", "c", "x", "y"], 0)


def test_entry_removed_during_a_search_is_left_out(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library._index, "catch_up", lambda: None)
    with Library.open(folder, model=MODEL) as other:
        other.remove([library.entries()[0].id])
    assert titles(library, [1, 0, 0]) == ["case b", "case c"]


def test_held_file_is_told(library: Library, folder: Path) -> None:
    holder = Store.open(folder / STORE_NAME)
    library._store._file._connection.execute("PRAGMA busy_timeout = 1")
    with holder._file.change(), pytest.raises(LibraryError, match=r"locked.*no other program"):
        library.add([entry("x")], [[1, 0, 0]])
    holder.close()
    assert len(library) == 3


def test_threads_add_search_and_remove_at_once(folder: Path) -> None:
    failures: list[Exception] = []
    with Library.open(folder, model=MODEL) as library:

        def work(thread: int) -> None:
            rng = np.random.default_rng(thread)
            try:
                for n in range(8):
                    digests = [f"{thread}-{n}-{side}" for side in "lr"]
                    left, _ = library.add([entry(d) for d in digests], rng.normal(size=(2, 3)))
                    library.search(rng.normal(size=3), 5)
                    library.remove([left])
            except Exception as error:  # noqa: BLE001 - handed to the test's own thread
                failures.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert len(library) == len(library.search([1, 0, 0], 999)) == 3 + 5 * 8
    with Library.open(folder, model=MODEL) as library:
        assert library.repaired == 0


def test_vectors_and_entries_must_be_as_many(library: Library) -> None:
    with pytest.raises(LibraryError, match="2 vectors for 1 entries"):
        library.add([entry("d")], np.eye(2, 3))


def test_after_many_changes_a_segment_is_written_beside_the_work(folder: Path) -> None:
    with Library.open(folder, model=MODEL) as library:
        library.seal_after = 2
        library.add([entry("d")], [[1, 1, 0]])
    assert list(folder.glob("segment-*"))
    with Library.open(folder, model=MODEL) as library:
        assert library.segment is not None
        assert titles(library, [1, 1, 0], 1) == ["case d"]


def test_a_segment_that_cannot_be_written_is_logged_and_no_entry_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_: Path) -> bool:
        raise LibraryError("the disk is full")

    monkeypatch.setattr("med3dvlm.retrieval.library.seal", full)
    with Library.open(folder, model=MODEL) as library:
        library.seal_after = 1
        library.add([entry("d")], [[1, 1, 0]])
    assert "the disk is full" in caplog.text
    with Library.open(folder, model=MODEL) as library:
        assert titles(library, [1, 1, 0], 1) == ["case d"]


def test_a_lock_that_cannot_be_opened_is_told(folder: Path) -> None:
    (folder / LOCK_NAME).mkdir()
    with pytest.raises(LibraryError, match="can't be written"):
        seal(folder)


def test_bytes_that_are_no_vectors_are_told(folder: Path) -> None:
    with closing(sqlite3.connect(folder / STORE_NAME)) as plain:
        plain.execute("UPDATE vector SET data = x'00'")
        plain.commit()
    with pytest.raises(LibraryError, match="damaged"):
        Library.open(folder, model=MODEL)
