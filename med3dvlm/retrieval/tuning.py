"""By which rule a library is searched: exactly, or by codes, and how many of them.

    search = tuned(rows, candidates, lists_for(len(rows)))
    search.probes, search.rerank, search.recall

Up to `EXACT_UP_TO` vectors each is compared. Above, codes in inverted lists choose candidates, and
how many lists and candidates that takes is measured on the library itself: the fewest with a recall
of `WANTED` against exact search. Where no setting reaches it, the search stays exact. The decision
page docs/decisions/index-by-size.md has the figures.
"""

from collections.abc import Callable
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Ints = NDArray[np.int64]
Candidates = Callable[[Vectors, int, int], Ints]
EXACT_UP_TO = 20_000
WANTED = 0.995  # of the ten nearest; a little more than is promised, as it is measured on few
NEAREST = 10
QUERIES = 96
RERANKS = (64, 256, 1024, 4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How codes are searched.

    Attributes:
        lists: into how many lists the codes are divided, 0 for exact search.
        probes: how many of them are looked through.
        rerank: how many candidates are compared by their true vectors.
        recall: share of the ten nearest that this found when it was chosen.
    """

    lists: int = 0
    probes: int = 0
    rerank: int = 0
    recall: float = 1.0

    @property
    def exact(self) -> bool:
        """Whether every vector is compared."""
        return self.lists == 0


EXACT = Search()


def lists_for(count: int) -> int:
    """Into how many lists so many codes are divided: about the square root; none for a few."""
    return 0 if count <= EXACT_UP_TO else round(count**0.5)


def tuned(rows: Vectors, candidates: Candidates, lists: int) -> Search:
    """The cheapest setting with the recall that is wanted; `EXACT` if there is none.

    Args:
        rows: (n, dim) unit vectors.
        candidates: places of candidates for a query, given how many and how many lists.
        lists: how many lists there are.
    """
    queries = sample_queries(rows, QUERIES)
    truth = faiss.knn(queries, rows, NEAREST, metric=faiss.METRIC_INNER_PRODUCT)[1]

    def recall(rerank: int, probes: int) -> float:
        found = [candidates(query, rerank, probes) for query in queries]
        return float(np.mean([np.isin(t, f).mean() for t, f in zip(truth, found, strict=True)]))

    enough = (rerank for rerank in RERANKS if recall(rerank, lists) >= WANTED)
    rerank = next(enough, None)
    if rerank is None:
        return EXACT
    probes = 1
    while (reached := recall(rerank, probes)) < WANTED and probes < lists:
        probes = min(2 * probes, lists)
    return Search(lists=lists, probes=probes, rerank=rerank, recall=reached)


def sample_queries(rows: Vectors, count: int) -> Vectors:
    """Queries to measure with: vectors of the library, and points halfway between two of them.

    A text lies among the volumes, but not on one: the second half is the harder one.
    """
    generator = np.random.default_rng(1)
    first, second = generator.integers(0, len(rows), (2, count))
    queries = np.array(rows[first], np.float32)
    queries[count // 2 :] += rows[second[count // 2 :]]
    queries += 1e-3 * generator.normal(size=queries.shape).astype(np.float32)
    lengths = np.linalg.norm(queries, axis=1, keepdims=True)
    return np.ascontiguousarray(queries / np.maximum(lengths, 1e-9), np.float32)
