import asyncio
from collections.abc import AsyncIterator

import pytest
from gradio import route_utils
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException

from med3dvlm.ui.page.upload_forms import (
    HEAD,
    HEADS_AT_ONCE,
    FilesAlone,
    gently,
    take_files_alone,
)
from tests.hosting.conftest import run_apart

HEADERS = Headers({"content-type": "multipart/form-data; boundary=x"})
FILE = 'Content-Disposition: form-data; name="files"; filename="scan.nii"'


def parsed(*heads: str) -> int:
    """How many files of a form were taken."""

    async def pieces() -> AsyncIterator[bytes]:
        for head in heads:
            yield f"--x\r\n{head}\r\n\r\nwords\r\n".encode()
        yield b"--x--\r\n"

    form = run_apart(FilesAlone(HEADERS, pieces(), max_file_size=2**20).parse())
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


def test_gradio_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route_utils, "GradioMultiPartParser", route_utils.GradioMultiPartParser)
    take_files_alone()
    assert route_utils.GradioMultiPartParser is FilesAlone


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
