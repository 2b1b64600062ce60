"""The head of a request (method, path, headers), parsed without trusting it.

head = RequestHead(scope, proxy=False)
head.first("host"), head.address, head.route
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from med3dvlm.hosting.gate.refusal import RefusedError

Scope = Mapping[str, Any]
HOST = re.compile(r"[\w.-]*(:\d*)?|\[[0-9a-fA-F:.]+\](:\d*)?", re.ASCII)
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
LONGEST_PATH, MOST_PARAMETERS = 4096, 100
SMALL_BYTES = 2**16
SINGLE = (b"host", b"content-length", b"content-type", b"origin", b"cookie")
# Only a trusted proxy may set these; from anyone else they are removed.
PROXY_HEADERS = (
    b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto",
    b"x-forwarded-port", b"x-forwarded-prefix", b"x-real-ip", b"x-gradio-server",
)  # fmt: skip
# Set by the guard for the page; removed from incoming requests.
VISITOR_HEADER, ADDRESS_HEADER = b"x-med3dvlm-visitor", b"x-med3dvlm-address"
# The visitor behind an MCP call, which Gradio serves by a request of its own to this server.
CALLER_HEADER = b"x-med3dvlm-caller"


class RequestHead:
    """Method, path and headers of one request.

    Attributes:
        method: GET, HEAD, POST or OPTIONS.
        path: decoded, as the app sees it.
        route: the path below `/gradio_api/`, empty for others.
        headers: without those that the sender may not set.

    Raises:
        RefusedError: no browser or client would send such a request.
    """

    def __init__(self, scope: Scope, *, proxy: bool) -> None:
        self.method = str(scope["method"])
        self.path = str(scope["path"])
        self.query = _parameters(scope.get("query_string", b""))
        untold = (VISITOR_HEADER, ADDRESS_HEADER, *(() if proxy else PROXY_HEADERS))
        self.headers = [(name, value) for name, value in scope["headers"] if name not in untold]
        self._proxy = proxy
        self._client = scope.get("client")
        _, found, below = self.path.partition("/gradio_api/")
        self.route = below if found else ""
        self._check()

    def first(self, name: str) -> str:
        """The value of a header, or an empty string."""
        wanted = name.encode()
        return next((v.decode("latin-1") for n, v in self.headers if n == wanted), "")

    @property
    def address(self) -> str:
        """The sender's address; behind a proxy, the address that the proxy saw."""
        forwarded = self.first("x-forwarded-for") if self._proxy else ""
        seen = forwarded.rpartition(",")[2].strip()
        return seen or (str(self._client[0]) if self._client else "unknown")

    @property
    def direct(self) -> bool:
        """Whether it was sent from this machine without a proxy."""
        forwarded = any(name in PROXY_HEADERS for name, _ in self.headers)
        return self.address in {"127.0.0.1", "::1"} and not forwarded

    @property
    def is_small(self) -> bool:
        """Whether it says that its body has no more than 64 kB."""
        said = self.first("content-length")
        return said.isdecimal() and len(said) < 6 and int(said) <= SMALL_BYTES

    @property
    def secure(self) -> bool:
        """Whether the browser uses TLS, according to a trusted proxy."""
        return self._proxy and self.first("x-forwarded-proto").partition(",")[0] == "https"

    @property
    def names(self) -> set[str]:
        """Host names that the request was sent to, with their ports."""
        names = {self.first("host").lower()}
        if self._proxy and self.first("x-forwarded-host"):
            names.add(self.first("x-forwarded-host").partition(",")[0].strip().lower())
        return names

    @property
    def foreign(self) -> bool:
        """Whether another site's page sent it."""
        origin = self.first("origin")
        if origin:
            return urlsplit(origin).netloc.lower() not in self.names
        site = self.first("sec-fetch-site")
        return site in {"cross-site", "same-site"} and self.first("sec-fetch-mode") != "navigate"

    def _check(self) -> None:
        if self.method not in METHODS:
            raise RefusedError(405, "method", "This method is not allowed.")
        if len(self.path) > LONGEST_PATH or "\0" in self.path:
            raise RefusedError(400, "path", "This address is not valid.")
        for name in SINGLE:
            if sum(n == name for n, _ in self.headers) > 1:
                raise RefusedError(400, "headers", "A header was sent twice.")
        origin = self.first("origin")
        if not all(map(_is_host, self.names)) or (origin != "null" and not _is_origin(origin)):
            raise RefusedError(400, "headers", "A header is malformed.")


def _parameters(query: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(query.decode("latin-1"), max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise RefusedError(400, "query", "This address has too many parameters.") from None


def _is_host(name: str) -> bool:
    """Whether a name, with or without a port, is one that a server could have."""
    try:
        parts = urlsplit(f"//{name}")
        return HOST.fullmatch(name) is not None and (parts.port or 0) >= 0
    except ValueError:
        return False


def _is_origin(origin: str) -> bool:
    try:
        return _is_host(urlsplit(origin).netloc)
    except ValueError:
        return False


def host_alone(name: str) -> str:
    """A host without its port: `[::1]:7860` to `::1`."""
    return urlsplit(f"//{name}").hostname or ""


def is_number(host: str) -> bool:
    """Whether a host is an IP address and no name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
