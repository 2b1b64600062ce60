"""A library's entries with their vectors, in one SQLite file: the authoritative copy.

    store = Store.create(folder / "library.sqlite", dim=512, model="med3dvlm-phantom-1")
    [entry_id] = store.put([Entry(title="Case 7", text=report, digest=digest)], vectors)

What is committed is on the disk, and readers in other processes go on meanwhile.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval import schema
from med3dvlm.retrieval.database import Database
from med3dvlm.retrieval.entry import Entry, Glance, facts_json, time_now
from med3dvlm.retrieval.where import COLUMNS, Where, checked

VECTORS = """SELECT entry, data FROM vector
    WHERE entry IN (SELECT value FROM json_each(?)) ORDER BY entry"""
AT_ONCE = 4096  # rows that are in memory while all vectors are read


class Store:
    """Entries and their vectors in SQLite. Any thread may call any method."""

    def __init__(self, path: Path) -> None:
        self._file = Database(path)

    @classmethod
    def create(cls, path: Path, *, dim: int, model: str) -> "Store":
        """A new store in a file.

        Raises:
            LibraryError: the file exists already, or can't be written.
        """
        if path.exists():
            raise LibraryError(f"{path} already exists. Open it, or choose another folder.")
        if dim < 1:
            raise LibraryError(f"a vector needs at least one number, got dim={dim}")
        store = cls(path)
        try:
            with store._file.change() as connection:
                for statement in schema.SCHEMA:
                    connection.execute(statement)
                connection.execute("INSERT INTO made_with (model, dim) VALUES (?, ?)", (model, dim))
        except LibraryError:
            store.close()
            raise
        return store

    @classmethod
    def open(cls, path: Path) -> "Store":
        """An existing store.

        Raises:
            LibraryError: there is none, it is not ours, or has another schema version.
        """
        if not path.is_file():
            raise LibraryError(f"{path.parent}: there is no library here. Create one first.")
        store = cls(path)
        try:
            store._file.check_version(schema.SCHEMA_VERSION)
        except LibraryError:
            store.close()
            raise
        return store

    @classmethod
    def migrate(cls, path: Path) -> bool:
        """Bring a file of the first version to this one; whether there was anything to do.

        It is one transaction: interrupted, the file is what it was.

        Raises:
            LibraryError: there is no file, it is not ours, or a later program wrote it.
        """
        if not path.is_file():
            raise LibraryError(f"{path.parent}: there is no library here.")
        store = cls(path)
        try:
            if store._file.rows("PRAGMA user_version")[0][0] == schema.SCHEMA_VERSION:
                store._file.check_version(schema.SCHEMA_VERSION)
                return False
            store._file.check_version(schema.FIRST_VERSION)
            with store._file.change() as connection:
                schema.migrate(connection)
            store._file.rows("VACUUM")
        finally:
            store.close()
        return True

    @property
    def model(self) -> str:
        """Key of the model that made the vectors."""
        return str(self._file.rows("SELECT model FROM made_with")[0][0])

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._file.rows("SELECT dim FROM made_with")[0][0])

    @property
    def segment(self) -> str:
        """What `publish` wrote last; empty at first."""
        return str(self._file.rows("SELECT segment FROM made_with")[0][0])

    def __len__(self) -> int:
        return int(self._file.rows("SELECT count(*) FROM entry")[0][0])

    def put(self, entries: Sequence[Entry], vectors: NDArray[np.float32]) -> list[int]:
        """Write all entries or none; returns their ids.

        A digest that is already in the collection keeps its id and position; the rest is replaced.
        The entries' own `id` is ignored.
        """
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        assert rows.shape == (len(entries), self.dim), f"{rows.shape} for {len(entries)} entries"
        now = time_now()
        dated = [entry if entry.added else replace(entry, added=now) for entry in entries]
        values = [_columns(entry) for entry in dated]
        ids = []
        with self._file.change() as connection:
            for entry, columns, vector in zip(dated, values, rows, strict=True):
                entry_id = int(connection.execute(schema.PUT, columns).fetchone()[0])
                connection.execute(
                    "INSERT OR REPLACE INTO vector (entry, data) VALUES (?, ?)",
                    (entry_id, vector.tobytes()),
                )
                schema.put_facts(connection, entry_id, entry)
                connection.execute("INSERT INTO change (entry) VALUES (?)", (entry_id,))
                ids.append(entry_id)
        return ids

    def drop(self, ids: Collection[int]) -> int:
        """Remove these entries; returns how many existed."""
        chosen = (json.dumps(list(ids)),)
        with self._file.change() as connection:
            connection.execute(
                """INSERT INTO change (entry) SELECT id FROM entry
                WHERE id IN (SELECT value FROM json_each(?))""",
                chosen,
            )
            for table, key in (("vector", "entry"), ("fact", "entry"), ("entry", "id")):
                gone = connection.execute(
                    f"DELETE FROM {table} WHERE {key} IN (SELECT value FROM json_each(?))",
                    chosen,
                ).rowcount
        return gone

    def get(self, ids: Collection[int]) -> dict[int, Entry]:
        """These entries by id, in the order added; unknown ids are left out."""
        rows = self._file.rows(schema.GET, json.dumps(list(ids)))
        return {row[0]: schema.entry_of_row(row) for row in rows}

    def ids(self, where: Where | None = None) -> list[int]:
        """The ids in order of adding, of all entries or of those that meet the conditions."""
        conditions = checked(where)
        if not conditions:
            return sorted(int(row[0]) for row in self._file.rows("SELECT id FROM entry"))
        parts = [schema.where_sql(key, condition) for key, condition in conditions.items()]
        query = " INTERSECT ".join(sql for sql, _ in parts) + " ORDER BY entry"
        return [int(row[0]) for row in self._file.rows(query, *(v for _, vs in parts for v in vs))]

    def values(self, key: str, most: int) -> list[tuple[Any, int]]:
        """The most frequent values of a fact, and how many entries have each."""
        query = """SELECT value, count(*) AS many FROM fact WHERE key = ?
            GROUP BY value ORDER BY many DESC, value LIMIT ?"""
        return [(value, int(many)) for value, many in self._file.rows(query, key, most)]

    def keys(self) -> list[str]:
        """The names of the facts that entries have, sorted."""
        return [str(row[0]) for row in self._file.rows(schema.KEYS) if row[0] not in COLUMNS]

    def glances(self, key: str) -> list[Glance]:
        """Every entry in the order added: its title, and its value of a fact."""
        rows = self._file.rows("SELECT id, title, source, facts -> ? FROM entry ORDER BY id", key)
        return [
            Glance(number, title, source, json.loads(value or "null"))
            for number, title, source, value in rows
        ]

    def vectors(self, ids: Collection[int] | None = None) -> tuple[list[int], NDArray[np.float32]]:
        """Ids in the order added, and their vectors (n, dim): all, or these."""
        if ids is None:
            parts = list(self.vectors_in_turn())
        else:
            parts = [self._table(self._file.rows(VECTORS, json.dumps([int(one) for one in ids])))]
        found = [int(one) for some, _ in parts for one in some]
        empty = np.empty((0, self.dim), np.float32)
        return found, np.concatenate([empty, *(table for _, table in parts)])

    def vectors_in_turn(self) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
        """All ids in the order added with their vectors (n, dim), some at a time."""
        last, query = -1, "SELECT entry, data FROM vector WHERE entry > ? ORDER BY entry LIMIT ?"
        while rows := self._file.rows(query, last, AT_ONCE):
            yield self._table(rows)
            last = rows[-1][0]

    def changes(self, after: int) -> tuple[int, list[int]]:
        """The number of the last change, and which entries were changed after a number."""
        rows = self._file.rows(
            "SELECT number, entry FROM change WHERE number > ? ORDER BY number", after
        )
        return (rows[-1][0] if rows else after), list(dict.fromkeys(int(row[1]) for row in rows))

    def last_change(self) -> int:
        """The number of the last change, 0 before the first."""
        rows = self._file.rows("SELECT seq FROM sqlite_sequence WHERE name = 'change'")
        return int(rows[0][0]) if rows else 0

    def publish(self, segment: str, *, instead_of: str, upto: int) -> bool:
        """Name the current index, and forget the changes that it holds.

        Returns False, and changes nothing, if another one was published meanwhile.
        """
        with self._file.change() as connection:
            done = connection.execute(
                "UPDATE made_with SET segment = ? WHERE segment = ?", (segment, instead_of)
            ).rowcount
            if done:
                connection.execute("DELETE FROM change WHERE number <= ?", (upto,))
        return bool(done)

    def foreign_changes(self) -> int:
        """A number that changes when another connection or process changes the file."""
        return int(self._file.rows("PRAGMA data_version")[0][0])

    def reading(self) -> AbstractContextManager[None]:
        """What is read inside is of one moment, whatever others write."""
        return self._file.reading()

    def close(self) -> None:
        """Close the file; the store can't be used afterwards."""
        self._file.close()

    def _table(self, rows: list[tuple[Any, ...]]) -> tuple[list[int], NDArray[np.float32]]:
        blob = b"".join(row[1] for row in rows)
        table = np.frombuffer(blob, dtype="<f4").astype(np.float32).reshape(len(rows), self.dim)
        return [int(row[0]) for row in rows], table


def _columns(entry: Entry) -> tuple[str | bytes, ...]:
    """The values of `schema.PUT`."""
    return (entry.collection, entry.digest, entry.title, entry.text, entry.source,
            entry.thumbnail, facts_json(entry), entry.added)  # fmt: skip
