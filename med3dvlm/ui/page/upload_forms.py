"""Lets Gradio take forms of files alone, and of many files without keeping others waiting.

take_files_alone()      # from then on

Of an upload, Gradio writes the files to the disk as they come, but keeps every other field in
memory, however long it is; the page sends none. It makes the file of each part, and moves it to its
place, while nobody else is answered: a thousand tiny ones, which come in one piece, took more than
a second. The event that names them looks at all of them in one step: two thousand slices took half
a second.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from gradio import route_utils, routes
from gradio.blocks import Block
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException

NO_FILE = "An upload has files and no other fields."
HEAD = b"ontent-"  # one or two in the head of each part
HEADS_AT_ONCE = 16
# What was read of this upload: first nothing, then one form.
READ: ContextVar[list[FormData] | None] = ContextVar("forms that were read", default=None)

receive_and_place = route_utils.upload_fn
look_at_one = Block.async_move_resource_to_block_cache


class FilesAlone(route_utils.GradioMultiPartParser):
    """Refuses a field that is no file, before any of its content is kept."""

    def __init__(self, headers: Any, stream: AsyncGenerator[bytes, None], **more: Any) -> None:
        super().__init__(headers, gently(stream), **more)

    def on_headers_finished(self) -> None:
        """Look at the head of the next part.

        Raises:
            MultiPartException: it is no file.
        """
        super().on_headers_finished()
        if self._current_part.file is None or self._current_part.field_name != "files":
            raise MultiPartException(NO_FILE)

    async def parse(self) -> FormData:
        """The form; in `placed_apart` it is read in the first go, and there in the second."""
        read = READ.get()
        if read is None:
            return await super().parse()
        if read:
            return read[0]
        read.append(await super().parse())
        return FormData()


async def gently(stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same bytes; a piece with many parts in several, between which others have their turn."""
    async for piece in stream:
        size = len(piece) // (1 + piece.count(HEAD) // HEADS_AT_ONCE) + 1
        for start in range(0, len(piece), size):
            yield piece[start : start + size]
            if size < len(piece):
                await asyncio.sleep(0)


async def placed_apart(*given: Any, **named: Any) -> Any:
    """Gradio's function in two goes: here it reads the form, in a thread it places the files."""
    READ.set([])
    await receive_and_place(*given, **named)
    again = receive_and_place(*given, **named | {"upload_progress": None})
    return await asyncio.to_thread(asyncio.run, again)


async def look_and_let_others(part: Block, path: str | Path | None) -> str | None:
    """Gradio's look at one of the files of an event, and then whatever else there is to do."""
    place = await look_at_one(part, path)
    await asyncio.sleep(0)
    return place


def take_files_alone() -> None:
    """Replace the parser of uploads, what moves their files, and what looks at them later."""
    route_utils.GradioMultiPartParser = FilesAlone  # type: ignore[misc]
    routes.upload_fn = placed_apart  # type: ignore[attr-defined]
    Block.async_move_resource_to_block_cache = look_and_let_others  # type: ignore[method-assign, assignment]
