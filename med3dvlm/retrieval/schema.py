"""The tables of a library's file, and how those of an older version become them.

`entry` holds what is shown, `vector` the vectors, `fact` what filters look for, one row a value.
`change` numbers every change of an entry, so that an index knows what it lacks, and
`made_with.segment` names the index files that are current.
"""

import json
import sqlite3
from collections.abc import Iterator

from med3dvlm.retrieval.entry import Entry
from med3dvlm.retrieval.where import COLUMNS, is_scalar, values_of

SCHEMA_VERSION, FIRST_VERSION = 2, 1
APPLICATION_ID = 0x4D334456  # "M3DV" in the file's header marks our files

# Ids and numbers of changes are never used again (AUTOINCREMENT).
SIDE_TABLES = (
    "CREATE TABLE vector (entry INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    """CREATE TABLE fact (key TEXT NOT NULL, value NOT NULL, entry INTEGER NOT NULL,
        PRIMARY KEY (key, value, entry)) WITHOUT ROWID""",
    "CREATE INDEX fact_of_entry ON fact (entry)",
    "CREATE TABLE change (number INTEGER PRIMARY KEY AUTOINCREMENT, entry INTEGER NOT NULL)",
)
SCHEMA = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
    """CREATE TABLE made_with (model TEXT NOT NULL, dim INTEGER NOT NULL,
        segment TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE entry (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection TEXT NOT NULL, digest TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
        source TEXT NOT NULL, thumbnail BLOB NOT NULL, facts TEXT NOT NULL,
        added TEXT NOT NULL DEFAULT '', UNIQUE (collection, digest))""",
    *SIDE_TABLES,
)
FROM_FIRST = (
    "ALTER TABLE made_with ADD COLUMN segment TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE entry ADD COLUMN added TEXT NOT NULL DEFAULT ''",
    *SIDE_TABLES,
    "INSERT INTO vector (entry, data) SELECT id, vector FROM entry",
    "ALTER TABLE entry DROP COLUMN vector",
    "INSERT INTO change (entry) SELECT id FROM entry ORDER BY id",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
PUT = """INSERT INTO entry (collection, digest, title, text, source, thumbnail, facts, added)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (collection, digest) DO UPDATE SET title = excluded.title, text = excluded.text,
        source = excluded.source, thumbnail = excluded.thumbnail, facts = excluded.facts,
        added = excluded.added
    RETURNING id"""
GET = """SELECT id, collection, digest, title, text, source, thumbnail, facts, added FROM entry
    WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"""
# Steps from name to name in the table's order, instead of reading all of its rows.
KEYS = """WITH RECURSIVE name(key) AS (SELECT min(key) FROM fact UNION ALL
    SELECT (SELECT min(fact.key) FROM fact WHERE fact.key > name.key) FROM name
    WHERE name.key IS NOT NULL) SELECT key FROM name WHERE key IS NOT NULL"""


def entry_of_row(row: tuple[int, str, str, str, str, str, bytes, str, str]) -> Entry:
    """The entry in a row of `GET`."""
    entry_id, collection, digest, title, text, source, thumbnail, facts, added = row
    return Entry(
        id=entry_id, collection=collection, digest=digest, title=title, text=text,
        source=source, thumbnail=thumbnail, facts=json.loads(facts), added=added,
    )  # fmt: skip


def fact_rows(entry_id: int, entry: Entry) -> Iterator[tuple[str, str | int | float, int]]:
    """The rows of `fact` for an entry: its columns, and every value of its facts."""
    for key in {*COLUMNS, *entry.facts}:
        for value in values_of(entry, key):
            yield key, value, entry_id


def migrate(connection: sqlite3.Connection) -> None:
    """Turn the tables of version 1 into those of this one, inside the caller's transaction."""
    for statement in FROM_FIRST:
        connection.execute(statement)
    ids = [row[0] for row in connection.execute("SELECT id FROM entry ORDER BY id").fetchall()]
    for entry_id in ids:
        [row] = connection.execute(GET, (json.dumps([entry_id]),)).fetchall()
        put_facts(connection, entry_id, entry_of_row(row))


def put_facts(connection: sqlite3.Connection, entry_id: int, entry: Entry) -> None:
    """Replace the rows of `fact` for an entry."""
    connection.execute("DELETE FROM fact WHERE entry = ?", (entry_id,))
    connection.executemany(
        "INSERT OR IGNORE INTO fact (key, value, entry) VALUES (?, ?, ?)",
        fact_rows(entry_id, entry),
    )


def where_sql(key: str, condition: object) -> tuple[str, list[str | int | float]]:
    """A query for the ids of the entries that meet one checked condition, and its values."""
    query = "SELECT entry FROM fact WHERE key = ?"
    if isinstance(condition, list):
        return f"{query} AND value IN ({', '.join('?' * len(condition))})", [key, *condition]
    assert isinstance(condition, dict)
    values = list(condition.values())
    kinds = "('text')" if isinstance(values[0], str) else "('integer', 'real')"
    bounds = "".join(f" AND value {'>=' if name == 'from' else '<='} ?" for name in condition)
    assert all(map(is_scalar, values))
    return f"{query} AND typeof(value) IN {kinds}{bounds}", [key, *values]
