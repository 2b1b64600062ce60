import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval import Library
from med3dvlm.retrieval.opening import open_store, shown
from med3dvlm.retrieval.vector_store import copy_into
from tests.retrieval.contract import DIM, MODEL, StoreContract


@dataclass
class Folder:
    path: Path

    def open(self, *, model: str = MODEL, dim: int = DIM) -> Library:
        store = open_store(str(self.path), model=model, dim=dim)
        assert isinstance(store, Library)
        return store


class TestLibrary(StoreContract):
    """A folder's library is the first store of the contract."""

    @pytest.fixture
    def place(self, tmp_path: Path) -> Folder:
        return Folder(tmp_path / "library")

    @pytest.fixture
    def copy_place(self, tmp_path: Path) -> Folder:
        return Folder(tmp_path / "copy")


def test_vectors_of_another_model_are_not_copied(tmp_path: Path) -> None:
    with (
        Library.create(tmp_path / "a", dim=2, model="one") as one,
        Library.create(tmp_path / "b", dim=2, model="two") as two,
        pytest.raises(LibraryError, match=r"'one'.*can't be put among those of 'two'"),
    ):
        copy_into(one, two)


def test_a_server_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "med3dvlm.retrieval.postgres", None)
    with pytest.raises(LibraryError, match=r"pip install 'med3dvlm\[archive\]'"):
        open_store("postgresql://host/archive", model=MODEL, dim=DIM)


def test_nobody_is_shown_whose_server_it_is() -> None:
    assert shown("some/folder") == "some/folder"
    assert shown("postgresql://anna:secret@archive/db#scans") == "archive, library 'scans'"
