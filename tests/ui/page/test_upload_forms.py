import asyncio
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio import processing_utils, route_utils, routes
from gradio.blocks import Block
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from med3dvlm.ui.page.upload_forms import (
    HEAD,
    HEADS_AT_ONCE,
    FilesAlone,
    gently,
    placed_apart,
    take_files_alone,
)
from tests.hosting.conftest import run_apart

HEADERS = {"content-type": "multipart/form-data; boundary=x"}
LOOK = "async_move_resource_to_block_cache"
FILE = 'Content-Disposition: form-data; name="files"; filename="scan.nii"'


def parsed(*heads: str) -> int:
    """How many files of a form were taken."""

    async def pieces() -> AsyncIterator[bytes]:
        for head in heads:
            yield f"--x\r\n{head}\r\n\r\nwords\r\n".encode()
        yield b"--x--\r\n"

    form = run_apart(FilesAlone(Headers(HEADERS), pieces(), max_file_size=2**20).parse())
    return len(form.getlist("files"))


def test_files_are_taken() -> None:
    assert parsed(FILE, FILE) == 2


@pytest.mark.parametrize(
    "head",
    [
        'Content-Disposition: form-data; name="files"',
        FILE.replace("files", "other"),
        "Content-Type: text/plain",
    ],
)
def test_what_is_no_file_is_refused_before_it_is_kept(head: str) -> None:
    """Other fields were kept in memory, as long as an upload may be."""
    with pytest.raises(MultiPartException):
        parsed(FILE, head)


@pytest.fixture
def taken_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route_utils, "GradioMultiPartParser", route_utils.GradioMultiPartParser)
    monkeypatch.setattr(routes, "upload_fn", routes.upload_fn)
    monkeypatch.setattr(Block, LOOK, getattr(Block, LOOK))
    take_files_alone()


@pytest.mark.usefixtures("taken_alone")
def test_gradio_uses_it() -> None:
    assert route_utils.GradioMultiPartParser is FilesAlone
    assert routes.upload_fn is placed_apart


def uploaded(folder: Path, **headers: str) -> tuple[list[str], set[str]]:
    """Where the files of an upload are, and on which threads they came there."""
    form = f"--x\r\n{FILE}\r\n\r\n%d\r\n".encode()
    body = b"".join(form % number for number in range(20)) + b"--x--\r\n"
    threads = set()
    rename = os.rename

    def noted(*given: Any) -> None:
        threads.add(threading.current_thread().name)
        rename(*given)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def go() -> list[str]:
        lines = [(name.encode(), value.encode()) for name, value in (HEADERS | headers).items()]
        request = Request({"type": "http", "method": "POST", "headers": lines}, receive)
        progress = route_utils.FileUploadProgress()
        placed, _, _ = await routes.upload_fn(
            request, str(folder), 2**20, "mine", force_move=False, upload_progress=progress
        )
        assert progress.is_done("mine")
        return placed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "rename", noted)
        return run_apart(go()), threads


@pytest.mark.usefixtures("taken_alone")
def test_files_are_placed_while_others_are_answered(tmp_path: Path) -> None:
    """A folder of 900 slices was moved to its places while nobody was answered."""
    placed, threads = uploaded(tmp_path)
    assert [Path(path).read_text() for path in placed] == [str(number) for number in range(20)]
    assert len(threads) == 1
    assert threads.pop().startswith("asyncio"), "a thread beside the loop's"


@pytest.mark.usefixtures("taken_alone")
def test_what_is_no_form_is_refused_as_before(tmp_path: Path) -> None:
    with pytest.raises(HTTPException) as refused:
        uploaded(tmp_path, **{"content-type": "text/plain"})
    assert refused.value.status_code == 400


def test_others_have_their_turn_between_the_parts_of_a_piece() -> None:
    """A thousand tiny files in one piece were made in one step of more than a second."""
    piece = f"--x\r\n{FILE}\r\n\r\nx\r\n".encode() * 1000
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def pieces() -> AsyncIterator[bytes]:
        yield piece
        yield b"x" * 10_000

    async def taken() -> list[bytes]:
        beside = asyncio.create_task(others())
        try:
            return [part async for part in gently(pieces())]
        finally:
            beside.cancel()

    *parts, last = run_apart(taken())
    assert last == b"x" * 10_000, "contents stay in one piece"
    assert b"".join(parts) == piece
    assert max(part.count(HEAD) for part in parts) <= 2 * HEADS_AT_ONCE
    assert turns >= len(parts) - 1


@pytest.mark.usefixtures("taken_alone")
def test_others_have_their_turn_between_the_files_of_an_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event with a folder of two thousand slices kept everybody waiting for half a second."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    files = []
    for number in range(30):
        path = tmp_path / f"{number}.dcm"
        path.touch()
        files.append({"path": str(path), "meta": {"_type": "gradio.FileData"}})
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def looked_at() -> list[dict[str, Any]]:
        with gr.Blocks():
            part = gr.File(file_count="multiple")
        beside = asyncio.create_task(others())
        await asyncio.sleep(0)
        try:
            return await processing_utils.async_move_files_to_cache(
                files, part, check_in_upload_folder=True
            )
        finally:
            beside.cancel()

    found = run_apart(looked_at())
    assert [one["path"] for one in found] == [one["path"] for one in files]
    assert turns >= len(files)
