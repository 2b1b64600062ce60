"""Sweeping away files keeps nobody waiting: who asks for a file meanwhile is told at once."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from med3dvlm.hosting.gate.ownership import ExpirySweeper, Ownership
from med3dvlm.hosting.gate.refusal import RefusedError
from tests.hosting.conftest import Clock

ANNAS, BENS = "anna", "ben"


@pytest.fixture
def ownership(tmp_path: Path, clock: Clock) -> Ownership:
    return Ownership(tmp_path, keep_seconds=600, clock=clock)


def old_file(folder: Path, name: str) -> Path:
    path = folder / name / "scan.bin"
    path.parent.mkdir()
    path.write_bytes(b"x")
    os.utime(path, (0, 0))
    return path


class Alone(dict[str, Any]):
    """Files that nobody may add to while they are looked at all together."""

    lock: threading.Lock

    def items(self) -> Any:
        assert self.lock.locked()
        return super().items()

    def keys(self) -> Any:
        assert self.lock.locked()
        return super().keys()


def test_files_that_come_while_all_are_looked_at_wait_for_it(
    tmp_path: Path, ownership: Ownership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dictionary changed its size in a loop, once in some thousand uploads."""
    files = Alone()
    files.lock = ownership._lock
    monkeypatch.setattr(ownership, "_files", files)
    ownership.grant(ANNAS, str(old_file(tmp_path, "hers")))
    ownership.sweep()
    ownership.sweep_unclaimed()


def test_a_sweep_that_fails_is_logged_and_the_next_one_comes(
    tmp_path: Path, ownership: Ownership, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Nothing was removed any more until the end of the server, and its disk was full."""
    nobodys = old_file(tmp_path, "nobodys")
    failed, swept = threading.Event(), threading.Event()

    def fail() -> None:
        (swept if failed.is_set() else failed).set()
        raise RuntimeError("dictionary changed size during iteration")

    monkeypatch.setattr(ownership, "sweep", fail)
    sweeper = ExpirySweeper(ownership, every_seconds=0.01)
    sweeper.start()
    assert swept.wait(30)
    sweeper.stopped.set()
    assert not nobodys.exists()
    assert "could not sweep away" in caplog.text


@pytest.mark.parametrize("whose", ["of one who has left", "of nobody"])
def test_nobody_waits_for_the_disk_that_removes_files(
    tmp_path: Path,
    ownership: Ownership,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    whose: str,
) -> None:
    """Thousands of files of one visitor were removed while everybody who named a file waited.

    The event loop was who waited, so nobody was answered at all.
    """
    kept, going = old_file(tmp_path, "kept"), old_file(tmp_path, "going")
    if whose != "of nobody":
        ownership.grant(ANNAS, str(going))
    ownership.sweep_unclaimed()
    clock.now += 601
    ownership.grant(BENS, str(kept))
    ownership.sessions.claim("page", BENS)
    waited = []
    unlink = Path.unlink

    def slow_unlink(path: Path, *, missing_ok: bool = False) -> None:
        waited.append(ownership._lock.locked())
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", slow_unlink)
    (ownership.sweep_unclaimed if whose == "of nobody" else ownership.sweep)()
    assert waited == [False]
    assert not going.exists()
    ownership.check_file(BENS, str(kept))
    with pytest.raises(RefusedError):
        ownership.check_file(ANNAS, str(going))


def test_a_file_that_is_given_again_before_it_goes_stays(
    tmp_path: Path, ownership: Ownership, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its new owner has a page open; between the look at all files and its removal it came."""
    first, second = old_file(tmp_path, "1"), old_file(tmp_path, "2")
    for path in (first, second):
        ownership.grant(ANNAS, str(path))
    clock.now += 601
    unlink = Path.unlink

    def give_the_second_again(path: Path, *, missing_ok: bool = False) -> None:
        assert not ownership._lock.locked()
        ownership.grant(BENS, str(second))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", give_the_second_again)
    ownership.sweep()
    assert [path.exists() for path in (first, second)] == [False, True]
    ownership.check_file(BENS, str(second))
