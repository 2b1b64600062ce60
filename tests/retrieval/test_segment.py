"""Search by codes beside exact search, on what `tuned` chooses."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval import Entry, Library, tuning
from med3dvlm.retrieval.segment import Made, Segment

COUNT, DIM = 3000, 32


def clustered(seed: int, count: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    middles = np.random.default_rng(9).normal(size=(40, DIM))
    rows = middles[generator.integers(0, 40, count)] + 0.4 * generator.normal(size=(count, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def exact(rows: np.ndarray, query: np.ndarray, chosen: np.ndarray) -> set[int]:
    return set(chosen[np.argsort(-(rows[chosen] @ query))[:10]].tolist())


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A sealed library of 3,000 that is searched by codes; place n has the id n + 1."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tuning, "EXACT_UP_TO", 1000)
        patched.setattr("med3dvlm.retrieval.segment.FEW", 20)
        with Library.create(tmp_path_factory.mktemp("coded"), dim=DIM, model="m") as library:
            entries = [
                Entry(title=str(n), text="", digest=str(n), facts={"third": n % 3, "few": n % 300})
                for n in range(COUNT)
            ]
            library.add(entries, clustered(0, COUNT))
            assert library.seal()
            yield library


def recall(library: Library, where: dict[str, int] | None, chosen: np.ndarray) -> float:
    rows, queries = clustered(0, COUNT), clustered(1, 30)
    shares = []
    for query in queries:
        truth = exact(rows, query, chosen)
        hits = library.search(query, 10, where=where)
        assert len(hits) == 10
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert hits[0].score == pytest.approx(float(rows[hits[0].entry.id - 1] @ query), abs=1e-5)
        shares.append(len(truth & {hit.entry.id - 1 for hit in hits}) / 10)
    return float(np.mean(shares))


def test_codes_find_what_exact_search_finds(coded: Library) -> None:
    assert coded.segment is not None
    search = coded.segment.made.search
    assert 0 < search.probes < search.lists
    assert search.recall >= tuning.WANTED
    assert recall(coded, None, np.arange(COUNT)) >= 0.99


@pytest.mark.parametrize(("key", "value", "modulo"), [("third", 1, 3), ("few", 7, 300)])
def test_filters_hold_inside_the_codes(coded: Library, key: str, value: int, modulo: int) -> None:
    assert recall(coded, {key: value}, np.arange(value, COUNT, modulo)) >= 0.99


def test_removed_and_replaced_are_not_found_in_the_segment(coded: Library) -> None:
    rows = clustered(0, COUNT)
    assert coded.search(rows[5], 1)[0].entry.id == 6
    assert coded.remove([6]) == 1
    assert coded.search(rows[5], 1)[0].entry.id != 6
    again = Entry(title="8", text="", digest="8")
    assert coded.add([again], -rows[8][None]) == [9]
    assert coded.search(rows[8], 1)[0].entry.id != 9
    assert coded.search(-rows[8], 1)[0].entry.id == 9
    coded.add([Entry(title="6", text="", digest="5", facts={"third": 2})], rows[5][None])


def test_damaged_codes_are_told(coded: Library, tmp_path: Path) -> None:
    assert coded.segment is not None
    made = coded.segment.made
    for path in coded.folder.glob("segment-*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    [codes] = tmp_path.glob("*.codes")
    codes.write_bytes(b"no codes")
    with pytest.raises(LibraryError, match="can't be read"):
        Segment(tmp_path, made, DIM)


def test_vectors_without_neighbourhoods_stay_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "RERANKS", (1,))
    rows = clustered(0, 200)
    assert tuning.tuned(rows, lambda *_: np.array([0]), 4) == tuning.EXACT
    assert tuning.EXACT.exact


def test_lists_grow_with_the_root_of_the_size() -> None:
    assert tuning.lists_for(tuning.EXACT_UP_TO) == 0
    assert tuning.lists_for(120_000) == 346
    assert tuning.lists_for(1_000_000) == 1000


@pytest.mark.parametrize("text", ["no json", "{}", '{"search": {"depth": 3}}'])
def test_what_is_known_of_a_segment_must_be_understood(text: str) -> None:
    with pytest.raises(LibraryError, match="unknown form"):
        Made.from_json(text)


def test_files_of_another_size_are_told(coded: Library, tmp_path: Path) -> None:
    assert coded.segment is not None
    made = coded.segment.made
    with pytest.raises(LibraryError, match="can't be read"):
        Segment(tmp_path, made, DIM)
    for path in coded.folder.glob("segment-*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(LibraryError, match="bytes, not"):
        Segment(tmp_path, replace(made, count=COUNT + 1), DIM)
