import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.entry import MAX_THUMBNAIL_BYTES, Entry
from med3dvlm.retrieval.store import Store

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 "
FULL = Entry(
    title="Case 'seven'; DROP TABLE entry; --",
    text="12 mm nodule.\nLiver: unremarkable \N{BULLET} ok",
    digest="d1",
    collection="shared",
    source="phantom:1234",
    thumbnail=PNG,
    facts={"findings": ["nodule"], "size_mm": 12.5, "contrast": None},
)


def entry(digest: str, **known: str) -> Entry:
    return Entry(title=known.pop("title", digest), text="", digest=digest, **known)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with closing(Store.create(path, dim=2, model="m1")) as store:
        yield store


def test_entry_comes_back_as_given(store: Store) -> None:
    [entry_id] = store.put([FULL], np.array([[1, 2]], np.float32))
    back = store.get([entry_id])[entry_id]
    assert back == replace(FULL, id=entry_id, added=back.added)
    assert back.added.endswith("Z")
    assert len(store) == 1


def test_file_is_read_again(store: Store, path: Path) -> None:
    ids = store.put([FULL, entry("d2")], np.array([[1, 2], [3, 4]], np.float32))
    with closing(Store.open(path)) as again:
        assert (again.model, again.dim, again.ids()) == ("m1", 2, ids)
        assert again.vectors()[0] == ids
        assert again.vectors()[1].tolist() == [[1, 2], [3, 4]]
        assert again.get(ids)[ids[0]].facts == FULL.facts


def test_empty_store(store: Store) -> None:
    ids, vectors = store.vectors()
    assert (ids, vectors.shape, len(store)) == ([], (0, 2), 0)


def test_same_digest_updates_in_place(store: Store) -> None:
    ids = store.put([entry("a"), entry("b")], np.eye(2, dtype=np.float32))
    assert store.put([entry("a", title="new")], np.array([[5, 5]], np.float32)) == ids[:1]
    assert [e.title for e in store.get(ids).values()] == ["new", "b"]
    assert store.vectors()[1].tolist() == [[5, 5], [0, 1]]


def test_collections_keep_their_own_copy_of_a_digest(store: Store) -> None:
    first, second = store.put(
        [entry("a", collection="anna"), entry("a", collection="ben")], np.eye(2, dtype=np.float32)
    )
    assert store.ids({"collection": "anna"}) == [first]
    assert store.ids({"collection": "ben"}) == [second]
    assert store.ids() == [first, second]


def test_ids_are_never_used_twice(store: Store) -> None:
    ids = store.put([entry("a"), entry("b")], np.eye(2, dtype=np.float32))
    assert store.drop([ids[1], 999]) == 1
    assert store.put([entry("c")], np.ones((1, 2), np.float32))[0] > ids[1]


def test_unknown_ids_are_left_out(store: Store) -> None:
    assert store.get([1, 2]) == {}


def test_one_bad_entry_leaves_nothing_behind(store: Store) -> None:
    bad = Entry(title="bad", text="", digest="b", facts={"x": float("nan")})
    with pytest.raises(LibraryError, match="'bad': the facts can't be stored as JSON"):
        store.put([entry("a"), bad], np.eye(2, dtype=np.float32))
    with pytest.raises(LibraryError, match="binding parameter"):
        store.put([entry("a"), Entry(title=object(), text="", digest="b")], np.eye(2, dtype="f4"))  # type: ignore[arg-type]
    assert len(store) == 0


def test_entries_are_checked() -> None:
    with pytest.raises(LibraryError, match="lacks its volume's digest"):
        entry("")
    with pytest.raises(LibraryError, match="neither PNG nor WebP"):
        Entry(title="t", text="", digest="d", thumbnail=b"GIF89a")
    with pytest.raises(LibraryError, match="Make it smaller"):
        Entry(title="t", text="", digest="d", thumbnail=PNG + bytes(MAX_THUMBNAIL_BYTES))
    assert Entry(title="t", text="", digest="d", thumbnail=WEBP).thumbnail == WEBP


def test_create_refuses_an_existing_file_and_no_dim(store: Store, path: Path) -> None:
    with pytest.raises(LibraryError, match="already exists"):
        Store.create(path, dim=2, model="m1")
    with pytest.raises(LibraryError, match="dim=0"):
        Store.create(path.with_name("other.sqlite"), dim=0, model="m1")


def test_create_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="unable to open"):
        Store.create(tmp_path / "missing" / "library.sqlite", dim=2, model="m1")


def test_create_that_fails_half_way_is_undone(path: Path) -> None:
    with pytest.raises(LibraryError, match="NOT NULL"):
        Store.create(path, dim=2, model=None)  # type: ignore[arg-type]
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_open_refuses_what_is_no_library(path: Path) -> None:
    with pytest.raises(LibraryError, match="no library here"):
        Store.open(path)
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("CREATE TABLE other (x)")
    with pytest.raises(LibraryError, match="another program"):
        Store.open(path)
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(LibraryError, match="not a database"):
        Store.open(path)


def test_foreign_schema_version_is_refused(store: Store, path: Path) -> None:
    store.close()
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA user_version = 7")
    with pytest.raises(LibraryError, match="schema version 7, but this program reads 2"):
        Store.open(path)


def test_closed_store_says_so(store: Store) -> None:
    store.close()
    with pytest.raises(LibraryError, match="closed database"):
        len(store)


def test_another_connections_change_is_seen(store: Store, path: Path) -> None:
    before = store.foreign_changes()
    store.put([entry("a")], np.ones((1, 2), np.float32))
    assert store.foreign_changes() == before
    with closing(Store.open(path)) as other:
        other.put([entry("b")], np.ones((1, 2), np.float32))
    assert store.foreign_changes() != before


def test_many_threads_share_one_store(path: Path) -> None:
    with closing(Store.create(path, dim=2, model="m")) as store:
        failures: list[Exception] = []

        def work(thread: int) -> None:
            try:
                for n in range(10):
                    [i] = store.put([entry(f"{thread}-{n}")], np.ones((1, 2), np.float32))
                    assert store.get([i])[i].digest == f"{thread}-{n}"
            except Exception as error:  # noqa: BLE001 - handed to the test's own thread
                failures.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert len(store) == len(set(store.ids())) == 60


def test_where_nothing_can_be_written_beside_it_is_read(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's side files can't be made there; the tests run as root, who may write anywhere."""
    store.put([entry("a")], np.ones((1, 2), np.float32))
    store.close()
    monkeypatch.setattr("os.access", lambda *_: False)
    with closing(Store.open(path)) as again:
        assert len(again) == 1
        with pytest.raises(LibraryError, match="readonly"):
            again.put([entry("b")], np.ones((1, 2), np.float32))
