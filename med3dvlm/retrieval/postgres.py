"""A library in a PostgreSQL server with pgvector, for archives past one machine.

Its address is `postgresql://user@host/database#name`: what follows `#` names the library, a schema
of the database. Entries, vectors and the HNSW index change in one transaction, so nothing has to be
kept in step. Needs the extra `archive`.
"""

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar
from urllib.parse import urldefrag, urlsplit

import numpy as np
import psycopg
from numpy.typing import ArrayLike, NDArray
from psycopg import sql

from med3dvlm.errors import LibraryError, OtherModelError
from med3dvlm.retrieval.entry import Entry, Glance, Hit, facts_json, time_now
from med3dvlm.retrieval.index import unit_vectors
from med3dvlm.retrieval.postgres_where import KEYS, sql_of, values_sql
from med3dvlm.retrieval.where import COLUMNS, Where, checked

Connection = psycopg.Connection[tuple[Any, ...]]
Result = TypeVar("Result")

NAME = "library"
VERSION = 1  # of the tables
TRIES = 3
CREATING = 0x4D334456  # of all programs, one at a time makes a library
# Vectors stay in the row, where a search without the index reads them fastest.
SCHEMA = """CREATE TABLE made_with (model text NOT NULL, dim integer NOT NULL,
    version integer NOT NULL);
CREATE TABLE entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collection text NOT NULL, digest text NOT NULL, title text NOT NULL, text text NOT NULL,
    source text NOT NULL, thumbnail bytea NOT NULL, facts jsonb NOT NULL, added text NOT NULL,
    vector vector({dim}) STORAGE MAIN NOT NULL, UNIQUE (collection, digest));
CREATE INDEX ON entry USING gin (facts jsonb_path_ops);
CREATE INDEX ON entry USING hnsw (vector vector_ip_ops);
INSERT INTO made_with VALUES ({model}, {dim}, {version})"""
# Strict order: the index is read on until k entries meet the filter, nearest first.
SETTINGS = "SET hnsw.ef_search = 100; SET hnsw.iterative_scan = strict_order"
PUT = """INSERT INTO entry
    (collection, digest, title, text, source, thumbnail, facts, added, vector)
    VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s, %b::real[]::vector)
    ON CONFLICT (collection, digest) DO UPDATE SET title = excluded.title, text = excluded.text,
        source = excluded.source, thumbnail = excluded.thumbnail, facts = excluded.facts,
        added = excluded.added, vector = excluded.vector
    RETURNING id"""
FIELDS = "id, collection, digest, title, text, source, thumbnail, facts, added"
GET = f"SELECT {FIELDS} FROM entry WHERE id = ANY(%s) ORDER BY id"
NEAREST = """SELECT {columns}, -(vector <#> %s::real[]::vector) FROM entry WHERE {condition}
    ORDER BY vector <#> %s::real[]::vector, id LIMIT %s"""


class PostgresStore:
    """Entries in a schema of a database. Any thread may call any method.

    A call that meets a lost connection connects again and is repeated; all calls are transactions,
    and adding twice replaces.

    Attributes:
        model: key of the model that made the vectors.
        dim: length of a vector.
    """

    def __init__(self, address: str) -> None:
        self._address, name = urldefrag(address)
        self._name = name or NAME
        self._place = f"{urlsplit(address).hostname or 'socket'}, library {self._name!r}"
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self.model, self.dim = "", 0

    @classmethod
    def open(cls, address: str, *, model: str, dim: int) -> "PostgresStore":
        """The library at an address, created if there is none.

        Args:
            address: `postgresql://user@host/database#name`.
            model: key of the model that makes the vectors.
            dim: length of its vectors.

        Raises:
            LibraryError: the server can't be reached, or lacks pgvector.
            OtherModelError: another model made its vectors.
        """
        store = cls(address)
        store._run(lambda connection: store._create(connection, model, dim))
        store._read()
        if (store.model, store.dim) != (model, dim):
            store.close()
            raise OtherModelError(
                f"{store._place}: the vectors were made by the model {store.model!r}, the one "
                f"loaded is {model!r}. Embed the volumes with {model!r} into a new library."
            )
        return store

    @classmethod
    def open_any(cls, address: str) -> "PostgresStore":
        """The library at an address, of whatever model: to check or to copy it.

        Raises:
            LibraryError: there is none, or the server can't be reached.
        """
        store = cls(address)
        store._read()
        return store

    def add(self, entries: Sequence[Entry], vectors: ArrayLike) -> list[int]:
        """Add all entries or none; returns their ids. See `VectorStore.add`."""
        rows = unit_vectors(vectors, self.dim) if entries else np.empty((0, self.dim), np.float32)
        now = time_now()
        values = [
            (e.collection, e.digest, e.title, e.text, e.source, e.thumbnail, facts_json(e),
             e.added or now, one)
            for e, one in zip(entries, rows.tolist(), strict=True)
        ]  # fmt: skip

        def put(connection: Connection) -> list[int]:
            if not values:
                return []
            cursor = connection.cursor()
            cursor.executemany(PUT, values, returning=True)
            return [int(result.fetchall()[0][0]) for result in cursor.results()]

        return self._run(put)

    def remove(self, ids: Collection[int]) -> int:
        """Remove these entries; returns how many existed."""
        query = "DELETE FROM entry WHERE id = ANY(%s)"
        return self._run(lambda connection: connection.execute(query, [list(ids)]).rowcount)

    def search(
        self,
        vector: ArrayLike,
        k: int,
        *,
        where: Where | None = None,
        among: Collection[int] | None = None,
    ) -> list[Hit]:
        """The `k` entries nearest to a vector, best first. See `VectorStore.search`."""
        [query] = unit_vectors(vector, self.dim).tolist()
        condition, values = _condition(where, among)
        statement = NEAREST.format(columns=FIELDS, condition=condition)
        parameters = [query, *values, query, max(k, 0)]

        def nearest(connection: Connection) -> list[tuple[Any, ...]]:
            found = connection.execute(statement, parameters, binary=True).fetchall()
            if len(found) < k:  # there are no more, or the index gave up looking for them
                connection.execute("SET LOCAL enable_indexscan = off")
                found = connection.execute(statement, parameters, binary=True).fetchall()
            return found

        return [Hit(_entry(row[:-1]), float(row[-1])) for row in self._run(nearest)]

    def get(self, ids: Collection[int]) -> dict[int, Entry]:
        """These entries by id, in the order added; unknown ids are left out."""
        return {row[0]: _entry(row) for row in self._rows(GET, list(ids))}

    def ids(self, where: Where | None = None) -> list[int]:
        """The ids in the order added, of all entries or of those that meet the conditions."""
        condition, values = _condition(where)
        query = f"SELECT id FROM entry WHERE {condition} ORDER BY id"
        return [int(row[0]) for row in self._rows(query, *values)]

    def count(self, where: Where | None = None) -> int:
        """How many entries there are, or meet the conditions."""
        condition, values = _condition(where)
        return int(self._rows(f"SELECT count(*) FROM entry WHERE {condition}", *values)[0][0])

    def vectors(self, ids: Collection[int] | None = None) -> tuple[list[int], NDArray[np.float32]]:
        """Ids in the order added, and their unit vectors (n, dim): all, or these."""
        condition, values = _condition(None, ids)
        query = f"SELECT id, vector::real[] FROM entry WHERE {condition} ORDER BY id"
        rows = self._rows(query, *values)
        table = np.array([row[1] for row in rows], np.float32).reshape(len(rows), self.dim)
        return [int(row[0]) for row in rows], table

    def keys(self) -> list[str]:
        """The names of the facts that entries have, sorted."""
        return [str(row[0]) for row in self._rows(KEYS) if row[0] not in COLUMNS]

    def values(self, key: str, most: int = 50) -> list[str]:
        """The most frequent values of a fact or column, the most frequent first."""
        return [str(row[0]) for row in self._rows(*values_sql(key, most))]

    def glances(self, key: str) -> list[Glance]:
        """Every entry in the order added: its title, and its value of a fact."""
        rows = self._rows("SELECT id, title, source, facts -> %s::text FROM entry ORDER BY id", key)
        return [Glance(*row) for row in rows]

    def close(self) -> None:
        """Close the connection; a later call would open it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _read(self) -> None:
        [[self.model, self.dim, version]] = self._rows("SELECT model, dim, version FROM made_with")
        if version != VERSION:
            self.close()
            raise LibraryError(
                f"{self._place}: has version {version}, but this program reads {VERSION}. Use the "
                "program that wrote it to export the library, and this one to import it."
            )

    def _create(self, connection: Connection, model: str, dim: int) -> None:
        """Make the library unless it is there."""
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [CREATING])
        if connection.execute("SELECT to_regclass('made_with')").fetchone() != (None,):
            return
        name = sql.Identifier(self._name)
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        made = {"model": model, "dim": dim, "version": VERSION}
        parts = {name: sql.Literal(value) for name, value in made.items()}
        connection.execute(sql.SQL(SCHEMA).format(**parts))

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._run(
            lambda connection: connection.execute(query, values, binary=True).fetchall()
        )

    def _run(self, work: Callable[[Connection], Result]) -> Result:
        """The result of a transaction, repeated where the connection, or a deadlock, ended it."""
        for tries_left in reversed(range(TRIES)):
            try:
                with self._lock, self._connected().transaction():
                    return work(self._connected())
            except psycopg.Error as error:
                self.close()
                if not (tries_left and isinstance(error, psycopg.OperationalError)):
                    raise self._told(error) from error
        raise AssertionError("the last try returns or raises")

    def _connected(self) -> Connection:
        """The connection, opened if there is none."""
        if self._connection is None:
            self._connection = psycopg.connect(self._address, autocommit=True)
            path = sql.SQL("SET search_path = {}, public").format(sql.Identifier(self._name))
            self._connection.execute(path)
            self._connection.execute(SETTINGS)
        return self._connection

    def _told(self, error: psycopg.Error) -> LibraryError:
        said = str(error).strip().splitlines() or [type(error).__name__]
        return LibraryError(
            f"{self._place}: {said[0]}. Check that the server runs, that the user may write, and "
            "that pgvector is installed there."
        )


def _condition(where: Where | None, among: Collection[int] | None = None) -> tuple[str, list[Any]]:
    condition, values = sql_of(checked(where))
    if among is None:
        return condition, values
    return f"{condition} AND id = ANY(%s)", [*values, list(among)]


def _entry(row: tuple[Any, ...]) -> Entry:
    """The entry in a row of `GET`."""
    entry_id, collection, digest, title, text, source, thumbnail, facts, added = row
    return Entry(
        id=entry_id, collection=collection, digest=digest, title=title, text=text,
        source=source, thumbnail=bytes(thumbnail), facts=facts, added=added,
    )  # fmt: skip
