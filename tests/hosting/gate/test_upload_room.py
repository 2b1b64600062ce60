"""Uploads have room on the disk, and broken ones leave nothing there."""

import json
import os
import shutil
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from med3dvlm.hosting.gate.rate_limits import Visitor
from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.upload_room import RoomLimits, UploadRoom
from med3dvlm.hosting.gate.uploads import folder_of
from tests.hosting.conftest import ANNA, BEN, GuardedApp, make_guarded, run_apart

UPLOAD = "/gradio_api/upload"
ANNA_HERE, BEN_THERE = Visitor("anna", "school"), Visitor("ben", "home")


def test_a_cut_upload_leaves_nothing(guarded: GuardedApp) -> None:
    """Its file stayed for an hour."""
    folder = guarded.ownership.folder

    async def cut(*_: Any) -> None:
        (folder / "tmpab12_x9z").write_bytes(b"half a scan")
        raise ClientDisconnect

    (folder / "tmp").mkdir()
    guarded.app = cut
    with pytest.raises(AssertionError):  # there is nobody to answer
        guarded.ask("POST", UPLOAD, cookie=ANNA, content=b"half")
    assert [path.name for path in folder.iterdir()] == ["tmp"]


def test_parts_of_an_upload_that_still_comes_are_left_alone(tmp_path: Path) -> None:
    room = UploadRoom(tmp_path, RoomLimits())
    old, mine = tmp_path / "tmpaaaaaaaa", tmp_path / "tmpbbbbbbbb"
    old.write_bytes(b"1")
    os.utime(old, (time.time() - 5,) * 2)

    async def both() -> None:
        async with room.holding(ANNA_HERE, 1):
            mine.write_bytes(b"2")
            os.utime(mine, (time.time() + 1,) * 2)
            async with room.holding(BEN_THERE, 1):
                pass
            assert not old.exists()
            assert mine.exists()

    run_apart(both())


def test_a_visitor_has_a_share_of_the_disk(tmp_path: Path) -> None:
    guarded = make_guarded(tmp_path, room=RoomLimits(visitor=100_000))
    anna = Visitor(guarded.tag(ANNA), guarded.address())
    home = folder_of(guarded.ownership.folder, anna)
    home.mkdir(parents=True)
    (home / "scan").write_bytes(b"x" * 99_900)
    refused = guarded.ask("POST", UPLOAD, cookie=ANNA, content=b"x" * 200)
    assert refused.status_code == 429
    assert "Come back" in refused.json()["detail"]
    assert refused.headers["retry-after"] == "3600"
    guarded.app.says = b"[]"
    assert guarded.ask("POST", UPLOAD, cookie=BEN, content=b"x" * 200).status_code == 200


def test_what_comes_at_the_same_time_counts(tmp_path: Path) -> None:
    room = UploadRoom(tmp_path, RoomLimits(visitor=1000, all=1500))

    async def meanwhile() -> None:
        async with room.holding(ANNA_HERE, 900):
            with pytest.raises(RefusedError, match="one visitor"):
                room.check(ANNA_HERE, 200)
            room.check(BEN_THERE, 200)
            with pytest.raises(RefusedError, match="no room"):
                room.check(BEN_THERE, 700)

    run_apart(meanwhile())
    room.check(ANNA_HERE, 900)


def test_some_of_the_disk_stays_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = UploadRoom(tmp_path, RoomLimits())
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=600 * 2**20))
    room.check(ANNA_HERE, 50 * 2**20)
    with pytest.raises(RefusedError, match="no room") as refused:
        room.check(ANNA_HERE, 200 * 2**20)
    assert refused.value.status == 507


@pytest.mark.parametrize(("said", "size"), [("12", 12), ("", 1000), ("-1", 1000), ("9" * 30, 1000)])
def test_an_upload_that_does_not_tell_its_size_counts_as_the_largest(
    tmp_path: Path, said: str, size: int
) -> None:
    guard = make_guarded(tmp_path, upload_bytes=1000).guard
    head = SimpleNamespace(first=lambda _: said)
    assert guard.size_of(head) == size  # type: ignore[arg-type]


def test_new_cookies_get_no_new_disk(tmp_path: Path) -> None:
    """Each cookie, which costs one request, came with its own share until the disk was full."""
    room = UploadRoom(tmp_path, RoomLimits(visitor=2**20, all=4 * 2**20))
    for number in range(3):
        visitor = Visitor(f"visitor {number}", "school")
        room.check(visitor, 2**20)
        home = folder_of(tmp_path, visitor)
        home.mkdir(parents=True)
        (home / "scan").write_bytes(bytes(2**20))
    with pytest.raises(RefusedError, match="at your address") as refused:
        room.check(Visitor("visitor 4", "school"), 2**19)
    assert refused.value.status == 429
    room.check(BEN_THERE, 2**19)


def test_an_upload_is_placed_while_others_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody was answered for 0.4 s beside 900 tiny files, and 1.5 s beside a busy disk."""
    guarded, worked = make_guarded(tmp_path), []
    link, walk = os.link, os.walk
    for name, work in (("link", link), ("walk", walk)):

        def noted(*given: Any, work: Any = work, **named: Any) -> Any:
            worked.append(threading.current_thread().name)
            return work(*given, **named)

        monkeypatch.setattr(os, name, noted)
    path = guarded.file("cache/scan.nii")
    guarded.app.says = json.dumps([str(path)]).encode()
    answer = guarded.ask("POST", UPLOAD, cookie=ANNA, content=b"x" * 200)
    [placed] = answer.json()
    assert Path(placed).read_bytes() == path.read_bytes()
    assert placed != str(path)
    assert len(worked) >= 2
    assert all(name.startswith("disk") for name in worked)


def test_tiny_files_are_not_free(tmp_path: Path) -> None:
    """A million files of one byte were a megabyte, and a second of looking for every upload."""
    room = UploadRoom(tmp_path, RoomLimits(visitor=2**20))
    home = folder_of(tmp_path, ANNA_HERE)
    home.mkdir(parents=True)
    for number in range(16):
        (home / f"{number}").write_bytes(b"x")
    with pytest.raises(RefusedError, match="one visitor"):
        room.check(ANNA_HERE, 1)
