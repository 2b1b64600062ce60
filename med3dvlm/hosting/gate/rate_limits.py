"""Tells visitors apart by a cookie that the server has signed, and limits the request rate of each.

    limits = VisitorLimits()
    visitor = limits.visitor_of(head)     # .tag names it here, .cookie is set if it is new
    limits.check_rate(visitor)
    with limits.holding(visitor, "stream"): ...

A client without a cookie, or with one that this server did not give, is identified by its address
and user agent, which is weaker.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.request_head import CALLER_HEADER, RequestHead

NAME, SECURE_NAME = "med3dvlm", "__Host-med3dvlm"
BYTES, LONGEST = 24, 80
WEEK = 7 * 24 * 3600
# Requests: burst size, then requests per second.
OF_VISITOR, OF_ADDRESS = (500.0, 50.0), 200.0
BURST_OF_ADDRESS = 20.0  # seconds of requests
# How many may be open at once: per visitor, and per address.
OPEN = {"stream": (48, 1200), "upload": (4, 64), "body": (16, 400), "large body": (8, 48)}
REMEMBERED = 20_000
TOO_FAST = "Too many requests. Wait a few seconds."
TOO_MANY_OPEN = (
    "Too many requests are open at the same time. Close some of your pages, or wait a minute."
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser, or a program.

    Attributes:
        tag: identifies the visitor within this process and reveals nothing else.
        address: tag of the address the request came from.
        cookie: `Set-Cookie` header for a new browser; empty otherwise.
        caller: tag of the visitor on whose behalf this server calls itself; otherwise empty.
        call: identifies the call made for the caller.
    """

    tag: str
    address: str
    cookie: str = ""
    caller: str = ""
    call: str = ""


class VisitorLimits:
    """Identifies visitors by cookie and counts their requests; forgets the oldest."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, of_address: float = OF_ADDRESS
    ) -> None:
        self._of_address = BURST_OF_ADDRESS * of_address, of_address
        self._secret = secrets.token_bytes(32)
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._open: dict[str, int] = {}

    def visitor_of(self, head: RequestHead) -> Visitor:
        """The visitor who sent a request."""
        caller, call = self._vouched(head.first(CALLER_HEADER.decode()))
        return replace(self._sender(head), caller=caller, call=call)

    def _sender(self, head: RequestHead) -> Visitor:
        address = self._tag("address", network_of(head.address))
        name = SECURE_NAME if head.secure else NAME
        value = _cookie(head.first("cookie"), name)
        if self._is_ours(value):
            return Visitor(self._tag("cookie", value), address)
        if head.method == "GET" and not head.route:  # a page is opened
            made = self.sign(secrets.token_urlsafe(BYTES))
            return Visitor(self._tag("cookie", made), address, _issued(name, made, head.secure))
        program = f"{head.address} {head.first('user-agent')}"
        return Visitor(self._tag("program", program), address)

    def sign(self, value: str) -> str:
        """A cookie's value that this server recognises as its own."""
        return f"{value}.{self._tag('cookie seal', value)}"

    def _is_ours(self, value: str) -> bool:
        made, _, seal = value.rpartition(".")
        return hmac.compare_digest(seal.encode(), self._tag("cookie seal", made).encode())

    def vouch(self, caller: str, call: str) -> str:
        """A signed header value that says for which visitor a call is made."""
        return f"{caller}.{call}.{self._tag('vouched', f'{caller}.{call}')}"

    def _vouched(self, value: str) -> tuple[str, str]:
        """Caller and call from a signed header value; empty if the signature is wrong."""
        named, _, seal = value.rpartition(".")
        if not hmac.compare_digest(seal.encode(), self._tag("vouched", named).encode()):
            return "", ""
        caller, _, call = named.partition(".")
        return caller, call

    def _tag(self, kind: str, value: str) -> str:
        made = hmac.new(self._secret, f"{kind} {value}".encode(), hashlib.sha256)
        return made.hexdigest()[:32]

    def check_rate(self, visitor: Visitor) -> None:
        """Count one request.

        Raises:
            RefusedError: there were too many recently.
        """
        for tag, (most, a_second) in (
            (visitor.tag, OF_VISITOR),
            (visitor.address, self._of_address),
        ):
            if not self._take(tag, most, a_second):
                raise RefusedError(429, "rate", TOO_FAST, again=5)

    def _take(self, tag: str, most: float, a_second: float) -> bool:
        now = self._clock()
        with self._lock:
            left, since = self._buckets.pop(tag, (most, now))
            left = min(most, left + (now - since) * a_second)
            self._buckets[tag] = (max(0.0, left - 1.0), now)
            while len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        return left >= 1.0

    @contextmanager
    def holding(self, visitor: Visitor, what: str) -> Iterator[None]:
        """Count a stream, an upload or a body while it is open.

        Raises:
            RefusedError: too many are open.
        """
        names = [f"{what} {tag}" for tag in (visitor.tag, visitor.address)]
        with self._lock:
            for name, most in zip(names, OPEN[what], strict=True):
                if self._open.get(name, 0) >= most:
                    raise RefusedError(429, what, TOO_MANY_OPEN, again=60)
            for name in names:
                self._open[name] = self._open.get(name, 0) + 1
        try:
            yield
        finally:
            with self._lock:
                for name in names:
                    self._open[name] -= 1
                    if not self._open[name]:
                        del self._open[name]


def _cookie(header: str, name: str) -> str:
    """The value of a cookie; written out, because a parser of all would read each of thousands."""
    pairs = (part.partition("=") for part in header.split(";"))
    found = [value.strip() for key, _, value in pairs if key.strip() == name]
    value = found[-1] if found else ""
    return value if BYTES <= len(value) <= LONGEST else ""


def network_of(address: str) -> str:
    """The address, or the network of an IPv6 one: whoever has one of those has 2**64."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{known}/64", strict=False)) if known.version == 6 else address


def _issued(name: str, value: str, secure: bool) -> str:
    """The cookie header; in another site's frame (Spaces) browsers keep only partitioned ones."""
    how = "Secure; SameSite=None; Partitioned" if secure else "SameSite=Lax"
    return f"{name}={value}; Path=/; Max-Age={WEEK}; HttpOnly; {how}"
