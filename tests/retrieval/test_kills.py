"""The short form of the kill test; `python -m tests.retrieval.kills` is the whole."""

from pathlib import Path

import pytest

from tests.retrieval.kills import Ledger, kill_often


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    assert kill_often(tmp_path / "library", kills=8, seed=1) > 0


def test_the_test_sees_a_loss(tmp_path: Path) -> None:
    kill_often(tmp_path / "library", kills=1)
    with pytest.raises(AssertionError, match="lost"):
        Ledger(held={"1", "2"}).check(tmp_path / "library")
