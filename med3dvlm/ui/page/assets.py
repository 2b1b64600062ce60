"""Gradio's scripts and style sheets: packed once, kept by browsers, and some changed.

Assets(app)     # answers for them; everything else goes on to Gradio

Opening the page takes 85 of them. Gradio reads and packs each anew for each visitor, and a browser
asks for each again on the next visit. Their names change with their contents, so a browser may keep
them. The changed ones (quick_script.py) keep Gradio's names: a browser asks about these while it
uses what it has, which does the same as the next.

A browser learns of most of them only from others that it has run, in four steps. The page therefore
names them at its head (opening_assets.txt), so that they come side by side, style sheets as one,
and the theme, for which Gradio otherwise waits before it builds anything.
"""

import asyncio
import gzip
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from med3dvlm.ui.page.packing import path_of
from med3dvlm.ui.page.quick_script import FOLDER, changed_files
from med3dvlm.ui.page.slim_page import slimmed

PAGE, PLACE = "/", "/assets/"
KINDS = {".js": "text/javascript", ".css": "text/css"}
SCRIPT = '<link rel="modulepreload" href="./assets/{name}">'
STYLES = '<link rel="stylesheet" href="./assets/{name}">'
# Gradio neither fetches nor waits for a style sheet that is named already; this one is not fetched.
STYLE = '<link rel="stylesheet" disabled href="./assets/{name}">'
# Each is there once, the first after the base of all addresses, the last after Gradio's own styles:
# what comes later wins, so all have to keep their order.
TITLE, END = b'<meta property="og:title"', b"</head>"
THEME, VERSION = "/theme.css", b"v="  # its address tells its contents, as those of the assets do
THEME_LINK = b'<link rel="preload" as="style" href="./theme.css?v=%b">'
THEME_HASH = re.compile(rb'"theme_hash": ?"([0-9a-f]+)"')
KEPT = "max-age=31536000, immutable"
ASKED_ABOUT = "max-age=60, stale-while-revalidate=31536000"
LEVEL, OK = 6, 200


class Asset(NamedTuple):
    """A script or style sheet as it is sent."""

    content: bytes
    packed: bytes
    headers: dict[str, str]


class Assets:
    """ASGI middleware that sends scripts and style sheets of Gradio's page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._names = {path.name for path in FOLDER.iterdir() if path.suffix in KINDS} | {styles()}
        # All that are ever asked for are some megabytes.
        self._read: dict[str, Asset] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = path_of(scope) if scope["type"] == "http" and scope["method"] == "GET" else ""
        name = path.removeprefix(PLACE) if path.startswith(PLACE) else ""
        if path == PAGE:
            await self._app(scope, receive, _quickly_opened(send))
        elif name in self._names:
            if name not in self._read:
                self._read[name] = await asyncio.to_thread(read_asset, name)
            await _answer(self._read[name], Headers(scope=scope))(scope, receive, send)
        elif path == THEME and scope["query_string"].startswith(VERSION):
            await self._app(scope, receive, _kept(send))
        else:
            await self._app(scope, receive, send)


def read_asset(name: str) -> Asset:
    """One file of Gradio's page, as it is sent."""
    changed = _changed().get(name)
    content = _all_styles() if name == styles() else changed or (FOLDER / name).read_bytes()
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


@cache
def opening(kind: str) -> tuple[str, ...]:
    """Names of scripts or style sheets that opening the page takes, those that this Gradio has."""
    listed = (Path(__file__).parent / "opening_assets.txt").read_text("utf-8").split()
    return tuple(name for name in listed if name.endswith(kind) and (FOLDER / name).exists())


@cache
def styles() -> str:
    """Name of all of the style sheets in one."""
    return f"opening-{hashlib.sha256(_all_styles()).hexdigest()[:16]}.css"


@cache
def _all_styles() -> bytes:
    return b"\n".join((FOLDER / name).read_bytes() for name in opening(".css"))


def _kept(send: Send) -> Send:
    """An answer that a browser may keep, if it is what was asked for."""

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == OK:
            MutableHeaders(scope=message)["cache-control"] = KEPT
        await send(message)

    return told


def _quickly_opened(send: Send) -> Send:
    """The page with these links and a short description; any other answer as it is."""
    start: list[Message] = []
    body = bytearray()

    async def collected(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.append(message)
            return
        body.extend(message.get("body", b""))
        if message.get("more_body", False):
            return
        whole = slimmed(_with_links(bytes(body)))
        headers = MutableHeaders(scope=start[0])
        if "content-length" in headers:
            headers["content-length"] = str(len(whole))
        await send(start[0])
        await send({"type": "http.response.body", "body": whole})

    return collected


def _with_links(html: bytes) -> bytes:
    theme = b"".join(THEME_LINK % found for found in THEME_HASH.findall(html)[:1])
    scripts = "".join(SCRIPT.format(name=name) for name in opening(".js"))
    sheets = "".join(STYLE.format(name=name) for name in opening(".css"))
    html = html.replace(TITLE, scripts.encode() + theme + TITLE, 1)
    return html.replace(END, (STYLES.format(name=styles()) + sheets).encode() + END, 1)
