"""Whether a library is sound, and how its search compares with exact search.

found = check(library)
found.differing, found.recall, found.p99_ms
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from med3dvlm.retrieval.library import Library
from med3dvlm.retrieval.segment import Segment
from med3dvlm.retrieval.tuning import NEAREST, sample_queries
from med3dvlm.retrieval.vector_store import VectorReader

SAME_VECTOR = 1e-6  # a unit vector may lose its last bit
MOST_QUERIES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What `check` found.

    Attributes:
        entries: how many entries there are.
        sealed: how many of them the segment holds.
        unsealed: how many changes are searched beside it.
        how: it is searched, in words.
        differing: ids whose vector in the segment is not the store's.
        repaired: vectors that are searched from the store because the segment's files are bad.
        recall: share of the ten nearest by exact search that the library's search finds.
        p50_ms: median time of a search.
        p99_ms: of a hundred searches, the slowest takes about so long.
        exact_p50_ms: median time of exact search.
    """

    entries: int
    sealed: int
    unsealed: int
    how: str
    differing: tuple[int, ...]
    repaired: int
    recall: float
    p50_ms: float
    p99_ms: float
    exact_p50_ms: float

    @property
    def sound(self) -> bool:
        """Whether the index has what the store has."""
        return not self.differing and not self.repaired


def check(library: VectorReader, *, queries: int = MOST_QUERIES) -> Checkup:
    """Compare index and store, then the library's search with exact search; writes nothing."""
    ids, rows = library.vectors()
    folder = library if isinstance(library, Library) else None
    segment = folder.segment if folder else None
    recall, exact_ms, ours_ms = 1.0, [0.0], [0.0]
    if ids:
        numbers, shares = np.array(ids), []
        exact_ms, ours_ms = [], []
        for query in sample_queries(rows, queries):
            begun = time.perf_counter()
            scores = rows @ query
            between = time.perf_counter()
            hits = library.search(query, NEAREST)
            ours_ms.append(1000 * (time.perf_counter() - between))
            exact_ms.append(1000 * (between - begun))
            shares.append(_share({hit.entry.id for hit in hits}, numbers, scores))
        recall = float(np.mean(shares))
    return Checkup(
        entries=len(ids),
        sealed=len(segment) if segment is not None else 0,
        unsealed=folder.unsealed if folder else 0,
        how=_how(folder),
        differing=_differing(segment, np.array(ids, np.int64), rows),
        repaired=folder.repaired if folder else 0,
        recall=recall,
        p50_ms=float(np.median(ours_ms)),
        p99_ms=float(np.percentile(ours_ms, 99)),
        exact_p50_ms=float(np.median(exact_ms)),
    )


def _share(found: set[int], ids: NDArray[np.int64], scores: NDArray[np.float32]) -> float:
    """Share of the places among the nearest that were filled as well as by exact search."""
    count = min(NEAREST, len(ids))
    least = np.partition(scores, -count)[-count] - SAME_VECTOR
    good = scores[np.isin(ids, list(found))] >= least
    return min(int(good.sum()), count) / count


def _how(folder: Library | None) -> str:
    if folder is None:
        return "by the index of the server"
    if folder.segment is None or folder.segment.made.search.exact:
        return "exact"
    return "by codes, compared by their vectors"


def _differing(
    segment: Segment | None, ids: NDArray[np.int64], rows: NDArray[np.float32]
) -> tuple[int, ...]:
    """Ids of the segment that are not in the store, or with another vector."""
    if segment is None:
        return ()
    alive = np.flatnonzero(segment.alive)
    place = np.searchsorted(ids, segment.ids[alive])
    held = place < len(ids)
    held[held] = ids[place[held]] == segment.ids[alive][held]
    wrong = ~held
    off = np.abs(segment.rows[alive[held]] - rows[place[held]]).max(axis=1, initial=0)
    wrong[held] = off > SAME_VECTOR
    return tuple(segment.ids[alive[wrong]].tolist())
