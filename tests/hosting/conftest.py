"""A guard before a small app that answers what it was asked, and a way to ask it."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from med3dvlm.hosting.gate.guard import Guard, GuardRules
from med3dvlm.hosting.gate.middleware import GuardMiddleware
from med3dvlm.hosting.gate.ownership import Ownership
from med3dvlm.hosting.gate.request_bodies import Receive, Send
from med3dvlm.hosting.gate.request_head import VISITOR_HEADER, RequestHead, Scope
from med3dvlm.hosting.gate.upload_room import RoomLimits, UploadRoom
from med3dvlm.hosting.operations.health import Health

BROWSER = {"user-agent": "a browser"}
HOST = "http://127.0.0.1:7860"


T = TypeVar("T")


def run_apart(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run in a thread of its own: where browser tests ran before, this one has a loop already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@dataclass
class Echo:
    """Answers with JSON: what a test told it to say, or what it was sent."""

    says: bytes = b""
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.seen.append({"scope": scope, "body": body, "headers": dict(scope["headers"])})
        headers = [(b"content-type", b"application/json"), (b"content-length", b"0")][:1]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.says or b"{}"})


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Stands still until it is set."""
    return Clock()


@dataclass
class GuardedApp:
    """The guard, the app behind it, and visitors' browsers."""

    app: Echo
    guard: Guard
    ownership: Ownership
    clock: Clock

    def ask(
        self, method: str, path: str, *, cookie: str = "", origin: str = HOST, **more: Any
    ) -> httpx.Response:
        signed = f"med3dvlm={self.guard.limits.sign(cookie)}"
        headers = BROWSER | ({"cookie": signed} if cookie else {})
        headers |= more.pop("headers", {})
        client = more.pop("client", ("10.0.0.9", 1234))

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(
                app=GuardMiddleware(self.app, self.guard), client=client
            )
            async with httpx.AsyncClient(transport=transport, base_url=origin) as browser:
                return await browser.request(method, path, headers=headers, **more)

        return run_apart(go())

    def tag(self, cookie: str) -> str:
        """By what the guard knows the visitor with this cookie."""
        self.ask("GET", "/gradio_api/app_id", cookie=cookie)
        return self.app.seen[-1]["headers"][VISITOR_HEADER].decode()

    def address(self, client: tuple[str, int] = ("10.0.0.9", 1234)) -> str:
        """By what the guard knows the address of a client."""
        scope = {"method": "GET", "path": "/", "headers": [], "client": client}
        return self.guard.limits.visitor_of(RequestHead(scope, proxy=False)).address

    def post(self, path: str, value: Any, **more: Any) -> httpx.Response:
        more.setdefault("headers", {}).setdefault("content-type", "application/json")
        return self.ask("POST", path, content=json.dumps(value), **more)

    def file(self, name: str, content: bytes = b"scan") -> Path:
        path = self.ownership.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


ANNA, BEN = "a" * 32, "b" * 32


@pytest.fixture
def guarded(tmp_path: Path) -> GuardedApp:
    return make_guarded(tmp_path)


@pytest.fixture
def guarded_with(tmp_path: Path) -> Callable[..., GuardedApp]:
    return lambda **rules: make_guarded(tmp_path, **rules)


def make_guarded(folder: Path, **rules: Any) -> GuardedApp:
    clock = Clock()
    (folder / "files").mkdir(exist_ok=True)
    ownership = Ownership(folder / "files", forget_seconds=60, keep_seconds=600, clock=clock)
    room = UploadRoom(folder / "files", rules.pop("room", RoomLimits()))
    logins = rules.pop("logins", None)
    guard = Guard(
        rules=GuardRules(**rules), ownership=ownership, health=Health(), room=room, logins=logins
    )
    return GuardedApp(Echo(), guard, ownership, clock)
