"""Lets Gradio take forms of files alone, and of many files without keeping others waiting.

take_files_alone()      # from then on

Of an upload, Gradio writes the files to the disk as they come, but keeps every other field in
memory, however long it is; the page sends none. It makes the file of each part while nobody else
is answered: a thousand tiny ones, which come in one piece, took more than a second.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from gradio import route_utils
from starlette.formparsers import MultiPartException

NO_FILE = "An upload has files and no other fields."
HEAD = b"ontent-"  # one or two in the head of each part
HEADS_AT_ONCE = 16


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


async def gently(stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same bytes; a piece with many parts in several, between which others have their turn."""
    async for piece in stream:
        size = len(piece) // (1 + piece.count(HEAD) // HEADS_AT_ONCE) + 1
        for start in range(0, len(piece), size):
            yield piece[start : start + size]
            if size < len(piece):
                await asyncio.sleep(0)


def take_files_alone() -> None:
    """Replace the parser of uploads."""
    route_utils.GradioMultiPartParser = FilesAlone  # type: ignore[misc]
