"""Stands between the network and Gradio: what is not meant to be let in stays out.

    page.launch(app_kwargs={"middleware": [guard.as_middleware()]})

It knows no page and no model: addresses, cookies, bodies and files only. docs/security.md lists
what it is for, and the test of each.
"""

import json
import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from starlette.middleware import Middleware

from med3dvlm.hosting.gate.ownership import NOT_YOURS, Ownership
from med3dvlm.hosting.gate.rate_limits import Visitor, VisitorLimits
from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.request_bodies import (
    Message,
    Receive,
    Send,
    bounded,
    paths_in,
    read_body,
    replayed,
    sent_paths,
    value_of,
)
from med3dvlm.hosting.gate.request_head import (
    CALLER_HEADER,
    PROXY_HEADERS,
    VISITOR_HEADER,
    RequestHead,
    Scope,
    host_alone,
)
from med3dvlm.hosting.gate.uploads import own_copies
from med3dvlm.hosting.operations.health import Health, PlainResponse

LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Gradio has them, this page needs none of them.
CLOSED = (
    "proxy=", "stream/", "process_recording", "vibe-", "deep_link", "dev/", "profiling", "token",
    "run-history", "runs", "custom_component",
)  # fmt: skip
CLOSED_PATHS = ("/monitoring", "/gradio_api/deep_link", "/pwa_icon")
MCP = "mcp"
MEBI = 2**20
BODY_BYTES, LOGIN_BYTES = 8 * MEBI, 16 * 2**10
SAFE = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    b"style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    b"media-src 'self' blob:; connect-src 'self' blob: data:; worker-src 'self' blob:; "
    b"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
SPACES_FRAMES = b" https://huggingface.co https://*.hf.space"
STOPPING = "The server is being restarted. Try again in a minute."

logger = logging.getLogger(__name__)
Headers = list[tuple[bytes, bytes]]
App = Callable[[Scope, Receive, Send], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRules:
    """What is let in.

    Attributes:
        hosts: names the server may be asked for; empty for any.
        proxy: whether a proxy's headers are believed.
        upload_bytes: of one upload, all its files together.
        login: whether people have to log in.
        framed: whether the page may be shown within Hugging Face's pages.
    """

    hosts: tuple[str, ...] = ()
    proxy: bool = False
    upload_bytes: int = 1024 * MEBI
    login: bool = False
    framed: bool = False


@dataclass(frozen=True, kw_only=True)
class Guard:
    """The parts that decide; `as_middleware` puts them before an app."""

    rules: GuardRules
    ownership: Ownership
    health: Health
    limits: VisitorLimits = field(default_factory=VisitorLimits)
    stopping: threading.Event = field(default_factory=threading.Event)

    def as_middleware(self) -> Middleware:
        """For Starlette, which gives it the app."""
        return Middleware(GuardMiddleware, guard=self)

    def check(self, head: RequestHead, visitor: Visitor) -> None:
        """Everything that can be said before the body.

        Raises:
            RefusedError: it is not let in.
        """
        if self.rules.hosts and not self._asked_for(head):
            raise RefusedError(421, "host", "This server is not known by that name.")
        self.limits.check_rate(visitor)
        if head.foreign:
            raise RefusedError(403, "origin", "Another site's page may not do this.")
        if head.route.startswith(CLOSED) or head.path.startswith(CLOSED_PATHS):
            raise RefusedError(404, "closed", "Not here.")
        if self.rules.login and head.route.startswith(MCP):
            raise RefusedError(404, "closed", "Not here while a login is asked for.")
        if self.stopping.is_set() and head.method == "POST":
            raise RefusedError(503, "stopping", STOPPING)
        self._check_file(head, visitor)
        self._check_session(head, visitor)

    def _asked_for(self, head: RequestHead) -> bool:
        return all(host_alone(name) in self.rules.hosts for name in head.names)

    def _check_file(self, head: RequestHead, visitor: Visitor) -> None:
        for start in ("file=", "file/"):
            if head.route.startswith(start):
                self.ownership.check_file(visitor.tag, head.route.removeprefix(start))
        if head.path.startswith("/file"):
            raise RefusedError(403, "file", NOT_YOURS)

    def _check_session(self, head: RequestHead, visitor: Visitor) -> None:
        """Streams name their session in the address."""
        if head.route.startswith("heartbeat/"):
            self.ownership.claim(head.route.removeprefix("heartbeat/"), visitor.tag)
        for name in head.query.get("session_hash", ()):
            self.ownership.claim(name, visitor.tag)
        parts = head.route.split("/")
        if parts[0] == "call" and head.method == "GET":
            self.ownership.claim(f"event {parts[-1]}", visitor.tag)

    async def let_in(self, head: RequestHead, visitor: Visitor, receive: Receive) -> Receive:
        """Check the body where there is one; returns how the app gets it.

        Raises:
            RefusedError: it is too large, too slow, or names what is not the sender's.
        """
        if head.method != "POST":
            return receive
        if head.route.startswith("upload"):
            return bounded(receive, most=self.rules.upload_bytes + MEBI)
        if head.path.startswith("/login"):
            return replayed(await read_body(receive, most=LOGIN_BYTES), receive)
        body = await read_body(receive, most=BODY_BYTES)
        if head.first("content-type").startswith("multipart/"):
            raise RefusedError(415, "type", "This is no request of the page.")
        value = value_of(body)
        session = value.get("session_hash") if isinstance(value, dict) else None
        if isinstance(session, str):
            self.ownership.claim(session, visitor.tag)
        for path in paths_in(value, self.ownership.folder):
            self.ownership.check_file(visitor.tag, path)
        return replayed(body, receive)

    def headers(self, head: RequestHead, visitor: Visitor) -> Iterator[tuple[bytes, bytes]]:
        """Added to every answer."""
        yield b"x-content-type-options", b"nosniff"
        yield b"referrer-policy", b"no-referrer"
        yield b"cross-origin-resource-policy", b"same-origin"
        yield b"permissions-policy", b"camera=(), microphone=(), geolocation=()"
        yield b"content-security-policy", SAFE + (SPACES_FRAMES if self.rules.framed else b"")
        if head.route.startswith(("file", "queue", "call")):
            yield b"cache-control", b"private, no-store"
        if visitor.cookie:
            yield b"set-cookie", visitor.cookie.encode()


class GuardMiddleware:
    """The guard as Starlette wants it."""

    def __init__(self, app: App, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, refuse or answer one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        else:
            await _GuardedRequest(self._app, self._guard, scope, send).go(receive)


class _GuardedRequest:
    """One request on its way in, and its answer on the way out."""

    def __init__(self, app: App, guard: Guard, scope: Scope, send: Send) -> None:
        self._app, self._guard, self._scope, self._send = app, guard, scope, send
        self._head: RequestHead | None = None
        self._visitor = Visitor("", "")
        self._started = False
        self._kept: list[Message] | None = None

    async def go(self, receive: Receive) -> None:
        guard = self._guard
        try:
            head = self._head = RequestHead(self._scope, proxy=guard.rules.proxy)
            answer = guard.health.answer(head, stopping=guard.stopping.is_set())
            if answer:
                await self._say(answer)
                return
            visitor = self._visitor = guard.limits.visitor_of(head)
            guard.check(head, visitor)
            with ExitStack() as stack:
                self._hold(head, visitor, stack)
                inside = await guard.let_in(head, visitor, receive)
                await self._pass(head, visitor, inside)
        except RefusedError as refused:
            guard.health.metrics.refused(refused.kind)
            if not self._started:
                body = json.dumps({"detail": str(refused)}).encode()
                await self._say(PlainResponse(refused.status, body))

    def _hold(self, head: RequestHead, visitor: Visitor, stack: ExitStack) -> None:
        """Count what stays open; a heartbeat means an open page."""
        limits, ownership = self._guard.limits, self._guard.ownership
        if head.route.startswith("upload") and head.method == "POST":
            stack.enter_context(limits.holding(visitor, "upload"))
            self._kept = []
        elif head.method == "POST":
            stack.enter_context(limits.holding(visitor, "body"))
        elif head.route.startswith(("heartbeat/", "queue/data", "upload_progress", "call/")):
            stack.enter_context(limits.holding(visitor, "stream"))
        if head.route.startswith("heartbeat/"):
            session = head.route.removeprefix("heartbeat/")
            ownership.enter(session)
            stack.callback(ownership.leave, session)
        if head.route.startswith("call/") and head.method == "GET":
            event = head.route.split("/")[-1]
            stack.callback(ownership.leave, f"event {event}")
            stack.callback(ownership.hang_up, event)

    async def _pass(self, head: RequestHead, visitor: Visitor, receive: Receive) -> None:
        ours = (VISITOR_HEADER, (visitor.caller or visitor.tag).encode())
        headers = [pair for pair in head.headers if pair[0] != CALLER_HEADER] + [ours]
        if head.route.startswith(MCP):
            await self._pass_mcp(headers, visitor, receive)
            return
        if visitor.call:
            headers.append((CALLER_HEADER, visitor.call.encode()))
        await self._app({**self._scope, "headers": headers}, receive, self._out)

    async def _pass_mcp(self, headers: Headers, visitor: Visitor, receive: Receive) -> None:
        """Gradio repeats the headers when it calls itself, as a client with a cookie of its own."""
        call = secrets.token_hex(8)
        vouched = self._guard.limits.vouch(visitor.tag, call).encode()
        kept = [pair for pair in headers if pair[0] not in (b"cookie", *PROXY_HEADERS)]
        scope = {**self._scope, "headers": [*kept, (CALLER_HEADER, vouched)]}
        try:
            await self._app(scope, receive, self._out)
        finally:
            self._guard.ownership.hang_up(call)

    async def _out(self, message: Message) -> None:
        """An answer of the app: with our headers, its files noted as this visitor's."""
        assert self._head, "only what came in goes out"
        if message["type"] == "http.response.start":
            self._started = True
            self._guard.health.metrics.answered(message["status"])
            extra = list(self._guard.headers(self._head, self._visitor))
            names = {name for name, _ in extra}
            kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in names]
            message = {**message, "headers": [*kept, *extra]}
        if self._kept is None:
            self._note_files(message)
            await self._send(message)
            return
        self._kept.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            for ready in own_copies(self._kept, self._visitor.tag, self._guard.ownership):
                await self._send(ready)

    def _note_files(self, message: Message) -> None:
        assert self._head, "only what came in goes out"
        if self._head.route.startswith(("queue/", "call/", "mcp", "run/", "api/")):
            for path in sent_paths(message.get("body", b""), self._guard.ownership.folder):
                try:
                    self._guard.ownership.grant(self._visitor.tag, path)
                except RefusedError:  # a text that only looks like a path of ours
                    continue

    async def _say(self, answer: PlainResponse) -> None:
        self._started = True
        headers = [(b"content-type", answer.kind.encode()), (b"cache-control", b"no-store")]
        if self._head:
            headers += self._guard.headers(self._head, self._visitor)
        await self._send(
            {"type": "http.response.start", "status": answer.status, "headers": headers}
        )
        await self._send({"type": "http.response.body", "body": answer.body})
