"""The narrow interface behind which a library of volumes lies: in a folder, or in a server.

    hits = store.search(vector, 10, where={"region": "chest"})
    ids = store.add([Entry(title="Case 7", text=report, digest=digest)], vectors)

`Library` is the one of a folder. Whatever else keeps vectors is an adapter that passes the same
tests (`tests/retrieval/contract.py`).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.entry import Entry, Glance, Hit
from med3dvlm.retrieval.where import Where

BATCH = 1000
Progress = Callable[[int, int], None]


def nobody(_done: int, _of: int) -> None:
    """Ignores progress."""


class VectorReader(Protocol):
    """Entries that can be searched by vector. Any thread may call any method.

    Errors are `LibraryError`s.
    """

    model: str
    dim: int

    def search(
        self,
        vector: ArrayLike,
        k: int,
        *,
        where: Where | None = None,
        among: Collection[int] | None = None,
    ) -> list[Hit]:
        """The `k` entries nearest to a vector by cosine, best first, equal scores by id.

        Args:
            vector: (dim,), of any length but zero.
            k: at most how many.
            where: conditions that an entry must meet (`med3dvlm/retrieval/where.py`).
            among: if given, only these ids are searched.
        """

    def get(self, ids: Collection[int]) -> dict[int, Entry]:
        """These entries by id, in the order added; unknown ids are left out."""

    def ids(self, where: Where | None = None) -> list[int]:
        """The ids in the order added, of all entries or of those that meet the conditions."""

    def count(self, where: Where | None = None) -> int:
        """How many entries there are, or meet the conditions."""

    def vectors(self, ids: Collection[int] | None = None) -> tuple[list[int], NDArray[np.float32]]:
        """Ids in the order added, and their unit vectors (n, dim): all, or these."""

    def keys(self) -> list[str]:
        """The names of facts that filters can ask for, those with a value, sorted."""

    def values(self, key: str, most: int = 50) -> list[str]:
        """The most frequent values of a fact or column, as texts, the most frequent first."""

    def glances(self, key: str) -> list[Glance]:
        """Every entry in the order added: what a map shows of it, with its value of a fact."""


class VectorStore(VectorReader, Protocol):
    """Entries that can be changed, too.

    What `add` and `remove` have returned is kept, whatever is killed afterwards.
    """

    def add(self, entries: Sequence[Entry], vectors: ArrayLike) -> list[int]:
        """Add all entries or none; returns their ids, which are never used again for others.

        A digest that is already in its collection is not added twice: the entry keeps its id, and
        everything else, its vector included, is replaced. Vectors (n, dim) of any length but zero.

        Raises:
            LibraryError: a vector has the wrong shape or no direction, or can't be written.
        """

    def remove(self, ids: Collection[int]) -> int:
        """Remove these entries; returns how many existed."""

    def close(self) -> None:
        """Give back files and connections; the store can't be used afterwards."""


def batches_of(
    store: VectorReader, size: int = BATCH
) -> Iterator[tuple[list[Entry], NDArray[np.float32]]]:
    """All entries of a store with their vectors (n, dim), in the order added, batch by batch."""
    ids = store.ids()
    for start in range(0, len(ids), size):
        entries = store.get(ids[start : start + size])
        found, vectors = store.vectors(list(entries))
        yield [entries[one] for one in found], vectors


def copy_into(
    source: VectorReader, target: VectorStore, *, size: int = BATCH, progress: Progress = nobody
) -> int:
    """Copy all entries of one store into another; returns how many.

    Copying again after an interruption replaces what is there already, so nothing is doubled.

    Raises:
        LibraryError: the vectors of the two were made by different models.
    """
    if (source.model, source.dim) != (target.model, target.dim):
        raise LibraryError(
            f"the vectors of {source.model!r} ({source.dim} numbers) can't be put among those of "
            f"{target.model!r} ({target.dim}). Embed the volumes with the other model instead."
        )
    copied, of = 0, source.count()
    for entries, vectors in batches_of(source, size):
        copied += len(target.add(entries, vectors))
        progress(copied, of)
    return copied
