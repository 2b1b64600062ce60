"""The search of a large library, by codes, on vectors of any number: what it loses to exact search.

places = nearest_by_codes(volumes, texts, 10)        # (q, 10), the best first
lost = 1 - overlap(places, nearest_exactly(volumes, texts, 10))
"""

import faiss
import numpy as np
from numpy.typing import NDArray

from med3dvlm.retrieval.segment import candidates, coded
from med3dvlm.retrieval.tuning import tuned

Vectors = NDArray[np.float32]
Ints = NDArray[np.int64]


def nearest_exactly(rows: Vectors, queries: Vectors, k: int) -> Ints:
    """Places (q, k) of the nearest rows by comparing all; both are unit vectors."""
    places: Ints = faiss.knn(queries, rows, k, metric=faiss.METRIC_INNER_PRODUCT)[1]
    return places


def nearest_by_codes(rows: Vectors, queries: Vectors, k: int) -> Ints:
    """The same as a library above the size of exact search finds them, with its own setting."""
    lists = round(len(rows) ** 0.5)
    codes = coded(rows, lists)
    setting = tuned(rows, lambda *how: candidates(codes, *how), lists)
    if setting.exact:
        return nearest_exactly(rows, queries, k)
    found = np.empty((len(queries), k), np.int64)
    for row, query in enumerate(queries):
        places = candidates(codes, query, max(setting.rerank, k), setting.probes)
        best = np.argsort(-(rows[places] @ query), kind="stable")[:k]
        found[row] = np.pad(places[best], (0, k - len(best)), constant_values=-1)
    return found


def overlap(found: Ints, truth: Ints) -> float:
    """Share of the nearest that were found: of (q, k) and (q, k)."""
    return float(np.mean([np.isin(t, f).mean() for f, t in zip(found, truth, strict=True)]))
