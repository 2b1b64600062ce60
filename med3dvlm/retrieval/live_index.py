"""The index of a library as it is now: a sealed segment, and the changes since.

    live = LiveIndex(store, folder)
    live.catch_up()                       # others may have written
    live.nearest(query, 10)               # [(8, 0.91), (7, 0.40)]

Not thread-safe by itself. The store is authoritative; each part knows up to which change it goes.
"""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Any

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.index import VectorIndex
from med3dvlm.retrieval.segment import Made, Segment
from med3dvlm.retrieval.store import Store

logger = logging.getLogger(__name__)


class LiveIndex:
    """What a search looks through.

    Attributes:
        segment: the sealed part, mapped into memory; None while there is none.
        repaired: how many vectors were taken from the store because the segment's files are bad.
        version: changes with every change of what is searched.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self.repaired = 0
        self.version = 0
        self.segment: Segment | None = None
        self._tail = VectorIndex(store.dim)
        self._named, self._seen, self._upto = "", 0, 0
        self._load()

    @property
    def sealed_upto(self) -> int:
        """Number of the last change that the segment holds."""
        return self.segment.made.upto if self.segment is not None else 0

    def nearest(
        self, query: Any, k: int, *, among: Collection[int] | None = None
    ) -> list[tuple[int, float]]:
        """The `k` nearest as (id, cosine), best first, equal scores by id.

        Args:
            query: (dim,) of length 1.
            k: at most how many.
            among: if given, only these ids are searched.
        """
        found = self._tail.search(query, k, among=among)
        if self.segment is not None and k > 0:
            ids, scores = self.segment.nearest(query, k, among=among)
            found += zip(ids.tolist(), scores.tolist(), strict=True)
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[: max(k, 0)]

    def catch_up(self) -> None:
        """Pick up changes that another process, or a thread that seals, has written."""
        now = self._store.foreign_changes()
        if now != self._seen:
            self._seen = now
            self.follow()

    def follow(self) -> None:
        """Apply the changes that the store has and this index lacks."""
        if self._store.segment != self._named:
            self._load()
            return
        self._upto, changed = self._store.changes(self._upto)
        if not changed:
            return
        self.version += 1
        if self.segment is not None:
            self.segment.drop(changed)
        self._tail.remove(changed)
        self._tail.put(*self._store.vectors(changed))

    def _load(self) -> None:
        """Open the segment that the store names, and read what was changed since."""
        with self._store.reading():
            self._named = self._store.segment
            self._seen = self._store.foreign_changes()
            self._tail = VectorIndex(self._store.dim)
            self.segment = None
            self._upto = 0
            self.version += 1
            try:
                if self._named:
                    made = Made.from_json(self._named)
                    self.segment = Segment(self._folder, made, self._store.dim)
                    self._upto = made.upto
            except LibraryError as error:
                logger.warning("%s; searching the entries themselves until it is made again", error)
                self._read_all()
            self.follow()

    def _read_all(self) -> None:
        """Search all that the store has, without a segment."""
        for ids, rows in self._store.vectors_in_turn():
            self._tail.put(ids, rows)
        self._upto = self._store.last_change()
        self.repaired = len(self._tail)
