"""Retrieval metrics: at which rank does a query find its partner?

    similarity = cosine_similarity(text_vectors, volume_vectors)
    scores = retrieval_scores(similarity)          # row i belongs to column i
    scores.recall[1], scores.chance[1]

Equal similarities have no order, so a tie counts as the average over all orders: a model that
gives the same vector to everything scores exactly chance, and two volumes with the same text
share the hit.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

DEFAULT_KS = (1, 5, 10)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """How well queries find their partners; each recall maps k to a share from 0 to 1.

    Attributes:
        recall: share of queries with a partner among the first k.
        chance: the same for a random order.
        median_rank: of the best partner, 1 is best; a tie gives its mean rank.
        queries: how many.
    """

    recall: dict[int, float]
    chance: dict[int, float]
    median_rank: float
    queries: int


@dataclass(frozen=True, slots=True)
class _Placement:
    """Rank of the best partner of each query: all fields (queries,).

    Attributes:
        better: non-partners strictly more similar than the best partner.
        tied: non-partners exactly as similar.
        partners: partners at the best partner's similarity, at least 1.
    """

    better: Ints
    tied: Ints
    partners: Ints

    def hits(self, k: int) -> Floats:
        """Probability that a partner is among the first k, ties in random order.

        Of `tied + partners` equal candidates the first `k - better` are seen; all of them are
        non-partners with probability C(tied, seen) / C(tied + partners, seen).
        """
        missed = np.ones(len(self.better))
        seen = k - self.better
        for turn in range(k):
            left = np.maximum(self.tied + self.partners - turn, 1)
            drawn = np.maximum(self.tied - turn, 0) / left
            missed *= np.where(turn < seen, drawn, 1.0)
        return np.asarray(1.0 - missed, dtype=np.float64)

    def ranks(self) -> Floats:
        """Expected rank of the first partner: 1 + better + tied / (partners + 1)."""
        return np.asarray(1 + self.better + self.tied / (self.partners + 1), dtype=np.float64)


def cosine_similarity(queries: ArrayLike, candidates: ArrayLike) -> Floats:
    """Cosines of all pairs: (n, dim) and (m, dim) to (n, m)."""
    first, second = (np.asarray(x, dtype=np.float64) for x in (queries, candidates))
    lengths = [np.linalg.norm(x, axis=1, keepdims=True) for x in (first, second)]
    assert all(length.all() for length in lengths), "a zero vector has no direction"
    return np.asarray((first / lengths[0]) @ (second / lengths[1]).T, dtype=np.float64)


def hits_at(similarity: ArrayLike, k: int, *, groups: Sequence[Hashable] | None = None) -> Floats:
    """For each query, 1 if a partner is among the first k, 0 if not, in between for ties: (n,).

    Their mean is recall@k; a bootstrap needs one value per query.

    Args:
        similarity: (n, n), rows are queries, columns candidates, partners on the diagonal.
        k: how many candidates count.
        groups: if given, every candidate of the query's group is a partner.
    """
    return _placement(_square(similarity), groups).hits(k)


def retrieval_scores(
    similarity: ArrayLike,
    *,
    ks: Sequence[int] = DEFAULT_KS,
    groups: Sequence[Hashable] | None = None,
) -> RetrievalScores:
    """Recall@k, chance and median rank of a similarity matrix.

    As in M3D (Bai et al. 2024, arXiv 2404.00578) and Med3DVLM (Xin et al. 2025,
    arXiv 2503.20047), where only the same index is a hit.

    Args:
        similarity: (n, n), rows are queries, columns candidates, partners on the diagonal.
        ks: how many candidates count.
        groups: one key per index, for instance the text; if given, every candidate of the query's
            group is a hit, so that duplicate texts don't count as mistakes.
    """
    table = _square(similarity)
    placed = _placement(table, groups)
    blind = _placement(np.zeros_like(table), groups)
    return RetrievalScores(
        recall={k: float(placed.hits(k).mean()) for k in ks},
        chance={k: float(blind.hits(k).mean()) for k in ks},
        median_rank=float(np.median(placed.ranks())),
        queries=len(table),
    )


def both_directions(
    texts: ArrayLike,
    volumes: ArrayLike,
    *,
    ks: Sequence[int] = DEFAULT_KS,
    groups: Sequence[Hashable] | None = None,
) -> dict[str, RetrievalScores]:
    """`text_to_volume` and `volume_to_text`, each by index and, with `groups`, also by group.

    Args:
        texts: (n, dim) embeddings; text i belongs to volume i.
        volumes: (n, dim) embeddings.
        ks: how many candidates count.
        groups: one key per pair; adds `text_to_volume_grouped`, `volume_to_text_grouped`.
    """
    there = cosine_similarity(texts, volumes)
    scores = {}
    for name, table in (("text_to_volume", there), ("volume_to_text", there.T)):
        scores[name] = retrieval_scores(table, ks=ks)
        if groups is not None:
            scores[f"{name}_grouped"] = retrieval_scores(table, ks=ks, groups=groups)
    return scores


def duplicate_ceiling(groups: Sequence[Hashable], k: int) -> float:
    """The best recall@k by index that any model can expect if a group's members are identical.

    A model that finds the right group can only guess within it: min(1, k / size), averaged.
    """
    same = _same_group(groups)
    sizes = same.sum(axis=1)
    return float(np.minimum(1.0, k / sizes).mean())


def area_under_curve(positives: ArrayLike, negatives: ArrayLike) -> float:
    """Probability that a positive scores above a negative, ties counting half (AUROC)."""
    high = np.asarray(positives, dtype=np.float64)[:, None]
    low = np.asarray(negatives, dtype=np.float64)[None]
    assert high.size, "no positives"
    assert low.size, "no negatives"
    return float(((high > low) + 0.5 * (high == low)).mean())


def _square(similarity: ArrayLike) -> Floats:
    table = np.asarray(similarity, dtype=np.float64)
    assert table.ndim == 2, f"a matrix is expected, got shape {table.shape}"
    assert table.shape[0] == table.shape[1] > 0, f"row i belongs to column i, got {table.shape}"
    assert not np.isnan(table).any(), "a similarity is not a number"
    return table


def _same_group(groups: Sequence[Hashable]) -> NDArray[np.bool_]:
    """Which pairs share a group: (n, n)."""
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    keys = np.array([numbers[group] for group in groups])
    return np.asarray(keys[:, None] == keys[None, :])


def _placement(table: Floats, groups: Sequence[Hashable] | None) -> _Placement:
    partner = np.eye(len(table), dtype=bool) if groups is None else _same_group(groups)
    assert partner.shape == table.shape, f"{len(partner)} groups for {len(table)} queries"
    best = np.where(partner, table, -np.inf).max(axis=1, keepdims=True)
    return _Placement(
        better=np.sum(~partner & (table > best), axis=1),
        tied=np.sum(~partner & (table == best), axis=1),
        partners=np.sum(partner & (table == best), axis=1),
    )
