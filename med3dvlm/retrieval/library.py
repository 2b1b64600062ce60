"""A library: entries (SQLite) and their vectors (FAISS), kept in sync.

    with Library.open(folder, model="med3dvlm-phantom-1") as library:
        for hit in library.search(query_vector, k=5, where={"region": "chest"}):
            print(hit.score, hit.entry.title)

The store is authoritative: what it has committed is kept, whatever is killed afterwards. The index
is a sealed segment that is mapped into memory, and the changes since, which are few and searched
exactly. Each knows up to which change it goes, so that a library is opened by reading the rest, and
an addition costs what is added. When the rest is long, another segment is written beside.
"""

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from med3dvlm.errors import LibraryError, OtherModelError
from med3dvlm.retrieval.entry import Entry, Glance, Hit
from med3dvlm.retrieval.index import unit_vectors
from med3dvlm.retrieval.live_index import LiveIndex
from med3dvlm.retrieval.sealing import SEAL_AFTER, STORE_NAME, is_due, seal
from med3dvlm.retrieval.segment import Segment
from med3dvlm.retrieval.store import Store
from med3dvlm.retrieval.where import Where

KEPT_FILTERS = 32

logger = logging.getLogger(__name__)


class Library:
    """Entries that can be searched by vector. Any thread may call any method.

    Attributes:
        model: key of the model that made the vectors.
        dim: length of a vector.
        folder: where it is.
        seal_after: after how many changes a segment is written.
        note: what whoever searches should know of it, set by who opened it; empty for nothing.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._lock = threading.RLock()
        self._sealing: threading.Thread | None = None
        self._filters: dict[str, NDArray[np.int64]] = {}
        self._filtered = 0
        self.folder = folder
        self.model = store.model
        self.dim = store.dim
        self.seal_after = SEAL_AFTER
        self.note = ""
        self._index = LiveIndex(store, folder)

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
        return cls(Store.create(folder / STORE_NAME, dim=dim, model=model), folder)

    @classmethod
    def open(cls, folder: Path, *, model: str) -> "Library":
        """The library in `folder`; writes nothing, so a read-only folder is fine.

        Raises:
            LibraryError: there is none, or it can't be read.
            OtherModelError: another model made its vectors.
        """
        library = cls.open_any(folder)
        if library.model != model:
            library.close()
            raise OtherModelError(
                f"{folder}: the vectors were made by the model {library.model!r}, the one "
                f"loaded is {model!r}. Rebuild the library: embed its volumes with "
                f"{model!r} into a new one."
            )
        return library

    @classmethod
    def open_any(cls, folder: Path) -> "Library":
        """The library in `folder`, whichever model made it: to check, copy or convert it.

        Raises:
            LibraryError: there is none, or it can't be read.
        """
        store = Store.open(folder / STORE_NAME)
        try:
            return cls(store, folder)
        except LibraryError:
            store.close()
            raise
        except (ValueError, TypeError) as error:  # bytes that SQLite takes, but no text or vector
            store.close()
            raise LibraryError(
                f"{folder}: the library is damaged ({type(error).__name__})"
            ) from error

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

    @property
    def segment(self) -> Segment | None:
        """The sealed part of the index; None while there is none."""
        return self._index.segment

    @property
    def repaired(self) -> int:
        """How many vectors were taken from the store because the index's files are bad."""
        return self._index.repaired

    @property
    def unsealed(self) -> int:
        """How many changes are not in the segment."""
        return self._store.last_change() - self._index.sealed_upto

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
        if len(rows) != len(entries):
            raise LibraryError(f"there are {len(rows)} vectors for {len(entries)} entries")
        with self._lock:
            ids = self._store.put(entries, rows)
            self._index.follow()
        self._seal_if_due()
        return ids

    def remove(self, ids: Collection[int]) -> int:
        """Remove these entries; returns how many existed."""
        with self._lock:
            removed = self._store.drop(ids)
            self._index.follow()
        self._seal_if_due()
        return removed

    def search(
        self,
        vector: ArrayLike,
        k: int,
        *,
        where: Where | None = None,
        among: Collection[int] | None = None,
    ) -> list[Hit]:
        """The `k` entries nearest to a vector, best first.

        Args:
            vector: (dim,), of any length but zero.
            k: at most how many.
            where: conditions that an entry must meet (`med3dvlm/retrieval/where.py`).
            among: if given, only these ids are searched.
        """
        query = unit_vectors(vector, self.dim)
        with self._lock:
            self._index.catch_up()
            ids: Collection[int] | None = among
            if where:
                chosen = self._chosen(where)
                ids = chosen if among is None else set(chosen) & set(among)
            found = self._index.nearest(query[0], k, among=ids)
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
        return self._store.ids(where)

    def count(self, where: Where | None = None) -> int:
        """How many entries there are, or meet the conditions."""
        return len(self.ids(where)) if where else len(self)

    def entries(self, where: Where | None = None) -> list[Entry]:
        """All entries in the order added, or those that meet the conditions."""
        return list(self._store.get(self.ids(where)).values())

    def values(self, key: str, most: int = 50) -> list[str]:
        """The most frequent values of a fact, the most frequent first."""
        return [str(value) for value, _ in self._store.values(key, most)]

    def keys(self) -> list[str]:
        """The names of the facts that entries have, sorted."""
        return self._store.keys()

    def glances(self, key: str) -> list[Glance]:
        """Every entry in the order added: its title, and its value of a fact."""
        return self._store.glances(key)

    def vectors(self, ids: Collection[int] | None = None) -> tuple[list[int], NDArray[np.float32]]:
        """Ids in the order added, and their unit vectors (n, dim): all, or these."""
        return self._store.vectors(ids)

    def seal(self) -> bool:
        """Write a segment of all that is there; False if another process is at it.

        Others, and other threads of this library, search and add meanwhile.

        Raises:
            LibraryError: the files can't be written.
        """
        alone = seal(self.folder)
        with self._lock:
            self._index.catch_up()
        return alone

    def close(self) -> None:
        """Close the files; the library can't be used afterwards."""
        if self._sealing is not None:
            self._sealing.join()
        with self._lock:
            self._store.close()

    def _seal_if_due(self) -> None:
        """Write a segment in the background once the changes since the last are many."""
        sealed = len(self.segment.ids) if self.segment else 0
        busy = self._sealing is not None and self._sealing.is_alive()
        if not busy and is_due(self.unsealed, sealed, after=self.seal_after):
            self._sealing = threading.Thread(target=self._seal_aside, name="seal")
            self._sealing.start()

    def _seal_aside(self) -> None:
        try:
            seal(self.folder)
        except LibraryError as error:
            logger.warning("%s", error)

    def _chosen(self, where: Where) -> NDArray[np.int64]:
        """The ids that meet conditions, kept while nothing changes."""
        version, key = self._index.version, repr(where)
        if version != self._filtered or len(self._filters) >= KEPT_FILTERS:
            self._filters.clear()
            self._filtered = version
        if key not in self._filters:
            self._filters[key] = np.array(self._store.ids(where), np.int64)
        return self._filters[key]
