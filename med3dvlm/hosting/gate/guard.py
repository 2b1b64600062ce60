"""Decides which requests reach Gradio, and refuses the others.

    guard = Guard(rules=GuardRules(), ownership=ownership, health=Health(), room=room)
    guard.check(head, visitor)                          # raises RefusedError
    inside = await guard.let_in(head, visitor, receive)

It sees addresses, cookies, bodies and files only, and knows neither page nor model. `middleware`
puts it in front of an app. docs/security.md lists the threats it covers, and the test of each.
"""

import threading
from dataclasses import dataclass, field
from functools import partial

from med3dvlm.hosting.gate.apart import DISK, LARGE_BODIES, SMALL_BODIES, apart
from med3dvlm.hosting.gate.json_bodies import value_of
from med3dvlm.hosting.gate.login import Logins
from med3dvlm.hosting.gate.named_paths import paths_in
from med3dvlm.hosting.gate.ownership import NOT_YOURS, Ownership
from med3dvlm.hosting.gate.pace import Pace
from med3dvlm.hosting.gate.pages import Key, Pages
from med3dvlm.hosting.gate.rate_limits import Visitor, VisitorLimits
from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.request_bodies import Receive, bounded, read_body, replayed
from med3dvlm.hosting.gate.request_head import SMALL_BYTES, RequestHead, host_alone, is_number
from med3dvlm.hosting.gate.sessions import EVENT, UPLOADING
from med3dvlm.hosting.gate.tool_calls import check_tool_call
from med3dvlm.hosting.gate.turns import Places, Turns
from med3dvlm.hosting.gate.upload_room import UploadRoom
from med3dvlm.hosting.operations.health import Health

LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Routes that Gradio offers and this page does not need.
CLOSED = (
    "proxy=", "stream/", "process_recording", "vibe-", "deep_link", "dev/", "profiling", "token",
    "run-history", "runs", "custom_component", "component_server",
)  # fmt: skip
# What may begin a session that its body names; to others it has to be known.
BEGINNING = ("queue/join", "run/", "api/", "call/")
CLOSED_PATHS = ("/monitoring", "/gradio_api/deep_link", "/pwa_icon", "/openapi.json")
MCP, LOGOUT = "mcp", "/logout"
# What the login form is made of; all else is for those who have logged in.
PAGE = ("", "/", "/config", "/config/")
WITHOUT_LOGIN = (
    "/login", "/assets/", "/static/", "/svelte/", "/theme.css", "/favicon.ico", "/manifest.json",
    "/robots.txt", "/gradio_api/login_check", "/gradio_api/user", "/gradio_api/app_id",
    "/gradio_api/startup-events", "/gradio_api/theme.css",
)  # fmt: skip
OTHER_NAME = (
    "This server does not answer to that host name. Its operator can add it to MED3DVLM_HOSTS."
)
MEBI = 2**20
BODY_BYTES, LOGIN_BYTES = 4 * MEBI, 16 * 2**10
UPLOAD_TOO_LARGE = (
    "This upload is larger than the {:,} MB that the server takes at once. Upload a single scan."
)
STOPPING = "The server is being restarted. Try again in a minute."


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRules:
    """Which requests are accepted.

    Attributes:
        hosts: host names the server answers to; empty for any.
        numbers: whether it also answers to IP addresses, which no DNS can turn against it.
        proxy: whether a proxy's headers are trusted.
        upload_bytes: limit for one upload, all its files together.
        framed: whether the page may be shown within Hugging Face's pages.
    """

    hosts: tuple[str, ...] = ()
    numbers: bool = False
    proxy: bool = False
    upload_bytes: int = 1024 * MEBI
    framed: bool = False


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Checks each request against rules, ownership, rate limits and the server's state."""

    rules: GuardRules
    ownership: Ownership
    health: Health
    room: UploadRoom
    logins: Logins | None = None
    limits: VisitorLimits = field(default_factory=VisitorLimits)
    stopping: threading.Event = field(default_factory=threading.Event)
    pace: Pace = field(default_factory=Pace)
    pages: Pages = field(default_factory=Pages)
    making_pages: Turns = field(default_factory=Turns)
    checking_bodies: Turns = field(default_factory=Turns)
    beginning: Places = field(default_factory=Places)

    def check_site(self, head: RequestHead) -> None:
        """Check for what host and from what site a request is.

        Raises:
            RefusedError: another name, or another site's page.
        """
        if self.rules.hosts and not all(map(self._is_ours, head.names)):
            raise RefusedError(421, "host", OTHER_NAME)
        if head.foreign:
            raise RefusedError(403, "origin", "Requests from other sites are not allowed.")

    def check(self, head: RequestHead, visitor: Visitor) -> None:
        """Check everything else that does not need the body.

        Raises:
            RefusedError: the request is refused.
        """
        self.limits.check_rate(visitor)
        if head.route.startswith(CLOSED) or head.path.startswith(CLOSED_PATHS):
            raise RefusedError(404, "closed", "Not found.")
        self._check_login(head)
        if self.stopping.is_set() and head.method == "POST":
            raise RefusedError(503, "stopping", STOPPING, again=60)
        self._check_file(head, visitor)
        self._check_session(head, visitor)

    def _is_ours(self, name: str) -> bool:
        host = host_alone(name)
        return host in self.rules.hosts or (self.rules.numbers and is_number(host))

    def _check_login(self, head: RequestHead) -> None:
        if self.logins is None:
            return
        if head.route.startswith(MCP):
            raise RefusedError(404, "closed", "Not available while a login is required.")
        if head.path.rstrip("/") == LOGOUT and head.method != "POST":
            raise RefusedError(405, "method", "Send a POST request to log out.")
        known = head.path.startswith(WITHOUT_LOGIN) or head.path in PAGE
        if not known and not self.logins.knows(head.first("cookie")):
            raise RefusedError(401, "login", "Log in first.")

    def _check_file(self, head: RequestHead, visitor: Visitor) -> None:
        for start in ("file=", "file/"):
            if head.route.startswith(start):
                self.ownership.check_file(visitor.tag, head.route.removeprefix(start))
        if head.path.startswith("/file"):
            raise RefusedError(403, "file", NOT_YOURS)

    def _check_session(self, head: RequestHead, visitor: Visitor) -> None:
        """Claim the session that a stream belongs to; other addresses may only name known ones."""
        sessions = self.ownership.sessions
        name = stream_of(head)
        if name:
            sessions.claim(name, visitor.tag, address=visitor.address)
            return
        for other in head.query.get("session_hash", ()):
            sessions.check(other, visitor.tag)

    async def let_in(self, head: RequestHead, visitor: Visitor, receive: Receive) -> Receive:
        """Check the body, if there is one, and return the `receive` that the app uses.

        Raises:
            RefusedError: it is too large, too slow, or names something that is not the sender's.
        """
        if head.method != "POST":
            return receive
        if head.route.startswith("upload"):
            await apart(DISK, partial(self.room.check, visitor, self.size_of(head)))
            allowed = self.rules.upload_bytes
            why = UPLOAD_TOO_LARGE.format(allowed // MEBI)
            return bounded(receive, most=allowed + MEBI, too_large=why)
        if head.path.startswith(("/login", LOGOUT)):
            return replayed(await read_body(receive, most=LOGIN_BYTES), receive)
        body = await read_body(receive, most=BODY_BYTES)
        if head.first("content-type").startswith("multipart/"):
            raise RefusedError(415, "type", "This request is not valid here.")
        check = partial(self._check_body, head, body, visitor)
        if len(body) <= SMALL_BYTES:
            await apart(SMALL_BODIES, check)
        else:
            async with self.checking_bodies.of(visitor.address):
                await apart(LARGE_BODIES, check)
        return replayed(body, receive)

    def page_key(self, head: RequestHead) -> Key | None:
        """Under what the page may be kept for others: not where it depends on who has logged in."""
        return None if self.logins else self.pages.key_of(head)

    def size_of(self, head: RequestHead) -> int:
        """How many bytes an upload says that it has; without a word, the most that is allowed."""
        said = head.first("content-length")
        most = self.rules.upload_bytes
        return min(int(said), most) if said.isdecimal() and len(said) < 20 else most

    def _check_body(self, head: RequestHead, body: bytes, visitor: Visitor) -> None:
        """Check whose session and files a body names; a request that begins one claims it."""
        sessions = self.ownership.sessions
        value = value_of(body)
        if head.route.startswith(MCP):
            check_tool_call(value)
        session = value.get("session_hash") if isinstance(value, dict) else None
        if isinstance(session, str):
            if head.route.startswith(BEGINNING):
                sessions.claim(session, visitor.tag, address=visitor.address)
            else:
                sessions.check(session, visitor.tag)
        for path in paths_in(value, self.ownership.folder):
            self.ownership.check_file(visitor.tag, path)


def stream_of(head: RequestHead) -> str:
    """The name under which a request keeps something open; empty if it opens nothing."""
    start, _, rest = head.route.partition("/")
    if start == "heartbeat":
        return rest
    if start == "call" and head.method == "GET":
        return EVENT + rest.rpartition("/")[2]
    if head.route.rstrip("/") == "queue/data":
        return "".join(head.query.get("session_hash", [])[:1])
    if start in {"upload", "upload_progress"}:
        given = "".join(head.query.get("upload_id", [])[:1])
        return given and UPLOADING + given
    return ""
