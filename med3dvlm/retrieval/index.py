"""The vectors that a library has had since its index was sealed: exact cosine search in memory.

The usual calls:

    index = VectorIndex(dim=512)
    index.put([7, 8], vectors)
    index.search(query, k=5)    # [(8, 0.91), (7, 0.40)]
"""

from collections.abc import Collection, Sequence
from typing import Any

import faiss
import numpy as np
from numpy.typing import ArrayLike, NDArray

from med3dvlm.errors import LibraryError

Vectors = NDArray[np.float32]
NO_HIT = -1  # FAISS fills up with this id when it finds fewer than k


def unit_vectors(vectors: ArrayLike, dim: int) -> Vectors:
    """Rows of length 1 in the direction of `vectors`: (dim,) or (n, dim) to (n, dim).

    Raises:
        LibraryError: the width is not `dim`, or a row is zero or not finite.
    """
    rows = np.atleast_2d(np.asarray(vectors, dtype=np.float64))
    if rows.ndim != 2 or rows.shape[1] != dim:
        raise LibraryError(
            f"the vectors have shape {rows.shape}, but this library needs {dim} numbers each. "
            "Use the model that the library was built with, or rebuild the library."
        )
    with np.errstate(over="ignore"):  # overflow gives infinity, which is refused
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    aimless = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if aimless.size:
        raise LibraryError(
            f"vector {aimless[0]} of {len(rows)} is zero or not finite, so it has no direction. "
            "Check the scan or text it was made from."
        )
    return np.ascontiguousarray(rows / lengths, dtype=np.float32)


class VectorIndex:
    """Inner-product search over unit vectors with integer ids. Not thread-safe by itself."""

    def __init__(self, dim: int) -> None:
        self._faiss: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dim))

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return int(self._faiss.d)

    @property
    def ids(self) -> list[int]:
        """The ids in the index, in no particular order."""
        return [int(i) for i in faiss.vector_to_array(self._faiss.id_map)]

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def put(self, ids: Sequence[int], vectors: ArrayLike) -> None:
        """Normalise and add vectors; existing ids are replaced.

        Args:
            ids: one for each row, all different.
            vectors: (n, dim), of any length but zero.
        """
        rows = unit_vectors(vectors, self.dim)
        assert len(ids) == len(rows) == len(set(ids)), "one id for each vector, all different"
        self.remove(ids)
        self._faiss.add_with_ids(rows, np.asarray(ids, dtype=np.int64))

    def remove(self, ids: Collection[int]) -> int:
        """Remove these ids; returns how many existed."""
        return int(self._faiss.remove_ids(np.asarray(list(ids), dtype=np.int64)))

    def search(
        self, vector: ArrayLike, k: int, *, among: Collection[int] | None = None
    ) -> list[tuple[int, float]]:
        """The `k` nearest as (id, cosine), best first, equal scores by id.

        Args:
            vector: (dim,), of any length but zero.
            k: at most how many.
            among: if given, only these ids are searched.
        """
        query = unit_vectors(vector, self.dim)
        assert len(query) == 1, "one query at a time"
        k = min(k, len(self))
        if k < 1:
            return []
        params = None
        if among is not None:
            chosen = np.asarray(list(among), dtype=np.int64)
            # faiss's stub file doesn't know the keywords its Python wrapper takes
            params = faiss.SearchParameters(sel=faiss.IDSelectorBatch(chosen))  # type: ignore[call-arg]
        scores, ids = self._faiss.search(query, k, params=params)
        found = [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i != NO_HIT]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """The unit vectors under these ids: (n, dim).

        Raises:
            LibraryError: an id has no vector.
        """
        missing = set(ids) - set(self.ids)
        if missing:
            raise LibraryError(f"there is no vector with the id {min(missing)}")
        rows: Vectors = self._faiss.reconstruct_batch(np.asarray(ids, dtype=np.int64))
        return rows
