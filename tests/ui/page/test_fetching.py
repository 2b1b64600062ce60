"""Files that a call names by an address on another server."""

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio import processing_utils

from med3dvlm.config import Settings
from med3dvlm.errors import VolumeError
from med3dvlm.ui.page import fetching
from tests.hosting.conftest import run_apart

FUNCTIONS = (
    "async_ssrf_protected_download", "async_ssrf_protected_get", "ssrf_protected_download",
    "save_url_to_cache",
)  # fmt: skip
ADDRESS = "https://example.org/scan.nii.gz"


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FUNCTIONS:
        monkeypatch.setattr(processing_utils, name, getattr(processing_utils, name))


def server(room: Any = None) -> Any:
    guard = SimpleNamespace(room=SimpleNamespace(check_all=room))
    return SimpleNamespace(guard=guard)


def preprocessed(data: Any) -> Any:
    """What a handler gets of a file that a call names."""
    move = processing_utils.async_move_files_to_cache
    return run_apart(move(data, gr.File(), check_in_upload_folder=True))


def test_without_tools_no_address_is_fetched() -> None:
    """Anybody could have this server fetch any public address, in whole, into its memory."""
    fetching.fetch_for(Settings(mcp=False), server())
    data = {"path": ADDRESS, "meta": {"_type": "gradio.FileData"}}
    with pytest.raises(gr.Error, match="does not fetch files"):
        preprocessed(data)
    with pytest.raises(gr.Error, match="does not fetch files"):
        run_apart(processing_utils.async_ssrf_protected_get(ADDRESS))
    for way in (processing_utils.ssrf_protected_download, processing_utils.save_url_to_cache):
        with pytest.raises(gr.Error, match="does not fetch files"):
            way(ADDRESS, "folder")


def test_for_tools_it_is_fetched_within_bounds_and_apart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[Any] = []

    def fetched(address: str, folder: Path, limits: Any) -> Path:
        seen.append((address, limits.size, threading.current_thread().name))
        return tmp_path / "scan.nii.gz"

    monkeypatch.setattr(fetching, "fetched", fetched)
    fetching.fetch_for(Settings(mcp=True, max_upload_mb=3), server())
    moved = preprocessed({"path": ADDRESS, "meta": {"_type": "gradio.FileData"}})
    assert moved["path"] == str(tmp_path / "scan.nii.gz")
    [(address, size, thread)] = seen
    assert (address, size) == (ADDRESS, 3 << 20)
    assert thread.startswith("fetching")


def test_why_it_did_not_come_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetched(*_: Any) -> Path:
        raise VolumeError("too slow")

    monkeypatch.setattr(fetching, "fetched", fetched)
    fetching.fetch_for(Settings(mcp=True), server())
    with pytest.raises(gr.Error, match="too slow"):
        preprocessed({"path": ADDRESS, "meta": {"_type": "gradio.FileData"}})
