"""An SQLite file with a lock, that readers in other processes read while this one writes.

    file = Database(folder / "library.sqlite")
    with file.change() as connection: ...       # all changes or none
    file.rows("SELECT id FROM entry")

There is one connection behind one lock, because Gradio's handlers run in threads. What is committed
is on the disk (`synchronous = FULL`), and readers in other processes go on meanwhile (WAL).
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval import schema

WAIT_S = 30.0  # for another process that is writing


class Database:
    """One connection to a file. Any thread may call any method; errors are `LibraryError`s."""

    def __init__(self, path: Path) -> None:
        self._place = str(path)
        self._lock = threading.RLock()
        self._shares = False  # whether others can read while this one writes
        how = "?immutable=1" if _is_sealed_off(path) else ""
        with self._told():
            self._connection = sqlite3.connect(
                f"{path.resolve().as_uri()}{how}", uri=True, isolation_level=None,
                check_same_thread=False, timeout=WAIT_S,
            )  # fmt: skip

    def rows(self, query: str, *values: str | int | float | None) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        with self._lock, self._told():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all changes or none."""
        with self._lock, self._told():
            if not self._shares:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                self._shares = True
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What is read inside is of one moment, whatever others write."""
        with self._lock, self._told():
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("COMMIT")

    def check_version(self, wanted: int) -> None:
        """Make sure that the file is ours and of this version.

        Raises:
            LibraryError: it isn't.
        """
        if self.rows("PRAGMA application_id")[0][0] != schema.APPLICATION_ID:
            raise LibraryError(f"{self._place} is another program's database, not a library.")
        version = self.rows("PRAGMA user_version")[0][0]
        if version == wanted:
            return
        remedy = "Use the program that wrote it, or rebuild the library."
        if version == schema.FIRST_VERSION:
            remedy = f"Run: python -m med3dvlm library migrate {Path(self._place).parent}"
        raise LibraryError(
            f"{self._place} has schema version {version}, but this program reads {wanted}. {remedy}"
        )

    def close(self) -> None:
        """Close the file; the store can't be used afterwards.

        Whoever wrote and closes last leaves one file, which opens where nothing can be written.
        """
        with self._lock:
            if self._shares:
                with suppress(sqlite3.Error):  # others have it open, or it is closed already
                    self._connection.execute("PRAGMA busy_timeout = 0")
                    self._connection.execute("PRAGMA journal_mode = DELETE")
            self._connection.close()

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


def _is_sealed_off(path: Path) -> bool:
    """Whether nobody can write beside the file, so that SQLite's side files can't be made."""
    beside = path.with_name(f"{path.name}-wal")
    return path.exists() and not beside.exists() and not os.access(path.parent, os.W_OK)
