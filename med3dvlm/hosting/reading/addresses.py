"""Fetches the file at an address that a caller of the tools has named, within bounds.

    limits = FetchLimits(size=2**30)
    path = fetched("https://example.org/scan.nii.gz", folder, limits)     # in a thread of its own

The other server decides what comes, how much of it and how slowly, and where its name leads. So the
name is looked up once and the connection made to that IP address, which has to be public; the
bytes are counted as they come, and a clock of its own ends the connection.
"""

import ipaddress
import re
import secrets
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from med3dvlm.errors import VolumeError

MIB = 1 << 20
PIECE, LONGEST_NAME, MOST_MOVES, HTTPS = MIB, 100, 5, 443
LOOKED_AFTER = 64 * MIB  # whether the disk still has room
IPV4_WITHIN = ipaddress.ip_network("64:ff9b::/96")
MOVED = {301, 302, 303, 307, 308}
NO_ADDRESS = "This is not an https address. Name one, or send the file itself."
NOT_PUBLIC = "This address leads nowhere, or into a private network. Name a public one."
NO_FILE = "There is no file at this address that opens without a login. Send the file itself."
TOO_LARGE = "The file at this address is larger than the {:,} MB that the server takes at once."
TOO_SLOW = "The file at this address did not come within {:g} seconds. Send the file itself."


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What may come from an address.

    Attributes:
        size: bytes of a file.
        seconds: how long it may take, all moves to other addresses together.
        check_room: raises if there is no room on the disk for so many bytes.
    """

    size: int
    seconds: float = 60.0
    check_room: Callable[[int], None] = lambda _: None


def fetched(address: str, folder: Path, limits: FetchLimits) -> Path:
    """The file at an address, in a folder of its own below `folder`.

    Raises:
        VolumeError: there is none, or it is too large or too slow.
    """
    until, secure = time.monotonic() + limits.seconds, ssl.create_default_context()
    for _ in range(MOST_MOVES):
        parts = _parts(address)
        try:
            with _answer(parts, until, secure) as answer:
                if answer.status in MOVED:
                    address = urljoin(address, answer.getheader("location", ""))
                    continue
                if answer.status != 200:
                    raise VolumeError(NO_FILE)
                return _written(answer, folder, _name_of(parts.path), limits)
        except (OSError, HTTPException, ValueError):
            late = time.monotonic() >= until
            words = TOO_SLOW.format(limits.seconds) if late else NO_FILE
            raise VolumeError(words) from None
    raise VolumeError(NO_FILE)


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        known = parts.scheme == "https" and parts.hostname and (parts.port or HTTPS) > 0
    except ValueError:
        known = False
    if not known:
        raise VolumeError(NO_ADDRESS)
    return parts


def ip_address_of(host: str) -> str:
    """The public IP address of a host.

    Raises:
        VolumeError: it has none.
    """
    try:
        found = socket.getaddrinfo(host, HTTPS, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise VolumeError(NOT_PUBLIC) from None
    found_there = [str(place[0]) for *_, place in found]
    if not found_there or not all(map(_is_public, found_there)):
        raise VolumeError(NOT_PUBLIC)
    return found_there[0]


def _is_public(ip_address: str) -> bool:
    """Whether it is of one machine on the internet; an IPv4 address within an IPv6 one is not."""
    known = ipaddress.ip_address(ip_address)
    if isinstance(known, ipaddress.IPv6Address) and (
        known.ipv4_mapped or known.sixtofour or known.teredo or known in IPV4_WITHIN
    ):
        return False
    return known.is_global and not known.is_multicast


class _Line(HTTPSConnection):
    """A connection to an IP address, whose other end has to prove that it has the name."""

    def __init__(
        self, ip_address: str, parts: SplitResult, secure: ssl.SSLContext, left: float
    ) -> None:
        super().__init__(str(parts.hostname), parts.port or HTTPS, timeout=left, context=secure)
        self._ip_address, self._secure = ip_address, secure

    def connect(self) -> None:
        """Connect without another look at the name."""
        plain = socket.create_connection((self._ip_address, self.port), self.timeout)
        self.sock = plain  # so that the clock can end it while it is being secured
        self.sock = self._secure.wrap_socket(plain, server_hostname=self.host)

    def end(self) -> None:
        """End it, whatever it waits for."""
        with suppress(OSError):
            if self.sock:
                self.sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def _answer(parts: SplitResult, until: float, secure: ssl.SSLContext) -> Iterator[HTTPResponse]:
    """What the server there says, up to a moment; then the connection is ended."""
    left = max(0.1, until - time.monotonic())
    line = _Line(ip_address_of(str(parts.hostname)), parts, secure, left)
    clock = threading.Timer(left, line.end)
    clock.daemon = True
    clock.start()
    try:
        target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
        line.request("GET", target + query, headers={"user-agent": "med3dvlm"})
        with line.getresponse() as answer:
            yield answer
    finally:
        clock.cancel()
        line.close()


def _name_of(path: str) -> str:
    """How the file is called here: as there, of letters that any system takes."""
    name = re.sub(r"[^\w.-]", "_", path.rpartition("/")[2], flags=re.ASCII).lstrip(".")
    return name[-LONGEST_NAME:] or "file"


def _written(answer: HTTPResponse, folder: Path, name: str, limits: FetchLimits) -> Path:
    home = folder / secrets.token_hex(16)
    home.mkdir(parents=True)
    try:
        _write(answer, home / name, limits)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    return home / name


def _write(answer: HTTPResponse, path: Path, limits: FetchLimits) -> None:
    size, said = 0, answer.length or 0
    limits.check_room(min(said, limits.size))
    with path.open("wb") as file:
        while piece := answer.read1(PIECE):
            if (size + len(piece)) // LOOKED_AFTER > size // LOOKED_AFTER:
                limits.check_room(LOOKED_AFTER)
            size += len(piece)
            if size > limits.size:
                raise VolumeError(TOO_LARGE.format(limits.size // MIB))
            file.write(piece)
    if size < said:
        raise HTTPException("cut off")
