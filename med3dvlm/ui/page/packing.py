"""The page's own text goes over the line packed: some 770 kB are 110.

Scans and pictures are packed already, and Gradio packs its assets.
"""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PACKED = ("/", "/config")
LEVEL = 4  # 114 kB in 6 ms of a core; level 9 saves 7 kB and takes 15


class PackedPage:
    """ASGI middleware that packs the page and its description, for browsers that accept it."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain, self._packed = app, GZipMiddleware(app, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_page = scope["type"] == "http" and path_of(scope) in PACKED
        await (self._packed if is_page else self._plain)(scope, receive, send)


def path_of(scope: Scope) -> str:
    """What is asked for, without the address below which the app is served."""
    return str(scope.get("path", "")).removeprefix(scope.get("root_path", ""))
