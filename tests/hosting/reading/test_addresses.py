"""Files at addresses that a caller names: what comes is bounded, and never from this network."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.reading import addresses
from med3dvlm.hosting.reading.addresses import FetchLimits, fetched, ip_address_of

PLENTY = FetchLimits(size=1 << 20, seconds=20)
PROTOCOL = ssl.PROTOCOL_TLS_CLIENT
Site = Callable[[str], str]


class Other(BaseHTTPRequestHandler):
    """Somebody's server."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        match self.path.partition("?")[0].rpartition("/")[2]:
            case "scan.nii.gz" | ".htaccess" | "a%20b%3C.nii":
                self.say(200, b"a scan", 6)
            case "endless":
                self.say(200, bytes(3 << 20), None)
            case "huge":
                self.say(200, b"", 1 << 50)
            case "cut":
                self.say(200, b"half", 8)
            case "slow":
                self.say(200, b"", 8)
                time.sleep(5)
            case "round":
                self.say(302, b"", 0, "/round")
            case "moved":
                self.say(307, b"", 0, "scan.nii.gz")
            case "inside":
                self.say(302, b"", 0, "https://127.0.0.1/scan.nii.gz")
            case "plain":
                self.say(302, b"", 0, "file:///etc/passwd")
            case _:
                self.say(404, b"", 0)

    def say(self, status: int, body: bytes, length: int | None, to: str = "") -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("content-length", str(length))
        if to:
            self.send_header("location", to)
        self.close_connection = True
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server at a public name, reached without its certificate."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  (cut connections)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def connect(line: addresses._Line) -> None:
        line.sock = socket.create_connection(("127.0.0.1", server.server_port), line.timeout)

    real = ip_address_of
    monkeypatch.setattr(addresses._Line, "connect", connect)
    monkeypatch.setattr(ssl, "create_default_context", lambda: ssl.SSLContext(PROTOCOL))
    monkeypatch.setattr(
        addresses, "ip_address_of", lambda host: "9.9.9.9" if host == "example.org" else real(host)
    )
    yield lambda name: f"https://example.org/{name}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("a/b/scan.nii.gz?x=1", "scan.nii.gz"),
        ("moved", "scan.nii.gz"),
        (".htaccess", "htaccess"),
        ("a b<.nii", "a_b_.nii"),
    ],
)
def test_a_file_comes_under_its_name(site: Site, tmp_path: Path, name: str, called: str) -> None:
    path = fetched(site(name), tmp_path, PLENTY)
    assert path.read_bytes() == b"a scan"
    assert path.name == called
    assert path.parent.parent == tmp_path


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("endless", "larger than the 1 MB"),
        ("huge", "no file at this address"),
        ("cut", "no file at this address"),
        ("round", "no file at this address"),
        ("missing", "no file at this address"),
        ("inside", "a private network"),
        ("plain", "not an https address"),
    ],
)
def test_what_does_not_come_leaves_nothing(site: Site, tmp_path: Path, name: str, why: str) -> None:
    """An answer without an end filled the memory, as it was kept whole before it was written."""
    with pytest.raises(VolumeError, match=why):
        fetched(site(name), tmp_path, PLENTY)
    assert not list(tmp_path.iterdir())


def test_a_slow_answer_is_cut_off(site: Site, tmp_path: Path) -> None:
    with pytest.raises(VolumeError, match=r"within 0\.2 seconds"):
        fetched(site("slow"), tmp_path, FetchLimits(size=1 << 20, seconds=0.2))
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_looked_at_before_anything_is_written(site: Site, tmp_path: Path) -> None:
    asked: list[int] = []

    def full(size: int) -> None:
        asked.append(size)
        raise RefusedError(507, "disk", "full")

    with pytest.raises(RefusedError):
        fetched(site("huge"), tmp_path, FetchLimits(size=1 << 20, check_room=full))
    assert asked == [1 << 20]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "::1", "fd00::1",
     "100.64.0.1", "::ffff:127.0.0.1", "x" * 300, "224.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
     "2001:0:4136:e378:8000:63bf:3fff:fdd2", "ff0e::1"],
)  # fmt: skip
def test_numbers_of_this_network_are_none(host: str) -> None:
    with pytest.raises(VolumeError, match="private network"):
        ip_address_of(host)


@pytest.mark.parametrize(
    "address",
    ["http://example.org/a", "https:///a", "https://[::1/a", "https://a:99999/", "ftp://a/b", ""],
)
def test_other_addresses_are_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(VolumeError, match="not an https address"):
        fetched(address, tmp_path, PLENTY)
