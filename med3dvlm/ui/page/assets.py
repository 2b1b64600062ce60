"""Gradio's scripts and style sheets: packed once, kept by browsers, and some changed.

Middleware(Assets)      # answers for them; everything else goes on to Gradio

Opening the page takes a hundred of them. Gradio reads and packs each anew for each visitor, and a
browser asks for each again on the next visit. Their names change with their contents, so a browser
may keep them; only the changed ones (quick_script.py) it has to ask about, as their names stay.
"""

import asyncio
import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from med3dvlm.ui.page.quick_script import FOLDER, changed_files

PLACE = "/assets/"
KINDS = {".js": "text/javascript", ".css": "text/css"}
KEPT, ASKED_ABOUT = "max-age=31536000, immutable", "no-cache"
LEVEL = 6


class Asset(NamedTuple):
    """A script or style sheet as it is sent."""

    content: bytes
    packed: bytes
    headers: dict[str, str]


class Assets:
    """ASGI middleware that sends scripts and style sheets of Gradio's page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._names = {path.name for path in FOLDER.iterdir() if path.suffix in KINDS}
        # All that are ever asked for are some megabytes.
        self._read: dict[str, Asset] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = str(scope.get("path", "")).removeprefix(scope.get("root_path", ""))
        name = path.removeprefix(PLACE) if path.startswith(PLACE) else ""
        if scope["type"] != "http" or scope["method"] != "GET" or name not in self._names:
            await self._app(scope, receive, send)
            return
        if name not in self._read:
            self._read[name] = await asyncio.to_thread(read_asset, name)
        await _answer(self._read[name], Headers(scope=scope))(scope, receive, send)


def read_asset(name: str) -> Asset:
    """One file of Gradio's page, as it is sent."""
    changed = _changed().get(name)
    content = changed or (FOLDER / name).read_bytes()
    headers = {
        "content-type": KINDS[Path(name).suffix],
        "cache-control": ASKED_ABOUT if changed else KEPT,
        "etag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        "vary": "Accept-Encoding",
    }
    return Asset(content, gzip.compress(content, LEVEL, mtime=0), headers)


_changed = cache(changed_files)


def _answer(asset: Asset, asked: Headers) -> Response:
    if asset.headers["etag"] in asked.get("if-none-match", ""):
        return Response(status_code=304, headers=asset.headers)
    if "gzip" in asked.get("accept-encoding", ""):
        return Response(asset.packed, headers=asset.headers | {"content-encoding": "gzip"})
    return Response(asset.content, headers=asset.headers)
