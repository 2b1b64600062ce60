"""Uploads have room on the disk, and broken ones leave nothing there."""

import os
import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.upload_room import RoomLimits, UploadRoom
from med3dvlm.hosting.gate.uploads import folder_of
from tests.hosting.conftest import ANNA, BEN, GuardedApp, make_guarded

UPLOAD = "/gradio_api/upload"


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
    with room.holding("anna", 1):
        mine.write_bytes(b"2")
        os.utime(mine, (time.time() + 1,) * 2)
        with room.holding("ben", 1):
            pass
        assert not old.exists()
        assert mine.exists()


def test_a_visitor_has_a_share_of_the_disk(tmp_path: Path) -> None:
    guarded = make_guarded(tmp_path, room=RoomLimits(visitor=1000))
    home = folder_of(guarded.ownership.folder, guarded.tag(ANNA))
    home.mkdir(parents=True)
    (home / "scan").write_bytes(b"x" * 900)
    refused = guarded.ask("POST", UPLOAD, cookie=ANNA, content=b"x" * 200)
    assert refused.status_code == 429
    assert "Come back" in refused.json()["detail"]
    guarded.app.says = b"[]"
    assert guarded.ask("POST", UPLOAD, cookie=BEN, content=b"x" * 200).status_code == 200


def test_what_comes_at_the_same_time_counts(tmp_path: Path) -> None:
    room = UploadRoom(tmp_path, RoomLimits(visitor=1000, all=1500))
    with room.holding("anna", 900):
        with pytest.raises(RefusedError, match="one visitor"):
            room.check("anna", 200)
        room.check("ben", 200)
        with pytest.raises(RefusedError, match="no room"):
            room.check("ben", 700)
    room.check("anna", 900)


def test_some_of_the_disk_stays_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = UploadRoom(tmp_path, RoomLimits())
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=600 * 2**20))
    room.check("anna", 50 * 2**20)
    with pytest.raises(RefusedError, match="no room") as refused:
        room.check("anna", 200 * 2**20)
    assert refused.value.status == 507


@pytest.mark.parametrize(("said", "size"), [("12", 12), ("", 1000), ("-1", 1000), ("9" * 30, 1000)])
def test_an_upload_that_does_not_tell_its_size_counts_as_the_largest(
    tmp_path: Path, said: str, size: int
) -> None:
    guard = make_guarded(tmp_path, upload_bytes=1000).guard
    head = SimpleNamespace(first=lambda _: said)
    assert guard.size_of(head) == size  # type: ignore[arg-type]
