"""Whatever is killed or lost, what a library has acknowledged is there when it is opened."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.library import STORE_NAME
from med3dvlm.retrieval.sealing import seal

MODEL = "phantom-1"


def titles(library: Library, query: list[float], k: int = 9) -> list[str]:
    return [hit.entry.title for hit in library.search(query, k)]


def case(digest: str) -> Entry:
    return Entry(title=f"case {digest}", text="", digest=digest)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed, sealed library of three cases: a (1, 0, 0), b (0.6, 0.8, 0), c (0, 0, 1)."""
    with Library.create(tmp_path, dim=3, model=MODEL) as library:
        library.add([case(digest) for digest in "abc"], [[1, 0, 0], [3, 4, 0], [0, 0, 2]])
        assert library.seal()
    return tmp_path


KILLED_WHILE_SEALING = """
import os, sys
from pathlib import Path
from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval import sealing
from med3dvlm.retrieval.store import Store

library = Library.open(Path(sys.argv[1]), model="phantom-1")
new = [Entry(title=f"case {digest}", text="", digest=digest) for digest in "da"]
library.add(new, [[1, 0, 1], [0, 1, 0]])
where = {"writing": (sealing, "write_segment"), "naming": (Store, "publish"),
         "sweeping": (sealing, "remove_segments")}[sys.argv[2]]
setattr(*where, lambda *_, **__: os._exit(9))
library.seal()
"""


@pytest.mark.parametrize("step", ["writing", "naming", "sweeping"])
def test_killed_while_sealing(folder: Path, step: str) -> None:
    command = [sys.executable, "-c", KILLED_WHILE_SEALING, str(folder), step]
    assert subprocess.run(command, check=False).returncode == 9
    with Library.open(folder, model=MODEL) as library:
        assert (len(library), library.repaired) == (4, 0)
        assert titles(library, [1, 0, 1], 1) == ["case d"]
        assert titles(library, [0, 1, 0], 1) == ["case a"]
        assert library.seal()
        assert len(list(folder.glob("segment-*.vectors"))) == 1
        assert titles(library, [0, 1, 0], 1) == ["case a"]


def test_killed_before_the_commit_changes_nothing(folder: Path) -> None:
    """SQLite's own promise, checked once with our transactions."""
    script = """
import os, sys
from pathlib import Path
from med3dvlm.retrieval.store import Store
store = Store.open(Path(sys.argv[1]))
store._file._connection.execute("PRAGMA cache_size = 1")
with store._file.change() as connection:
    connection.execute("DELETE FROM entry")
    os._exit(9)
"""
    command = [sys.executable, "-c", script, str(folder / STORE_NAME)]
    assert subprocess.run(command, check=False).returncode == 9
    with Library.open(folder, model=MODEL) as library:
        assert (len(library), library.repaired) == (3, 0)


@pytest.mark.parametrize("damage", ["missing", "cut", "another format"])
def test_lost_segment_is_searched_from_the_store(
    folder: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    [path] = folder.glob("segment-*.vectors")
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-4])
    else:
        with Library.open(folder, model=MODEL) as library:
            named = library._store.segment
            library._store.publish(
                named.replace('"format": 1', '"format": 9'), instead_of=named, upto=0
            )
    with caplog.at_level(logging.WARNING), Library.open(folder, model=MODEL) as library:
        assert library.repaired == 3
        assert titles(library, [1, 0, 0], 2) == ["case a", "case b"]
        assert "searching the entries themselves" in caplog.text
        assert library.seal()
    with Library.open(folder, model=MODEL) as library:
        assert (library.repaired, len(library)) == (0, 3)


def test_only_one_seals_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner: list[bool] = []
    publish = "med3dvlm.retrieval.store.Store.publish"
    monkeypatch.setattr(publish, lambda *_, **__: inner.append(seal(folder)))
    assert seal(folder)
    assert inner == [False]
