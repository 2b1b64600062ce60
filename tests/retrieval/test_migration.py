"""Libraries of the first version, as the program wrote them until November 2026."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval import Library
from med3dvlm.retrieval.schema import APPLICATION_ID
from med3dvlm.retrieval.store import Store

FIRST = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = 1;
CREATE TABLE made_with (model TEXT NOT NULL, dim INTEGER NOT NULL);
CREATE TABLE entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL, digest TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    source TEXT NOT NULL, thumbnail BLOB NOT NULL, facts TEXT NOT NULL, vector BLOB NOT NULL,
    UNIQUE (collection, digest));
INSERT INTO made_with VALUES ('m', 2);
"""


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A library of version 1: three entries, of which the second was removed."""
    path = tmp_path / "library.sqlite"
    with closing(sqlite3.connect(path)) as plain:
        plain.executescript(FIRST)
        for digest, vector in zip("abc", np.eye(3, 2, dtype="<f4") + 0.5, strict=True):
            plain.execute(
                "INSERT INTO entry (collection, digest, title, text, source, thumbnail, facts, "
                "vector) VALUES ('own', ?, ?, 'report', 's', '', ?, ?)",
                (digest, f"case {digest}", json.dumps({"region": "chest"}), vector.tobytes()),
            )
        plain.execute("DELETE FROM entry WHERE digest = 'b'")
        plain.commit()
    return tmp_path


def test_opening_names_the_command(first: Path) -> None:
    with pytest.raises(LibraryError, match=r"schema version 1.*library migrate"):
        Library.open(first, model="m")


def test_migrated_it_has_all_it_had(first: Path) -> None:
    assert Store.migrate(first / "library.sqlite")
    with Library.open(first, model="m") as library:
        assert [(e.id, e.digest, e.text, e.facts) for e in library] == [
            (1, "a", "report", {"region": "chest"}), (3, "c", "report", {"region": "chest"}),
        ]  # fmt: skip
        assert library.vectors()[1].tolist() == [[1.5, 0.5], [0.5, 0.5]]
        assert [hit.entry.digest for hit in library.search([1, 0], 1)] == ["a"]
        assert library.count({"region": "chest", "collection": "own"}) == 2
        assert library.add([library.entry(1)], [[0, 1]]) == [1]
    assert not Store.migrate(first / "library.sqlite")
    assert [path.name for path in first.iterdir()] == ["library.sqlite"]


def test_interrupted_it_is_what_it_was(first: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("med3dvlm.retrieval.schema.put_facts", stopped)
    with pytest.raises(KeyboardInterrupt):
        Store.migrate(first / "library.sqlite")
    monkeypatch.undo()
    assert Store.migrate(first / "library.sqlite")


def test_what_is_no_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="no library here"):
        Store.migrate(tmp_path / "library.sqlite")
    with closing(sqlite3.connect(tmp_path / "library.sqlite")) as plain:
        plain.execute("CREATE TABLE other (x)")
    with pytest.raises(LibraryError, match="another program"):
        Store.migrate(tmp_path / "library.sqlite")
