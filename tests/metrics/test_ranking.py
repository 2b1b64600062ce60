from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from med3dvlm.metrics.ranking import (
    area_under_curve,
    both_directions,
    cosine_similarity,
    duplicate_ceiling,
    hits_at,
    retrieval_scores,
)

# Row 0: the partner is first. Row 1: one is better, one ties. Row 2: both others are better.
BY_HAND = [[0.9, 0.1, 0.2], [0.8, 0.5, 0.5], [0.3, 0.4, 0.1]]


def test_by_index_worked_by_hand() -> None:
    """Ranks 1, 2.5 and 3: the tie is won in half of its two orders."""
    scores = retrieval_scores(BY_HAND, ks=(1, 2, 3))
    assert scores.recall == pytest.approx({1: 1 / 3, 2: (1 + 0.5 + 0) / 3, 3: 1.0})
    assert scores.chance == pytest.approx({1: 1 / 3, 2: 2 / 3, 3: 1.0})
    assert scores.median_rank == 2.5
    assert scores.queries == 3


def test_by_group_worked_by_hand() -> None:
    """1 and 2 share a text. Row 1: two partners tie behind one stranger. Row 2: a partner leads.

    Chance at 1: a query of the lone text finds 1 of 3, the other two find 2 of 3.
    Chance at 2: 2/3, and 1 - (1/3)(0/2) = 1.
    """
    scores = retrieval_scores(BY_HAND, ks=(1, 2), groups=["lone", "same", "same"])
    assert scores.recall == pytest.approx({1: 2 / 3, 2: 1.0})
    assert scores.chance == pytest.approx({1: (1 + 2 + 2) / 9, 2: (2 + 3 + 3) / 9})
    assert scores.median_rank == 1.0


def test_partners_and_strangers_tied() -> None:
    """Two partners and two strangers alike: 1 - 2/4 at 1, 1 - (2/4)(1/3) at 2, rank 1 + 2/3."""
    scores = retrieval_scores(np.zeros((4, 4)), ks=(1, 2, 3, 4, 9), groups="aabb")
    assert scores.recall == pytest.approx({1: 1 / 2, 2: 5 / 6, 3: 1.0, 4: 1.0, 9: 1.0})
    assert scores.recall == scores.chance
    assert scores.median_rank == pytest.approx(5 / 3)


def test_one_vector_for_everything_is_chance() -> None:
    """A collapsed model: sorting would give it whatever the order of the files gives."""
    scores = both_directions(np.ones((50, 8)), np.ones((50, 8)))["text_to_volume"]
    assert scores.recall == pytest.approx({1: 0.02, 5: 0.1, 10: 0.2})
    assert scores.median_rank == 25.5


def test_both_directions_worked_by_hand() -> None:
    """Text 0 is nearest to volume 1; both volumes are nearest to text 1."""
    texts, volumes = [[1, 0], [0, 2]], [[3, 4], [0, 5]]
    # cosines: text 0 with volumes (0.6, 0), text 1 with (0.8, 1)
    scores = both_directions(texts, volumes, ks=(1,))
    assert list(scores) == ["text_to_volume", "volume_to_text"]
    assert scores["text_to_volume"].recall == {1: 1.0}
    assert scores["volume_to_text"].recall == {1: 0.5}
    grouped = both_directions(texts, volumes, ks=(1,), groups=["same", "same"])
    assert grouped["volume_to_text"] == scores["volume_to_text"]
    assert grouped["volume_to_text_grouped"].recall == {1: 1.0}
    assert grouped["text_to_volume_grouped"].chance == {1: 1.0}


def test_cosine_worked_by_hand() -> None:
    assert cosine_similarity([[1, 0]], [[3, 4], [0, 5], [-2, 0]]) == pytest.approx(
        np.array([[0.6, 0.0, -1.0]])
    )


def test_ceiling_of_duplicates_worked_by_hand() -> None:
    """Three of one text: 1/3 each at 1, 2/3 at 2; the lone one is always found."""
    groups = ["x", "x", "x", "y"]
    assert duplicate_ceiling(groups, 1) == pytest.approx((3 * (1 / 3) + 1) / 4)
    assert duplicate_ceiling(groups, 2) == pytest.approx((3 * (2 / 3) + 1) / 4)
    assert duplicate_ceiling(groups, 5) == 1.0


def test_ceiling_is_what_a_perfect_model_gets() -> None:
    vectors = np.eye(3)[[0, 0, 1, 2, 2, 2]]
    scores = both_directions(vectors, vectors, ks=(1, 2))
    for k in (1, 2):
        assert scores["text_to_volume"].recall[k] == pytest.approx(
            duplicate_ceiling([0, 0, 1, 2, 2, 2], k)
        )


@settings(deadline=None, max_examples=40)
@given(data=st.data(), n=st.integers(1, 4), k=st.integers(1, 5), grouped=st.booleans())
def test_hits_equal_the_mean_over_all_orders_of_ties(
    data: st.DataObject, n: int, k: int, grouped: bool
) -> None:
    """The slow twin: sort with every order of the candidates, and look."""
    similarity = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n * n, max_size=n * n)))
    similarity = similarity.reshape(n, n)
    groups = data.draw(st.lists(st.sampled_from("ab"), min_size=n, max_size=n))
    keys = groups if grouped else range(n)
    slow, ranks = np.zeros(n), np.zeros(n)
    orders = list(permutations(range(n)))
    for order in orders:
        for query in range(n):
            ranking = sorted(order, key=lambda c, q=query: -similarity[q, c])
            first = [keys[c] == keys[query] for c in ranking].index(True)
            slow[query] += (first < k) / len(orders)
            ranks[query] += (first + 1) / len(orders)
    assert hits_at(similarity, k, groups=groups if grouped else None) == pytest.approx(slow)
    scores = retrieval_scores(similarity, ks=(k,), groups=groups if grouped else None)
    assert scores.median_rank == pytest.approx(np.median(ranks))


@pytest.mark.parametrize("bad", [np.ones(3), np.ones((2, 3)), np.ones((0, 0)), [[np.nan]]])
def test_what_is_no_square_of_numbers_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(AssertionError):
        retrieval_scores(bad)


def test_groups_and_vectors_are_checked() -> None:
    with pytest.raises(AssertionError, match="2 groups for 3 queries"):
        retrieval_scores(BY_HAND, groups="ab")
    with pytest.raises(AssertionError, match="no direction"):
        cosine_similarity([[0, 0]], [[1, 0]])


def test_area_under_curve_by_hand() -> None:
    assert area_under_curve([3, 4], [1, 2]) == 1
    assert area_under_curve([1, 2], [3]) == 0
    assert area_under_curve([2, 2, 5], [2, 1]) == pytest.approx((0.5 + 1 + 0.5 + 1 + 1 + 1) / 6)
