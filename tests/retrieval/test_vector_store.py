from dataclasses import dataclass
from pathlib import Path

import pytest

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval import Library
from med3dvlm.retrieval.library import STORE_NAME
from med3dvlm.retrieval.vector_store import copy_into
from tests.retrieval.contract import DIM, MODEL, StoreContract


@dataclass
class Folder:
    path: Path

    def open(self, *, model: str = MODEL, dim: int = DIM) -> Library:
        if (self.path / STORE_NAME).exists():
            return Library.open(self.path, model=model)
        return Library.create(self.path, dim=dim, model=model)


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
