"""Exports of a library that are empty, large, or can't be finished."""

from pathlib import Path

import numpy as np
import pytest

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval import Entry, Library, transfer


def library_of(folder: Path, count: int) -> Library:
    library = Library.create(folder, dim=2, model="m")
    entries = [Entry(title=str(n), text="", digest=str(n)) for n in range(count)]
    library.add(entries, np.ones((count, 2)) + np.eye(count, 2))
    return library


@pytest.mark.parametrize("count", [0, 7])
def test_it_comes_back_in_batches_of_any_size(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "BATCH", 3)
    with library_of(tmp_path / "one", count) as one, library_of(tmp_path / "two", 0) as two:
        assert transfer.export_library(one, tmp_path / "files").count == count
        assert transfer.import_library(tmp_path / "files", two) == count
        assert list(two) == list(one)
        assert two.vectors()[1].tolist() == one.vectors()[1].tolist()


def test_a_library_that_changes_meanwhile_is_exported_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with library_of(tmp_path / "one", 5) as one:
        monkeypatch.setattr(Library, "count", lambda *_: 6)
        with pytest.raises(LibraryError, match=r"changed meanwhile. Export it again"):
            transfer.export_library(one, tmp_path / "files")
    with pytest.raises(LibraryError, match="no finished export"):
        transfer.read_about(tmp_path / "files")


def test_a_file_in_the_way_of_an_export_is_named(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with (
        library_of(tmp_path / "one", 2) as one,
        pytest.raises(LibraryError, match="files: the export can't be written"),
    ):
        transfer.export_library(one, tmp_path / "files")
