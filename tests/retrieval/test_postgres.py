"""A library in a real PostgreSQL server: the contract, many writers, kills, and moving house."""

import itertools
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.__main__ import main
from med3dvlm.errors import LibraryError, OtherModelError
from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.opening import open_made_by, open_store
from med3dvlm.retrieval.postgres import Connection, PostgresStore
from med3dvlm.retrieval.vector_store import copy_into
from tests.retrieval.contract import (
    DIM,
    ENTRIES,
    MODEL,
    VECTORS,
    StoreContract,
    content,
    everything,
    known,
)
from tests.retrieval.postgres_server import Server

NUMBERS = itertools.count()


@dataclass(frozen=True)
class Schema:
    address: str

    def open(self, *, model: str = MODEL, dim: int = DIM) -> PostgresStore:
        store = open_store(self.address, model=model, dim=dim)
        assert isinstance(store, PostgresStore)
        return store


@pytest.fixture
def place(server: Server) -> Schema:
    return Schema(server.address(f"test {next(NUMBERS)}"))


@pytest.fixture
def copy_place(server: Server) -> Schema:
    return Schema(server.address(f"copy {next(NUMBERS)}"))


class TestPostgres(StoreContract):
    """The same tests as for a folder's library."""


@dataclass
class Writer:
    """Adds and removes in a thread until told to stop, and notes what was acknowledged."""

    place: Schema
    name: str

    def __post_init__(self) -> None:
        self.kept: dict[str, list[float]] = {}
        self.removed: set[str] = set()
        self.unsure: set[str] = set()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        rng = np.random.default_rng(len(self.name))
        store = self.place.open()
        for number in itertools.count():
            if self.stop.is_set():
                store.close()
                return
            names = [f"{self.name}-{number}-{side}" for side in "lr"]
            rows = rng.normal(size=(2, DIM))
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            self.unsure.update(names)
            try:
                left, _ = store.add([known(name) for name in names], rows)
                self.kept[names[1]] = rows[1].tolist()
                self.unsure.remove(names[1])
                store.remove([left])
            except LibraryError:  # the server is down: not acknowledged
                continue
            self.removed.add(names[0])
            self.unsure.remove(names[0])


def check(store: PostgresStore, writers: list[Writer]) -> None:
    """Everything acknowledged is there and unchanged, and nothing else but what was under way."""
    there = {entry.digest: entry.id for entry in everything(store)}
    unsure = set().union(*(writer.unsure for writer in writers))
    for writer in writers:
        assert writer.kept.keys() <= there.keys()
        assert not writer.removed & there.keys()
        assert content(list(store.get([there[one] for one in writer.kept]).values())) == content(
            [known(one) for one in writer.kept]
        )
        _, rows = store.vectors([there[one] for one in writer.kept])
        assert rows == pytest.approx(np.array(list(writer.kept.values())), abs=1e-6)
        for name, vector in writer.kept.items():
            assert name in {hit.entry.digest for hit in store.search(vector, 3)}
    extra = there.keys() - set().union(*(writer.kept for writer in writers))
    assert extra <= unsure
    assert store.count() == len(there)


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    server: Server, place: Schema
) -> None:
    reader = place.open()
    writers = [Writer(place, name) for name in ("a", "bb", "ccc")]
    try:
        for _ in range(2):
            before = [len(writer.kept) for writer in writers]
            while not all(len(w.kept) > b + 3 for w, b in zip(writers, before, strict=True)):
                assert all(writer.thread.is_alive() for writer in writers)
                time.sleep(0.01)
            server.kill()
            with pytest.raises(LibraryError, match="Check that the server runs"):
                reader.count()
            server.start()
            assert reader.count() > 0, "a client goes on by itself"
    finally:
        for writer in writers:
            writer.stop.set()
        for writer in writers:
            writer.thread.join()
    check(reader, writers)
    reader.close()


def test_a_lost_connection_is_made_again(place: Schema) -> None:
    store, other = place.open(), place.open()
    store.add(ENTRIES, VECTORS)
    other._rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database() AND backend_type = 'client backend'"
    )
    assert store.add([known("e")], [[1, 0, 0]])
    assert store.count() == 5
    store.close()
    other.close()


def test_overlapping_writers_of_one_volume_end_with_one_entry(place: Schema) -> None:
    """In opposite orders: the server ends one of two that wait for each other; it is repeated."""
    stores = [place.open(), place.open()]
    batch = [known(f"{number}") for number in range(20)]
    rows = np.eye(DIM)[[number % DIM for number in range(20)]]
    orders = [list(range(20)), list(reversed(range(20)))]
    threads = [
        threading.Thread(target=store.add, args=([batch[n] for n in order], rows[order]))
        for store, order in zip(stores, orders, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores[0].count() == 20
    assert sorted(e.digest for e in everything(stores[1])) == sorted(e.digest for e in batch)
    for store in stores:
        store.close()


def test_a_folder_moves_to_a_server_and_back(place: Schema, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    many = [known(f"m{n}", "mine", n=n, part=["chest", None, {"a": 1.5e-7}]) for n in range(100)]
    with Library.create(tmp_path / "a", dim=DIM, model=MODEL) as folder:
        folder.add([*ENTRIES, *many], [*VECTORS, *rng.normal(size=(100, DIM))])
        folder.remove(folder.ids()[10:20])
        server, back = place.open(), Library.create(tmp_path / "b", dim=DIM, model=MODEL)
        assert copy_into(folder, server) == copy_into(server, back) == 94
        assert content(everything(back)) == content(everything(server)) == content(list(folder))
        assert server.vectors()[1] == pytest.approx(folder.vectors()[1], abs=1e-7)
        assert np.array_equal(back.vectors()[1], server.vectors()[1])
        for query in rng.normal(size=(5, DIM)):
            found = [[h.entry.digest for h in s.search(query, 10)] for s in (folder, server, back)]
            assert found[0] == found[1] == found[2]
        server.close()
        back.close()


def test_a_library_is_kept_in_a_server_on_the_command_line(
    place: Schema, copy_place: Schema, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, files, address = str(tmp_path / "one"), str(tmp_path / "files"), place.address
    with Library.create(tmp_path / "one", dim=DIM, model=MODEL) as library:
        library.add(ENTRIES, VECTORS)
        before = content(list(library))
    for command in (
        ["migrate", folder, "--to", address],
        ["check", address, "--queries", "5", "--seal"],
        ["export", address, "--out", files],
        ["import", files, "--out", copy_place.address],
        ["migrate", copy_place.address, "--to", str(tmp_path / "back")],
        ["remove", address, "--where", "region=chest"],
    ):
        assert main(["library", *command]) == 0, command
    said = capsys.readouterr().out
    for line in ("4 entries were copied", "by the index of the server", "1.0000",
                 "keeps its index by itself", "2 entries were removed; 2 are left"):  # fmt: skip
        assert line in said
    with Library.open(tmp_path / "back", model=MODEL) as back:
        assert content(list(back)) == before


def test_a_search_asks_for_vectors_of_its_model(place: Schema) -> None:
    place.open().close()
    with closing(open_made_by(place.address, model=MODEL)) as store:
        assert store.dim == DIM
    with pytest.raises(OtherModelError, match=r"library 'test \d+': the vectors were made by"):
        open_made_by(place.address, model="another")


def plan(store: PostgresStore, condition: str) -> str:
    """How the server would look for entries, if reading all of them were not an option."""

    def explain(connection: Connection) -> str:
        connection.execute("SET LOCAL enable_seqscan = off")
        return str(connection.execute(f"EXPLAIN SELECT id FROM entry WHERE {condition}").fetchall())

    return store._run(explain)


def test_the_filter_is_read_within_the_index(place: Schema) -> None:
    """The facts' index is asked, and a filter that few meet finds them all."""
    store = place.open()
    rng = np.random.default_rng(1)
    rare = {17, 1500}
    entries = [Entry(title="", text="", digest=f"{n}", facts={"rare": n in rare, "n": n})
               for n in range(2000)]  # fmt: skip
    store.add(entries, rng.normal(size=(2000, DIM)))
    assert {hit.entry.digest for hit in store.search([1, 0, 0], 5, where={"rare": True})} == {
        "17", "1500",
    }  # fmt: skip
    near = store.search([1, 0, 0], 10, where={"n": {"from": 1000}})
    assert len(near) == 10
    assert min(hit.entry.facts["n"] for hit in near) >= 1000
    exact = store.vectors()[1] @ np.array([1, 0, 0], np.float32)
    assert [h.score for h in near] == pytest.approx(sorted(exact[1000:])[:-11:-1], abs=1e-6)
    assert "entry_vector_idx" in plan(store, "true ORDER BY vector <#> '[1,0,0]' LIMIT 5")
    assert "entry_facts_idx" in plan(store, "facts @> '{\"n\": 3}'")
    store.close()


@pytest.mark.parametrize("address", ["postgresql://nobody@localhost:1/none", "postgresql://%"])
def test_a_server_that_is_not_there(address: str) -> None:
    with pytest.raises(LibraryError, match="library 'library'"):
        PostgresStore.open(address, model=MODEL, dim=DIM)


def test_a_library_of_whatever_model(place: Schema) -> None:
    with pytest.raises(LibraryError, match="made_with"):
        PostgresStore.open_any(place.address)
    store = place.open()
    store.add(ENTRIES, VECTORS)
    store.close()
    other = PostgresStore.open_any(place.address)
    assert (other.model, other.dim, other.count()) == (MODEL, DIM, len(ENTRIES))
    other.close()


def test_a_library_of_another_version_is_refused(place: Schema) -> None:
    store = place.open()
    store._run(lambda connection: connection.execute("UPDATE made_with SET version = 0"))
    store.close()
    with pytest.raises(LibraryError, match="has version 0, but this program reads 1"):
        PostgresStore.open_any(place.address)
    with pytest.raises(LibraryError, match="version 0"):
        place.open()


def test_what_a_server_cannot_keep_is_refused(place: Schema) -> None:
    store = place.open()
    with pytest.raises(LibraryError, match="NUL"):
        store.add([known("a"), Entry(title="a\0b", text="", digest="b")], [[1, 0, 0]] * 2)
    assert store.count() == 0
    store.close()
