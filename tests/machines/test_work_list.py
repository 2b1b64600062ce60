"""Work shared by worker processes, one of which is killed: nothing lost, nothing made twice."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from distributed import Client

from med3dvlm.errors import VolumeError
from med3dvlm.machines import work_list
from med3dvlm.machines.work_list import WorkersError, crew, kept_result, results
from tests.machines.work import BROKEN, DEADLY, Item, deadly, said, square


def name(item: Item) -> str:
    return str(item[1])


def test_a_killed_worker_loses_and_repeats_nothing(
    three: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_list, "AHEAD", 12)
    numbers = [n for n in range(40) if n != BROKEN]
    items = [(tmp_path, n) for n in numbers]
    kept = tmp_path / "kept"
    found = list(results(square, items, workers=three, kept=kept, name_of=name))
    assert found == [n**2 for n in numbers], "in the order of the items"
    counts = Counter(said(tmp_path))
    assert all(counts[f"ended {n}"] == 1 for n in numbers)
    assert {n for n in numbers if counts[f"begun {n}"] > 1} == {DEADLY}
    assert not kept.exists()


def test_what_a_killed_caller_did_not_take_is_not_made_again(three: Client, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (tmp_path / "died").touch()
    items = [(tmp_path, n) for n in range(6)]
    for item in items[2:4]:
        one = results(square, [item], workers=three, kept=kept, name_of=name)
        next(one)  # it has come, and then the caller is gone
        assert len(list(kept.glob("*.json"))) == item[1] - 1
    assert list(results(square, items, workers=three, kept=kept, name_of=name)) == [
        0, 1, 4, 9, 16, 25,
    ]  # fmt: skip
    assert Counter(said(tmp_path)).most_common(1)[0][1] == 1


def test_errors_come_in_their_place_and_are_not_kept(three: Client, tmp_path: Path) -> None:
    items = [(tmp_path, 6), (tmp_path, BROKEN), (tmp_path, 8)]
    for _ in range(2):
        first, error, last = results(
            square, items, workers=three, kept=tmp_path / "kept", name_of=name
        )
        assert (first, last) == (36, 64)
        assert isinstance(error, VolumeError)
        assert str(error) == "seven can't be read"


def test_what_kills_its_workers_is_given_up(
    three: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(three.cluster.scheduler, "allowed_failures", 0)
    [error] = results(deadly, [(tmp_path, 1)], workers=three, kept=tmp_path / "k", name_of=name)
    assert isinstance(error, WorkersError)


def test_a_result_that_is_there_is_taken(tmp_path: Path) -> None:
    place = tmp_path / "one.json"
    assert kept_result(json.dumps, [1], place) == "[1]"
    assert kept_result(pytest.fail, [1], place) == "[1]"


def test_no_scheduler_and_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorkersError, match="dask scheduler"), crew("nowhere://127.0.0.1:1"):
        pass
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WorkersError, match=r"med3dvlm\[archive\]"), crew(processes=1):
        pass
