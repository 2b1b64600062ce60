"""What every store of vectors must do: the tests that a folder's library and each adapter passes.

    class TestLibrary(StoreContract):
        @pytest.fixture
        def place(self, tmp_path): ...      # where a store is; its `open` opens it (again)

`place.open(model=..., dim=...)` makes the store on the first call and opens it on later ones.
"""

import threading
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import pytest

from med3dvlm.errors import LibraryError, OtherModelError
from med3dvlm.retrieval.entry import Entry
from med3dvlm.retrieval.vector_store import VectorStore, batches_of, copy_into
from med3dvlm.retrieval.where import checked, fits

MODEL, DIM = "phantom-1", 3
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"


class Place(Protocol):
    """Where a store is kept between two openings."""

    def open(self, *, model: str = MODEL, dim: int = DIM) -> VectorStore: ...


def known(digest: str, collection: str = "", **facts: object) -> Entry:
    return Entry(
        title=f"case {digest}", text=f"Report of {digest}: 5 mm, \N{BULLET} 'x'; --", digest=digest,
        collection=collection, source=f"phantom:{digest}", thumbnail=PNG, facts=facts,
        added="2026-11-29T12:00:00Z",
    )  # fmt: skip


# Cosines with (1, 0, 0): 1, 0.6, 0, and -1.
ENTRIES = (
    known("a", region="chest", kinds=["nodule", "ascites"], size=12.5),
    known("b", region="abdomen", kinds=["ascites"], size=3),
    known("c", "other", region="chest", kinds=[], contrast=None, tags=["urgent"]),
    known("d", region="pelvis", size="large", nested={"a": 1}),
)
VECTORS = ((1, 0, 0), (3, 4, 0), (0, 0, 2), (-5, 0, 0))
FILTERS = (
    {"region": "chest"}, {"region": ["chest", "pelvis"]}, {"kinds": "ascites"},
    {"kinds": ["nodule", "stone"], "region": "chest"}, {"size": {"from": 3, "to": 12.5}},
    {"size": {"from": 4}}, {"size": "large"}, {"collection": "other"}, {"tags": "urgent"},
    {"source": {"starts": "phantom:"}}, {"source": {"starts": "file:"}}, {"digest": ["a", "d"]},
    {"region": []}, {"unknown": 1}, {"contrast": "none"}, {"region": {"from": "b", "to": "chest"}},
    {"it's \"so\"": "x"}, {"size": {"to": "large"}},
    {"added": {"from": "2026-11-29", "to": "2026-11-29"}}, {"added": {"to": "2026-11-28"}},
)  # fmt: skip


def content(entries: list[Entry]) -> list[tuple[object, ...]]:
    """All of the entries but the ids."""
    return [
        (e.title, e.text, e.digest, e.collection, e.source, e.thumbnail, e.facts, e.added)
        for e in entries
    ]


def everything(store: VectorStore) -> list[Entry]:
    return list(store.get(store.ids()).values())


def digests(store: VectorStore, k: int = 9, **how: object) -> list[str]:
    return [hit.entry.digest for hit in store.search([1, 0, 0], k, **how)]


class StoreContract:
    """Subclass it with a fixture `place`."""

    @pytest.fixture
    def store(self, place: Place) -> Iterator[VectorStore]:
        store = place.open()
        store.add(ENTRIES, VECTORS)
        yield store
        store.close()

    def test_search_ranks_by_cosine(self, store: VectorStore) -> None:
        hits = store.search([7, 0, 0], 3)
        assert [hit.entry.digest for hit in hits] == ["a", "b", "c"]
        assert [hit.score for hit in hits] == pytest.approx([1, 0.6, 0], abs=1e-5)
        assert hits[0].entry == store.get([hits[0].entry.id])[hits[0].entry.id]

    def test_few_and_many(self, store: VectorStore) -> None:
        assert digests(store, 0) == []
        assert digests(store, 1) == ["a"]
        assert digests(store, 500) == ["a", "b", "c", "d"]

    def test_equal_scores_come_by_id(self, store: VectorStore) -> None:
        store.add([known("e"), known("f")], [[2, 0, 0], [1, 0, 0]])
        assert digests(store, 3) == ["a", "e", "f"]

    def test_entries_come_back_as_given(self, store: VectorStore) -> None:
        assert content(everything(store)) == content(list(ENTRIES))
        assert list(store.get(store.ids())) == store.ids() == sorted(store.ids())
        assert store.get([10**9]) == {}

    def test_vectors_come_back_at_length_one(self, store: VectorStore) -> None:
        ids, rows = store.vectors()
        assert ids == store.ids()
        assert rows.dtype == np.float32
        assert rows == pytest.approx(np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 0, 1], [-1, 0, 0]]))
        some, two = store.vectors([ids[2], ids[1], 10**9])
        assert some == ids[1:3]
        assert two == pytest.approx(rows[1:3])
        assert store.vectors([])[1].shape == (0, DIM)

    @pytest.mark.parametrize("where", FILTERS, ids=str)
    def test_filters_choose_what_the_definition_says(
        self, store: VectorStore, where: dict[str, object]
    ) -> None:
        chosen = [e for e in everything(store) if fits(checked(where), e)]
        assert store.ids(where) == [e.id for e in chosen]
        assert store.count(where) == len(chosen)
        assert sorted(digests(store, where=where)) == sorted(e.digest for e in chosen)

    def test_filters_hold_before_the_nearest_are_counted(self, store: VectorStore) -> None:
        many = [known(f"m{n}", region="head") for n in range(50)]
        store.add(many, np.tile([1.0, 0.01, 0], (50, 1)))
        assert digests(store, 1, where={"region": "pelvis"}) == ["d"]

    def test_among_ids(self, store: VectorStore) -> None:
        ids = store.ids()
        assert digests(store, among=[ids[3], ids[1], 10**9]) == ["b", "d"]
        assert digests(store, among=ids[:2], where={"region": "abdomen"}) == ["b"]
        assert digests(store, among=[]) == []

    @pytest.mark.parametrize(
        "where", [{"a": None}, {"a": {"near": 1}}, {"a": {}}, {"": 1}], ids=str
    )
    def test_filters_of_another_form_are_refused(
        self, store: VectorStore, where: dict[str, object]
    ) -> None:
        with pytest.raises(LibraryError, match="filter"):
            store.search([1, 0, 0], 3, where=where)

    def test_same_digest_in_its_collection_is_replaced(self, store: VectorStore) -> None:
        ids = store.ids()
        again = Entry(title="new", text="", digest="a", facts={"region": "head"})
        assert store.add([again], [[0, 1, 0]]) == ids[:1]
        assert store.add([known("a", "mine")], [[1, 0, 0]])[0] > ids[-1]
        assert store.count() == 5
        assert store.get(ids[:1])[ids[0]].title == "new"
        assert store.search([0, 1, 0], 1)[0].entry.digest == "a"
        assert store.count({"region": "chest"}) == 1

    def test_when_it_was_added_is_filled_in(self, store: VectorStore) -> None:
        [one] = store.add([Entry(title="t", text="", digest="x")], [[1, 0, 0]])
        assert len(store.get([one])[one].added) == len("2026-11-29T12:00:00Z")

    def test_facts_and_their_values_are_listed(self, store: VectorStore) -> None:
        assert store.keys() == ["kinds", "region", "size", "tags"]
        assert store.values("region") == ["chest", "abdomen", "pelvis"]
        assert store.values("kinds") == ["ascites", "nodule"]
        assert store.values("region", 1) == ["chest"]
        assert store.values("collection") == ["", "other"]
        assert store.values("nested") == store.values('it\'s "so"') == []

    def test_a_glance_at_every_entry(self, store: VectorStore) -> None:
        assert store.glances("kinds") == [
            (number, f"case {digest}", f"phantom:{digest}", value)
            for number, digest, value in zip(
                store.ids(), "abcd", (["nodule", "ascites"], ["ascites"], [], None), strict=True
            )
        ]
        assert [glance.value for glance in store.glances('it\'s "so"')] == [None] * 4

    def test_twice_in_one_call_the_last_counts(self, store: VectorStore) -> None:
        first, second = store.add([known("x", n=1), known("x", n=2)], [[1, 0, 0], [0, 1, 0]])
        assert first == second
        assert store.get([first])[first].facts == {"n": 2}
        assert store.vectors([first])[1] == pytest.approx(np.array([[0, 1, 0]]))

    def test_removed_is_gone_and_its_id_not_used_again(self, store: VectorStore) -> None:
        ids = store.ids()
        assert store.remove([ids[3], 10**9]) == 1
        assert store.remove([ids[3]]) == store.remove([]) == 0
        assert digests(store) == ["a", "b", "c"]
        assert store.count({"region": "pelvis"}) == 0
        assert store.add([known("d")], [[0, 1, 0]])[0] > ids[3]

    def test_adding_nothing(self, store: VectorStore) -> None:
        assert store.add([], []) == []
        assert store.count() == 4

    @pytest.mark.parametrize("bad", [[0, 0, 0], [np.nan, 0, 1], [np.inf, 0, 0], [1, 0]])
    def test_a_bad_vector_adds_nothing(self, store: VectorStore, bad: list[float]) -> None:
        with pytest.raises((LibraryError, ValueError)):
            store.add([known("x"), known("y")], [[1, 0, 0], bad])
        with pytest.raises(LibraryError):
            store.search(bad, 1)
        assert store.count() == 4

    def test_facts_that_are_no_json_add_nothing(self, store: VectorStore) -> None:
        with pytest.raises(LibraryError, match="JSON"):
            store.add([known("x"), known("y", bad=object())], [[1, 0, 0], [1, 0, 0]])
        assert store.count() == 4

    def test_all_is_there_after_opening_again(self, store: VectorStore, place: Place) -> None:
        ids, before = store.ids(), everything(store)
        store.remove(ids[1:2])
        store.close()
        again = place.open()
        assert everything(again) == before[:1] + before[2:]
        assert digests(again) == ["a", "c", "d"]
        assert (again.model, again.dim) == (MODEL, DIM)
        again.close()

    def test_another_model_is_refused(self, store: VectorStore, place: Place) -> None:
        with pytest.raises(OtherModelError, match=r"phantom-1"):
            place.open(model="another")

    def test_a_second_reader_sees_what_is_written(self, store: VectorStore, place: Place) -> None:
        other = place.open()
        store.add([known("x")], [[1, 0, 0.1]])
        store.remove(store.ids()[:1])
        assert digests(other, 2) == ["x", "b"]
        other.close()

    def test_threads_write_and_search_at_once(self, store: VectorStore) -> None:
        failures: list[Exception] = []

        def work(thread: int) -> None:
            rng = np.random.default_rng(thread)
            try:
                for n in range(5):
                    pair = [known(f"{thread}-{n}-{side}") for side in "lr"]
                    left, _ = store.add(pair, rng.normal(size=(2, DIM)))
                    assert len(store.search(rng.normal(size=DIM), 3)) == 3
                    assert store.remove([left]) == 1
            except Exception as error:  # noqa: BLE001 - handed to the test's own thread
                failures.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert store.count() == len(digests(store, 99)) == 4 + 4 * 5

    def test_batches_hold_everything_once(self, store: VectorStore) -> None:
        batches = list(batches_of(store, 3))
        assert [len(entries) for entries, _ in batches] == [3, 1]
        assert [e for entries, _ in batches for e in entries] == everything(store)
        rows = np.concatenate([vectors for _, vectors in batches])
        assert rows == pytest.approx(store.vectors()[1])

    def test_copied_without_loss(self, store: VectorStore, copy_place: Place) -> None:
        copy = copy_place.open()
        assert copy_into(store, copy, size=3) == copy_into(store, copy, size=2) == 4
        assert content(everything(copy)) == content(everything(store))
        assert copy.vectors()[1] == pytest.approx(store.vectors()[1])
        copy.close()
