"""A library: entries (SQLite) and their vectors (FAISS), kept in sync.

    with Library.open(folder, model="med3dvlm-phantom-1") as library:
        for hit in library.search(query_vector, k=5):
            print(hit.score, hit.entry.title)

The store is authoritative and is written first; the index can always be rebuilt from it. So a
crash between the two loses nothing: the next `open` compares them and repairs the index.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from med3dvlm.errors import LibraryError, OtherModelError
from med3dvlm.retrieval.entry import Entry, Hit
from med3dvlm.retrieval.index import VectorIndex, unit_vectors
from med3dvlm.retrieval.store import Store
from med3dvlm.retrieval.where import Where, checked, fits

STORE_NAME = "library.sqlite"
INDEX_NAME = "vectors.faiss"
SAME_VECTOR = 1e-6  # a unit vector may lose its last bit in the index

logger = logging.getLogger(__name__)


def nothing(_: Entry) -> bool:
    """Leaves no entry out."""
    return False


class Library:
    """Entries that can be searched by vector. Any thread may call any method.

    Attributes:
        model: key of the model that made the vectors.
        dim: length of a vector.
        repaired: how many vectors `open` had to add, replace or remove in the index.
        note: what whoever searches should know of it, set by who opened it; empty for nothing.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._lock = threading.RLock()
        self.model = store.model
        self.dim = store.dim
        self._index = VectorIndex(self.dim)
        self._seen = store.foreign_changes()
        self.repaired = 0
        self.note = ""

    @classmethod
    def create(cls, folder: Path, *, dim: int, model: str) -> "Library":
        """A new, empty library in `folder`, which is created if missing.

        Raises:
            LibraryError: the library exists already, or the folder can't be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"{folder}: can't be created ({error.strerror})") from error
        library = cls(Store.create(folder / STORE_NAME, dim=dim, model=model), folder)
        library.save()
        return library

    @classmethod
    def open(cls, folder: Path, *, model: str) -> "Library":
        """The library in `folder`; writes nothing, so a read-only folder is fine.

        If index and store disagree, the index is repaired in memory; the next change or `save`
        writes it.

        Raises:
            LibraryError: there is none, or it can't be read.
            OtherModelError: another model made its vectors.
        """
        store = Store.open(folder / STORE_NAME)
        try:
            library = cls(store, folder)
            if library.model != model:
                raise OtherModelError(
                    f"{folder}: the vectors were made by the model {library.model!r}, the one "
                    f"loaded is {model!r}. Rebuild the library: embed its volumes with "
                    f"{model!r} into a new one."
                )
            library._load_index(folder / INDEX_NAME)
        except LibraryError:
            store.close()
            raise
        except (ValueError, TypeError) as error:  # bytes that SQLite takes, but no text or vector
            store.close()
            raise LibraryError(
                f"{folder}: the library is damaged ({type(error).__name__})"
            ) from error
        return library

    def __enter__(self) -> "Library":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._store)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries())

    def add(self, entries: Sequence[Entry], vectors: ArrayLike) -> list[int]:
        """Add all entries or none; returns their ids.

        A digest that is already in its collection is not added twice: the entry keeps its id and
        position, and everything else, its vector included, is replaced.

        Args:
            entries: metadata of each volume; their `id` is ignored.
            vectors: (n, dim), of any length but zero.

        Raises:
            LibraryError: a vector has the wrong shape or no direction, or can't be written.
        """
        rows = unit_vectors(vectors, self.dim) if entries else np.empty((0, self.dim), np.float32)
        with self._lock:
            self._catch_up()
            ids = self._store.put(entries, rows)
            latest = dict(zip(ids, rows, strict=True))
            if latest:
                self._index.put(list(latest), np.stack(list(latest.values())))
            self.save()
        return ids

    def remove(self, ids: Collection[int]) -> int:
        """Remove these entries; returns how many existed."""
        with self._lock:
            self._catch_up()
            removed = self._store.drop(ids)
            self._index.remove(ids)
            self.save()
        return removed

    def search(
        self,
        vector: ArrayLike,
        k: int,
        *,
        where: Where | None = None,
        among: Collection[int] | None = None,
        leaving_out: Callable[[Entry], bool] = nothing,
    ) -> list[Hit]:
        """The `k` entries nearest to a vector, best first.

        Args:
            vector: (dim,), of any length but zero.
            k: at most how many.
            where: conditions that an entry must meet (`med3dvlm/retrieval/where.py`).
            among: if given, only these ids are searched.
            leaving_out: tells of an entry that is not to be found, such as the one searched with.
        """
        wanted = k
        while True:
            found = self._nearest(vector, wanted, where, among)
            kept = [hit for hit in found if not leaving_out(hit.entry)][:k]
            if len(kept) >= k or len(found) < wanted:
                return kept
            wanted *= 2

    def _nearest(
        self, vector: ArrayLike, k: int, where: Where | None, among: Collection[int] | None
    ) -> list[Hit]:
        with self._lock:
            self._catch_up()
            if where:
                ids = set(self.ids(where))
                among = ids if among is None else ids & set(among)
            found = self._index.search(vector, k, among=among)
            entries = self._store.get([entry_id for entry_id, _ in found])
        # an entry that another process has just removed is left out
        return [Hit(entries[entry_id], score) for entry_id, score in found if entry_id in entries]

    def entry(self, entry_id: int) -> Entry:
        """One entry.

        Raises:
            LibraryError: there is no such entry.
        """
        found = self._store.get([entry_id])
        if entry_id not in found:
            raise LibraryError(f"the library has no entry with the id {entry_id}")
        return found[entry_id]

    def get(self, ids: Collection[int]) -> dict[int, Entry]:
        """These entries by id, in the order added; unknown ids are left out."""
        return self._store.get(ids)

    def ids(self, where: Where | None = None) -> list[int]:
        """The ids in the order added, of all entries or of those that meet the conditions."""
        conditions = checked(where)
        every = self._store.ids()
        if not conditions:
            return every
        return [one for one, entry in self._store.get(every).items() if fits(conditions, entry)]

    def count(self, where: Where | None = None) -> int:
        """How many entries there are, or meet the conditions."""
        return len(self.ids(where)) if where else len(self)

    def entries(self, where: Where | None = None) -> list[Entry]:
        """All entries in the order added, or those that meet the conditions."""
        return list(self._store.get(self.ids(where)).values())

    def vectors(self, ids: Collection[int] | None = None) -> tuple[list[int], NDArray[np.float32]]:
        """Ids in the order added, and their unit vectors (n, dim): all, or these."""
        return self._store.vectors(ids)

    def save(self) -> None:
        """Write the index file; entries are on disk as soon as `add` or `remove` returns."""
        with self._lock:
            self._index.save(self._folder / INDEX_NAME)

    def close(self) -> None:
        """Close the files; the library can't be used afterwards."""
        with self._lock:
            self._store.close()

    def _load_index(self, path: Path) -> None:
        try:
            index = VectorIndex.load(path)
        except LibraryError as error:
            logger.warning("%s; rebuilding it from the library's entries", error)
        else:
            if index.dim == self.dim:
                self._index = index
        self.repaired = self._mend()
        if self.repaired:
            logger.warning("%s: repaired %d vectors of the search index", path, self.repaired)

    def _catch_up(self) -> None:
        """Pick up changes that another process has written."""
        now = self._store.foreign_changes()
        if now != self._seen:
            self._mend()
            self._seen = now

    def _mend(self) -> int:
        """Make the index match the store; returns how many vectors changed."""
        ids, rows = self._store.vectors()
        held = set(self._index.ids)
        stale = held - set(ids)
        wrong = np.array([entry_id not in held for entry_id in ids], dtype=bool)
        common = np.flatnonzero(~wrong)
        indexed = self._index.vectors([ids[place] for place in common])
        wrong[common] = (np.abs(indexed - rows[common]) > SAME_VECTOR).any(axis=1)
        self._index.remove(stale)
        self._index.put([ids[place] for place in np.flatnonzero(wrong)], rows[wrong])
        return len(stale) + int(wrong.sum())
