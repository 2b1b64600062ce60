import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.index import VectorIndex, unit_vectors


@pytest.fixture
def index() -> VectorIndex:
    """(3, 4), (1, 0) and (0, 2) under 10, 20 and 30: cosines with (1, 0) are 0.6, 1 and 0."""
    index = VectorIndex(2)
    index.put([10, 20, 30], [[3, 4], [1, 0], [0, 2]])
    return index


def test_best_is_first_with_its_cosine(index: VectorIndex) -> None:
    found = index.search([5, 0], 3)
    assert [entry_id for entry_id, _ in found] == [20, 10, 30]
    assert [score for _, score in found] == pytest.approx([1.0, 0.6, 0.0])


def test_k_limits_and_may_exceed_the_index(index: VectorIndex) -> None:
    assert len(index.search([1, 0], 2)) == 2
    assert len(index.search([1, 0], 99)) == 3
    assert index.search([1, 0], 0) == []
    assert VectorIndex(2).search([1, 0], 5) == []


def test_equal_scores_come_by_id() -> None:
    index = VectorIndex(2)
    index.put([9, 3, 6], [[1, 0], [2, 0], [3, 0]])
    assert [entry_id for entry_id, _ in index.search([1, 0], 3)] == [3, 6, 9]


def test_only_the_named_ids_are_searched(index: VectorIndex) -> None:
    assert [i for i, _ in index.search([1, 0], 3, among=[30, 10, 77])] == [10, 30]
    assert index.search([1, 0], 3, among=[]) == []


def test_put_replaces_an_id(index: VectorIndex) -> None:
    index.put([20], [[0, 1]])
    assert len(index) == 3
    assert index.vectors([20]) == pytest.approx(np.array([[0, 1]]))


def test_remove_counts_what_was_there(index: VectorIndex) -> None:
    assert index.remove([10, 99]) == 1
    assert sorted(index.ids) == [20, 30]
    with pytest.raises(LibraryError, match="no vector with the id 10"):
        index.vectors([20, 10])


def test_vectors_are_kept_at_length_one(index: VectorIndex) -> None:
    vectors = index.vectors([20, 10])
    assert vectors == pytest.approx(np.array([[1, 0], [0.6, 0.8]]))
    assert vectors.dtype == np.float32
    assert index.vectors([]).shape == (0, 2)


@pytest.mark.parametrize("bad", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0], [1e300, 1e300]])
def test_a_vector_without_direction_is_refused(index: VectorIndex, bad: list[float]) -> None:
    with pytest.raises(LibraryError, match="vector 1 of 2 is zero or not finite"):
        index.put([1, 2], [[1, 0], bad])
    with pytest.raises(LibraryError, match="no direction"):
        index.search(bad, 1)


@pytest.mark.parametrize("bad", [np.ones(3), np.ones((1, 1, 2))])
def test_another_width_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(LibraryError, match="needs 2 numbers"):
        unit_vectors(bad, 2)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 30), k=st.integers(1, 35))
def test_search_equals_sorting_all_cosines(seed: int, count: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    vectors, query = rng.normal(size=(count, 5)), rng.normal(size=5)
    ids = [int(i) for i in rng.permutation(1000)[:count]]
    index = VectorIndex(5)
    index.put(ids, vectors)
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    slow = sorted(zip(-(vectors @ query) / lengths, ids, strict=True))[:k]
    found = index.search(query, k)
    assert [i for i, _ in found] == [i for _, i in slow]
    assert [s for _, s in found] == pytest.approx([-s for s, _ in slow], abs=1e-5)
