import logging
import subprocess
import sys
from pathlib import Path

import faiss
import pytest

from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.index import VectorIndex
from med3dvlm.retrieval.library import INDEX_NAME, STORE_NAME

MODEL = "phantom-1"


def titles(library: Library, query: list[float], k: int = 9) -> list[str]:
    return [hit.entry.title for hit in library.search(query, k)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed library of three cases: a (1, 0, 0), b (0.6, 0.8, 0), c (0, 0, 1)."""
    entries = [Entry(title=f"case {digest}", text="", digest=digest) for digest in "abc"]
    with Library.create(tmp_path, dim=3, model=MODEL) as library:
        library.add(entries, [[1, 0, 0], [3, 4, 0], [0, 0, 2]])
    return tmp_path


KILLED_BEFORE = """
import os, sys
from pathlib import Path
from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.index import VectorIndex

library = Library.open(Path(sys.argv[1]), model="phantom-1")
setattr(VectorIndex, sys.argv[2], lambda *_: os._exit(9))
new = Entry(title="case d", text="", digest="d")
moved = Entry(title="case a", text="", digest="a")
if sys.argv[3] == "add":
    library.add([new, moved], [[1, 0, 1], [0, 1, 0]])
else:
    library.remove([library.entries()[0].id])
"""


def kill(folder: Path, step: str, change: str) -> None:
    """Run a change in another process that dies as it enters a step of the index."""
    command = [sys.executable, "-c", KILLED_BEFORE, str(folder), step, change]
    assert subprocess.run(command, check=False).returncode == 9


@pytest.mark.parametrize("step", ["put", "save"])
def test_killed_between_commit_and_index_while_adding(
    folder: Path, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    kill(folder, step, "add")
    with caplog.at_level(logging.WARNING), Library.open(folder, model=MODEL) as library:
        assert library.repaired == 2  # one missing, one replaced
        assert titles(library, [1, 0, 1], 1) == ["case d"]
        assert titles(library, [0, 1, 0], 1) == ["case a"]
        assert "repaired 2 vectors" in caplog.text
        library.save()
    with Library.open(folder, model=MODEL) as library:
        assert (len(library), library.repaired) == (4, 0)


@pytest.mark.parametrize("step", ["remove", "save"])
def test_killed_between_commit_and_index_while_removing(folder: Path, step: str) -> None:
    kill(folder, step, "remove")
    with Library.open(folder, model=MODEL) as library:
        assert library.repaired == 1
        assert titles(library, [1, 0, 0]) == ["case b", "case c"]


def test_killed_before_the_commit_changes_nothing(folder: Path) -> None:
    """SQLite's own promise, checked once with our transactions."""
    script = """
import os, sys
from pathlib import Path
import numpy as np
from med3dvlm.retrieval import Entry
from med3dvlm.retrieval.store import Store
store = Store.open(Path(sys.argv[1]))
store._connection.execute("PRAGMA cache_size = 1")
with store._change() as connection:
    connection.execute("DELETE FROM entry")
    os._exit(9)
"""
    command = [sys.executable, "-c", script, str(folder / STORE_NAME)]
    assert subprocess.run(command, check=False).returncode == 9
    with Library.open(folder, model=MODEL) as library:
        assert (len(library), library.repaired) == (3, 0)


@pytest.mark.parametrize("damage", ["missing", "cut", "another width", "another kind"])
def test_lost_index_is_made_from_the_store(folder: Path, damage: str) -> None:
    path = folder / INDEX_NAME
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-7])
    elif damage == "another width":
        VectorIndex(2).save(path)
    else:
        path.write_bytes(faiss.serialize_index(faiss.IndexFlatIP(3)).tobytes())
    with Library.open(folder, model=MODEL) as library:
        assert library.repaired == 3
        assert titles(library, [1, 0, 0], 2) == ["case a", "case b"]
