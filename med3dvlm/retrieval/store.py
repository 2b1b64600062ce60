"""A library's entries with their vectors, in one SQLite file: the authoritative copy.

    store = Store.create(folder / "library.sqlite", dim=512, model="med3dvlm-phantom-1")
    [entry_id] = store.put([Entry(title="Case 7", text=report, digest=digest)], vectors)

There is one connection behind one lock, because Gradio's handlers run in threads.
"""

import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.entry import Entry, facts_json

SCHEMA_VERSION = 1
APPLICATION_ID = 0x4D334456  # "M3DV" in the file's header marks our files

# Ids are never reused (AUTOINCREMENT), so a stale index can't return the wrong entry.
SCHEMA = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
    "CREATE TABLE made_with (model TEXT NOT NULL, dim INTEGER NOT NULL)",
    """CREATE TABLE entry (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection TEXT NOT NULL, digest TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
        source TEXT NOT NULL, thumbnail BLOB NOT NULL, facts TEXT NOT NULL, vector BLOB NOT NULL,
        UNIQUE (collection, digest))""",
)
PUT = """INSERT INTO entry (collection, digest, title, text, source, thumbnail, facts, vector)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (collection, digest) DO UPDATE SET title = excluded.title, text = excluded.text,
        source = excluded.source, thumbnail = excluded.thumbnail, facts = excluded.facts,
        vector = excluded.vector
    RETURNING id"""
GET = """SELECT id, collection, digest, title, text, source, thumbnail, facts FROM entry
    WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"""

VECTORS = """SELECT id, vector FROM entry
    WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"""


class Store:
    """Entries and their vectors in SQLite. Any thread may call any method."""

    def __init__(self, path: Path) -> None:
        self._place = str(path)
        self._lock = threading.RLock()
        with self._told():
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

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
            with store._change() as connection:
                for statement in SCHEMA:
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
            store._check_schema()
        except LibraryError:
            store.close()
            raise
        return store

    @property
    def model(self) -> str:
        """Key of the model that made the vectors."""
        return str(self._rows("SELECT model FROM made_with")[0][0])

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._rows("SELECT dim FROM made_with")[0][0])

    def __len__(self) -> int:
        return int(self._rows("SELECT count(*) FROM entry")[0][0])

    def put(self, entries: Sequence[Entry], vectors: NDArray[np.float32]) -> list[int]:
        """Write all entries or none; returns their ids.

        A digest that is already in the collection keeps its id and position; the rest is replaced.
        The entries' own `id` is ignored.
        """
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        assert rows.shape == (len(entries), self.dim), f"{rows.shape} for {len(entries)} entries"
        values = [(*_columns(e), v.tobytes()) for e, v in zip(entries, rows, strict=True)]
        with self._change() as connection:
            return [int(connection.execute(PUT, row).fetchone()[0]) for row in values]

    def drop(self, ids: Collection[int]) -> int:
        """Remove these entries; returns how many existed."""
        with self._change() as connection:
            return connection.execute(
                "DELETE FROM entry WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            ).rowcount

    def get(self, ids: Collection[int]) -> dict[int, Entry]:
        """These entries by id, in the order added; unknown ids are left out."""
        rows = self._rows(GET, json.dumps(list(ids)))
        return {row[0]: _entry(row) for row in rows}

    def ids(self, collection: str | None = None) -> list[int]:
        """The ids in order of adding, of one collection or of all."""
        query = "SELECT id FROM entry WHERE ? IS NULL OR collection = ? ORDER BY id"
        return [int(row[0]) for row in self._rows(query, collection, collection)]

    def vectors(self, ids: Collection[int] | None = None) -> tuple[list[int], NDArray[np.float32]]:
        """Ids in the order added, and their vectors (n, dim): all, or these."""
        if ids is None:
            rows = self._rows("SELECT id, vector FROM entry ORDER BY id")
        else:
            rows = self._rows(VECTORS, json.dumps(list(ids)))
        blob = b"".join(row[1] for row in rows)
        table = np.frombuffer(blob, dtype="<f4").astype(np.float32).reshape(len(rows), self.dim)
        return [int(row[0]) for row in rows], table

    def foreign_changes(self) -> int:
        """A number that changes when another connection or process changes the file."""
        return int(self._rows("PRAGMA data_version")[0][0])

    def close(self) -> None:
        """Close the file; the store can't be used afterwards."""
        with self._lock:
            self._connection.close()

    def _check_schema(self) -> None:
        if self._rows("PRAGMA application_id")[0][0] != APPLICATION_ID:
            raise LibraryError(f"{self._place} is another program's database, not a library.")
        version = self._rows("PRAGMA user_version")[0][0]
        if version != SCHEMA_VERSION:
            raise LibraryError(
                f"{self._place} has schema version {version}, but this program reads "
                f"{SCHEMA_VERSION}. Use the program that wrote it, or rebuild the library."
            )

    def _rows(self, query: str, *values: str | None) -> list[tuple[Any, ...]]:
        with self._lock, self._told():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all changes or none."""
        with self._lock, self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Convert SQLite's errors to ours, with the path."""
        try:
            yield
        except sqlite3.Error as error:
            raise LibraryError(
                f"{self._place}: {error}. Check that the file is intact and writable, and that no "
                "other program has it open."
            ) from error


def _columns(entry: Entry) -> tuple[str | bytes, ...]:
    """The values of `PUT`, except the vector."""
    return (entry.collection, entry.digest, entry.title, entry.text, entry.source,
            entry.thumbnail, facts_json(entry))  # fmt: skip


def _entry(row: tuple[Any, ...]) -> Entry:
    """The entry in a row of `GET`."""
    entry_id, collection, digest, title, text, source, thumbnail, facts = row
    return Entry(
        id=entry_id, collection=collection, digest=digest, title=title, text=text,
        source=source, thumbnail=thumbnail, facts=json.loads(facts),
    )  # fmt: skip
