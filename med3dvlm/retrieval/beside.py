"""A visitor's own entries beside a library, searched together; the library is not changed.

    own = Own().with_entry(entry, vector, model=library.model)
    hits = Beside(library, own).search(query, 10)

Own entries have negative ids, so that they are never mistaken for those of the library.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.entry import Entry, Glance, Hit, time_now
from med3dvlm.retrieval.index import unit_vectors
from med3dvlm.retrieval.vector_store import VectorReader
from med3dvlm.retrieval.where import Where, checked, fits, values_of

Vectors = NDArray[np.float32]
MOST = 200  # own entries of a visit


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """Entries of one visit, with their unit vectors and the model that made each."""

    held: tuple[tuple[Entry, Vectors, str], ...] = ()

    def with_entry(self, entry: Entry, vector: ArrayLike, *, model: str) -> "Own":
        """The same and another entry; one with the same digest is replaced.

        Raises:
            LibraryError: there are too many already.
        """
        row = unit_vectors(vector, np.size(vector))[0]
        others = [one for one in self.held if (one[0].digest, one[2]) != (entry.digest, model)]
        if len(others) >= MOST:
            raise LibraryError(
                f"This visit has added {MOST} scans, and no more are kept. For more, build a "
                "library: python -m med3dvlm library build FOLDER --out LIBRARY"
            )
        number = min((one[0].id for one in others), default=0) - 1
        dated = replace(entry, id=number, added=entry.added or time_now())
        return Own((*others, (dated, row, model)))

    def of(self, model: str) -> tuple[list[Entry], Vectors]:
        """The entries whose vectors a model made, and these (n, dim)."""
        chosen = [(entry, row) for entry, row, made_by in self.held if made_by == model]
        rows = np.stack([row for _, row in chosen]) if chosen else np.empty((0, 0), np.float32)
        return [entry for entry, _ in chosen], rows


class Beside:
    """What a `VectorReader` does, over a library and own entries."""

    def __init__(self, library: VectorReader, own: Own) -> None:
        self.library = library
        self._own, rows = own.of(library.model)
        self._rows: Vectors = rows.reshape(len(self._own), library.dim)
        self.model, self.dim = library.model, library.dim

    def search(
        self,
        vector: ArrayLike,
        k: int,
        *,
        where: Where | None = None,
        among: Collection[int] | None = None,
    ) -> list[Hit]:
        """The `k` entries nearest to a vector, best first. See `VectorReader.search`."""
        hits = self.library.search(vector, k, where=where, among=among)
        scores = self._rows @ unit_vectors(vector, self.dim)[0]
        hits += [
            Hit(entry, float(score))
            for entry, score in zip(self._own, scores, strict=True)
            if fits(checked(where), entry) and (among is None or entry.id in set(among))
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.entry.id))[: max(k, 0)]

    def get(self, ids: Collection[int]) -> dict[int, Entry]:
        """These entries by id, the library's first; unknown ids are left out."""
        wanted = set(ids)
        own = {entry.id: entry for entry in self._own if entry.id in wanted}
        return self.library.get(wanted - own.keys()) | own

    def ids(self, where: Where | None = None) -> list[int]:
        """The ids, the library's first, of all entries or of those that meet the conditions."""
        return self.library.ids(where) + [entry.id for entry in self._chosen(where)]

    def count(self, where: Where | None = None) -> int:
        """How many entries there are, or meet the conditions."""
        return self.library.count(where) + len(self._chosen(where))

    def vectors(self, ids: Collection[int] | None = None) -> tuple[list[int], Vectors]:
        """Ids, the library's first, and their unit vectors (n, dim): all, or these."""
        wanted = None if ids is None else set(ids)
        places = [n for n, one in enumerate(self._own) if wanted is None or one.id in wanted]
        found, rows = self.library.vectors(ids)
        own = [self._own[place].id for place in places]
        return found + own, np.concatenate([rows, self._rows[places]])

    def keys(self) -> list[str]:
        """The names of the facts that entries have, sorted."""
        own = {key for one in self._own for key in one.facts if values_of(one, key)}
        return sorted({*self.library.keys(), *own})

    def values(self, key: str, most: int = 50) -> list[str]:
        """The most frequent values of a fact or column, and after them those of own entries."""
        own = Counter(str(value) for entry in self._own for value in values_of(entry, key))
        return list(dict.fromkeys([*self.library.values(key, most), *own]))[:most]

    def glances(self, key: str) -> list[Glance]:
        """Every entry, the library's first: its title, and its value of a fact."""
        own = [Glance(e.id, e.title, e.source, e.facts.get(key)) for e in self._own]
        return self.library.glances(key) + own

    def _chosen(self, where: Where | None) -> list[Entry]:
        return [entry for entry in self._own if fits(checked(where), entry)]
