"""Puts the guard in front of an app: it checks and counts each request, then passes or refuses it.

    page.launch(app_kwargs={"middleware": [guard_middleware(guard)]})

Every response gets headers that forbid scripts and images from other sites. Files that a response
names are recorded as this visitor's.
"""

import json
import logging
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect

from med3dvlm.hosting.gate.apart import DISK, apart
from med3dvlm.hosting.gate.failures import (
    ends_a_stream,
    is_of_a_broken_connection,
    refusal_for,
    status_for,
)
from med3dvlm.hosting.gate.guard import LOGOUT, MCP, Guard, stream_of
from med3dvlm.hosting.gate.login import SENDER
from med3dvlm.hosting.gate.named_paths import sent_paths
from med3dvlm.hosting.gate.pace import PAGE, work_of
from med3dvlm.hosting.gate.pages import WITHOUT_QUERY, in_pieces
from med3dvlm.hosting.gate.rate_limits import Visitor
from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.request_bodies import Message, Receive, Send
from med3dvlm.hosting.gate.request_head import (
    ADDRESS_HEADER,
    CALLER_HEADER,
    PROXY_HEADERS,
    VISITOR_HEADER,
    RequestHead,
    Scope,
)
from med3dvlm.hosting.gate.response_headers import response_headers
from med3dvlm.hosting.gate.uploads import own_copies
from med3dvlm.hosting.operations.health import PlainResponse

# Each costs the event loop more than a file does, and is answered at once or begins a stream.
EVENTS = ("queue/", "call/", "heartbeat/")
FAILED = "Something went wrong on our side. Please try again."

logger = logging.getLogger(__name__)

Headers = list[tuple[bytes, bytes]]
App = Callable[[Scope, Receive, Send], Any]


def stand_in_front(app: Any, guard: Guard) -> None:
    """Let a launched app, with all layers that Gradio has put before the guard, see good heads."""
    app.user_middleware.insert(0, Middleware(FrontMiddleware, guard=guard))
    app.middleware_stack = None  # built anew for the next request


def guard_middleware(guard: Guard) -> Middleware:
    """The guard as Starlette middleware, for `app_kwargs`."""
    return Middleware(GuardMiddleware, guard=guard)


class GuardMiddleware:
    """ASGI middleware that runs the guard."""

    def __init__(self, app: App, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, refuse or answer a single request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        else:
            await _GuardedRequest(self._app, self._guard, scope, send).go(receive)


class FrontMiddleware:
    """Outermost: refuses malformed heads, which layers before the guard would fail on."""

    def __init__(self, app: App, guard: Guard) -> None:
        self._app, self._guard = app, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what has a head that can be read."""
        if scope["type"] == "http":
            try:
                RequestHead(scope, proxy=self._guard.rules.proxy)
            except RefusedError:
                await GuardMiddleware(self._app, self._guard)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _GuardedRequest:
    """One request and its response."""

    def __init__(self, app: App, guard: Guard, scope: Scope, send: Send) -> None:
        self._app, self._guard, self._scope, self._send = app, guard, scope, send
        self._head: RequestHead | None = None
        self._visitor = Visitor("", "")
        self._started = False
        self._kept: list[Message] | None = None
        self._has_begun: Callable[[], None] | None = None

    async def go(self, receive: Receive) -> None:
        guard = self._guard
        try:
            head = self._head = RequestHead(self._scope, proxy=guard.rules.proxy)
            answer = guard.health.alive(head)
            if not answer:
                guard.check_site(head)
                answer = guard.health.answer(head, stopping=guard.stopping.is_set())
            if answer:
                await self._say(answer)
                return
            visitor = self._visitor = guard.limits.visitor_of(head)
            guard.check(head, visitor)
            await guard.pace.turn(visitor.address, work_of(head))
            receive = guard.pace.counting(receive, visitor.address)
            async with AsyncExitStack() as stack:
                self._hold(head, visitor, stack)
                inside = await guard.let_in(head, visitor, receive)
                if self._kept is not None:
                    size = guard.size_of(head)
                    await stack.enter_async_context(guard.room.holding(visitor, size))
                await self._pass(head, visitor, inside)
        except RefusedError as refused:
            await self._refuse_if_open(refused, receive)
        except ClientDisconnect:
            guard.health.metrics.refused("cut")
        except Exception as error:  # noqa: BLE001  (whatever it is, it is refused or logged)
            await self._fail(error, receive)

    async def _refuse_if_open(self, refused: RefusedError, receive: Receive) -> None:
        try:
            await self._refuse(refused)
        except Exception as error:  # noqa: BLE001  (what came after the head was not HTTP)
            await self._fail(error, receive)

    async def _fail(self, error: Exception, receive: Receive) -> None:
        """Refuse what the sender is to blame for; log the rest, by its kind and place alone."""
        if is_of_a_broken_connection(error):
            self._guard.health.metrics.refused("cut")
            while (await receive())["type"] != "http.disconnect":  # the server closes it
                pass
            return
        refused = refusal_for(self._head, error) if self._head else None
        if refused:
            await self._refuse(refused)
        elif self._started and ends_a_stream(error):
            await self._send({"type": "http.response.body", "body": b""})
        else:
            logger.error("a request failed", exc_info=error)
            await self._refuse(RefusedError(500, "failed", FAILED))

    async def _refuse(self, refused: RefusedError) -> None:
        self._guard.health.metrics.refused(refused.kind)
        if not self._started:
            body = json.dumps({"detail": str(refused)}).encode()
            await self._say(PlainResponse(refused.status, body, again=refused.again))

    def _hold(self, head: RequestHead, visitor: Visitor, stack: AsyncExitStack) -> None:
        """Count open uploads, bodies and streams; a session is open while one of its own is."""
        limits, ownership = self._guard.limits, self._guard.ownership
        if head.route.startswith("upload") and head.method == "POST":
            stack.enter_context(limits.holding(visitor, "upload"))
            self._kept = []
        elif head.method == "POST":
            stack.enter_context(limits.holding(visitor, "body" if head.is_small else "large body"))
        elif head.route.startswith(("heartbeat/", "queue/data", "upload_progress", "call/", MCP)):
            stack.enter_context(limits.holding(visitor, "stream"))
        name = stream_of(head)
        if name:
            ownership.sessions.enter(name)
            stack.callback(ownership.sessions.leave, name)
        if head.route.startswith("call/") and head.method == "GET":
            stack.callback(ownership.hang_up, head.route.split("/")[-1])

    async def _pass(self, head: RequestHead, visitor: Visitor, receive: Receive) -> None:
        ours = [
            (VISITOR_HEADER, (visitor.caller or visitor.tag).encode()),
            (ADDRESS_HEADER, visitor.address.encode()),
        ]
        headers = [pair for pair in head.headers if pair[0] != CALLER_HEADER] + ours
        if head.route.startswith(MCP):
            await self._pass_mcp(headers, visitor, receive)
            return
        if visitor.call:
            headers.append((CALLER_HEADER, visitor.call.encode()))
        scope = {**self._scope, "headers": headers}
        if head.path.rstrip("/") == LOGOUT:
            scope["method"] = "GET"  # Gradio's own, which another site's link could send
        SENDER.set(visitor.address)
        if self._guard.pages.is_page(head):
            await self._pass_page(head, scope, receive)
        elif head.route.startswith(EVENTS):
            async with self._guard.beginning.of(visitor.address) as self._has_begun:
                await self._app(scope, receive, self._out)
        else:
            await self._app(scope, receive, self._out)

    async def _pass_page(self, head: RequestHead, scope: Scope, receive: Receive) -> None:
        """Send the description of the page as it was made before, or have it made."""
        if head.method == "HEAD":  # nobody reads it; Gradio asks so at its start, for 3 s at most
            await self._say(PlainResponse(200, b"", "text/html; charset=utf-8"))
            return
        guard = self._guard
        key = guard.page_key(head)
        messages = guard.pages.kept(key)
        if messages is None:
            if head.path in WITHOUT_QUERY:
                scope = {**scope, "query_string": b""}
            await guard.pace.turn(self._visitor.address, PAGE)
            async with guard.making_pages.of(self._visitor.address):
                messages = guard.pages.kept(key) or await self._made(scope, receive)
            guard.pages.keep(key, messages)
        for message in in_pieces(messages):
            await self._out(message)

    async def _made(self, scope: Scope, receive: Receive) -> tuple[Message, ...]:
        """A response of the app before it is sent: whoever reads slowly keeps nobody waiting."""
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, collect)
        return tuple(messages)

    async def _pass_mcp(self, headers: Headers, visitor: Visitor, receive: Receive) -> None:
        """Sign the caller: Gradio repeats these headers when it calls itself with a new cookie."""
        call = secrets.token_hex(8)
        vouched = self._guard.limits.vouch(visitor.tag, call).encode()
        kept = [pair for pair in headers if pair[0] not in (b"cookie", *PROXY_HEADERS)]
        scope = {**self._scope, "headers": [*kept, (CALLER_HEADER, vouched)]}
        try:
            async with self._guard.beginning.of(visitor.address) as self._has_begun:
                await self._app(scope, receive, self._out)
        finally:
            self._guard.ownership.hang_up(call)

    async def _out(self, message: Message) -> None:
        """Send a response of the app with our headers, and record its files as this visitor's."""
        assert self._head, "only what came in goes out"
        if message["type"] == "http.response.start":
            self._started = True
            if self._has_begun:  # a stream stays open, and most of it is waiting
                self._has_begun()
            message = {**message, "status": status_for(self._head, message["status"])}
            self._guard.health.metrics.answered(message["status"])
            extra = self._headers(self._head)
            names = {name for name, _ in extra}
            kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in names]
            message = {**message, "headers": [*kept, *extra]}
        self._guard.pace.sent(self._visitor.address, len(message.get("body", b"")))
        if self._kept is None:
            self._note_files(message)
            await self._send(message)
            return
        self._kept.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            place = partial(own_copies, self._kept, self._visitor, self._guard.ownership)
            for ready in await apart(DISK, place):
                await self._send(ready)

    def _note_files(self, message: Message) -> None:
        assert self._head, "only what came in goes out"
        if self._head.route.startswith(("queue/", "call/", "mcp", "run/", "api/")):
            for path in sent_paths(message.get("body", b""), self._guard.ownership.folder):
                try:
                    self._guard.ownership.grant(self._visitor.tag, path)
                except RefusedError:  # a text that only looks like one of our paths
                    continue

    async def _say(self, answer: PlainResponse) -> None:
        self._started = True
        headers = [(b"content-type", answer.kind.encode()), (b"cache-control", b"no-store")]
        if answer.again:
            headers.append((b"retry-after", str(answer.again).encode()))
        if self._head:
            headers += self._headers(self._head)
        await self._send(
            {"type": "http.response.start", "status": answer.status, "headers": headers}
        )
        await self._send({"type": "http.response.body", "body": answer.body})

    def _headers(self, head: RequestHead) -> Headers:
        return list(response_headers(head, self._visitor, framed=self._guard.rules.framed))
