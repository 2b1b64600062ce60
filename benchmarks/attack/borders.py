"""What belongs to another: files, sessions, uploads; and what is for this machine alone."""

import secrets
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import product
from urllib.parse import quote

import httpx

from benchmarks.attack.attempt import (
    API,
    CALL,
    JOIN,
    RUN,
    VICTIM,
    Attack,
    Target,
    expect,
    file_data,
    outcome_of,
    searched,
    upload,
)
from benchmarks.attack.files import scan_bytes
from benchmarks.visitor import Visitor

FOREIGN = ("http://evil.example", "null", "http://127.0.0.1.evil.example", "http://127.0.0.1:1")
SYSTEM = ("/etc/passwd", "/proc/self/environ", "/proc/self/root/etc/passwd")


def ways_to(path: str) -> set[str]:
    """How else a path can be written."""
    parent, _, name = path.rpartition("/")
    return {
        path, path[1:], f"/{path}", f"{path}/", f"{path}/.", f"{parent}/./{name}",
        f"{parent}/x/../{name}", f"{parent}//{name}", quote(path), quote(path, safe=""),
        quote(quote(path, safe=""), safe=""), path.replace("/", "\\"), f"/proc/self/root{path}",
        f"/proc/self/cwd/..{path}", f"file://{path}", f"{path}\0.png", f"{path}%00", f"~/..{path}",
        f"../../../../../../..{path}", f"..%2f..%2f..%2f..{quote(path, safe='')}",
        path.replace("/", "\uff0f"), path.upper(), f"{path}?x", f"{path}#x",
    }  # fmt: skip


def another_visitors_file(target: Target) -> str:
    """Every way to write the path of another's file, on every route that takes one."""
    content = secrets.token_bytes(2000)
    with target.browser(VICTIM) as owner, target.browser() as thief:
        [path] = upload(owner, "private.nii", content).raise_for_status().json()
        ways = sorted(ways_to(path))
        for way, answer in _fetched(thief, ways):
            got = content[:200] in answer.content
            expect(not got and answer.status_code != 200, f"{way!r}: {answer.status_code}")
        for way in ways:
            for data in _named(way):
                status, told = outcome_of(thief, "ask_volume", [data, "What is this?"])
                read = "event: complete" in told or "private.nii" in told.partition("data:")[2]
                expect(status != 200 or not read, f"{data}: {told[:200]}")
        own = owner.get(f"{API}/file={quote(path)}")
    expect(own.content == content, "the owner's file is gone")
    return f"{len(ways)} ways on 6 routes"


def _fetched(client: httpx.Client, ways: list[str]) -> Iterator[tuple[str, httpx.Response]]:
    starts = (f"{API}/file=", f"{API}/file/", "/file=", "/static/", "/assets/")
    for start, way in product(starts, ways):
        try:
            yield start + way, client.get(start + way)
        except httpx.InvalidURL:  # no client can send it
            continue


def _named(way: str) -> Iterator[dict[str, object]]:
    yield {"path": way}
    yield file_data(way)
    yield {"path": "x", "url": f"{API}/file={way}", "meta": {"_type": "gradio.FileData"}}


def files_of_the_system(target: Target) -> str:
    """Files of the machine."""
    number = 0
    with target.browser() as thief:
        for path in SYSTEM:
            for way, answer in _fetched(thief, sorted(ways_to(path))):
                number += 1
                expect(b"root:" not in answer.content, way)
                expect(answer.status_code != 200, f"{way!r}: {answer.status_code}")
            for data in _named(path):
                _, told = outcome_of(thief, "ask_volume", [data, "What is this?"])
                expect("event: complete" not in told, f"{data}: {told[:200]}")
    return f"{number} ways"


def stolen_session(target: Target) -> str:
    """The name of another's open page, on every route that takes one."""
    with Visitor(target.app.url, address=VICTIM) as victim, target.browser() as thief:
        name = victim.session
        body = {"session_hash": name, "data": [], "fn_index": 0, "event_id": "x", "fn_name": "x"}
        answers = [thief.post(route, json=body) for route in (JOIN, RUN, f"{CALL}/ask_volume")]
        answers += [thief.post(f"{API}/{route}", json=body) for route in ("cancel", "reset")]
        answers += [
            thief.get(f"{API}/queue/data", params={"session_hash": name}),
            thief.get(f"{API}/heartbeat/{name}"),
            thief.get("/config", params={"session_hash": name}),
        ]
    seen = [answer.status_code for answer in answers]
    expect(set(seen) == {403}, f"statuses {seen}")
    return f"{len(seen)} routes refused"


def progress_of_another(target: Target) -> str:
    """The progress of another's upload, which tells its name."""
    name = secrets.token_hex(5)
    with target.browser(VICTIM) as owner, target.browser() as thief:
        done = threading.Event()

        def slowly() -> Iterator[bytes]:
            yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="own"\r\n\r\na'
            done.wait(20)
            yield b"\r\n--x--\r\n"

        def send() -> None:
            kind = {"content-type": "multipart/form-data; boundary=x"}
            owner.post(f"{API}/upload?upload_id={name}", content=slowly(), headers=kind)

        sending = threading.Thread(target=send)
        sending.start()
        done.wait(0.5)
        answer = thief.get(f"{API}/upload_progress", params={"upload_id": name})
        done.set()
        sending.join()
    expect(answer.status_code in {403, 404}, f"status {answer.status_code}: {answer.text[:100]}")
    return f"status {answer.status_code}"


def pages_of_other_sites(target: Target) -> str:
    """Requests that another site's page lets a visitor's browser send."""
    number = 0
    with target.browser() as client:
        for origin in FOREIGN:
            for path in ("/", "/config", "/metrics", "/readyz", f"{API}/info"):
                number += 1
                status = client.get(path, headers={"origin": origin}).status_code
                expect(status == 403, f"{path} from {origin}: {status}")
            answer = client.post(JOIN, json={"data": []}, headers={"origin": origin})
            expect(answer.status_code == 403, f"an event from {origin}: {answer.status_code}")
        for path in ("/", "/metrics", "/readyz", f"{API}/info"):
            number += 1
            status = client.get(path, headers={"host": "evil.example"}).status_code
            expect(status == 421, f"{path} at another name: {status}")
    return f"{number} refused"


def fetched_by_the_server(target: Target) -> str:
    """Addresses that the server should fetch: its own network is open to it alone."""
    hits: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def parse_request(self) -> bool:
            hits.append(str(self.raw_requestline))
            return False

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/scan.nii.gz"
    try:
        with target.browser() as client:
            for data in (*_named(url), {"path": url, "url": url}, {"url": url}, url):
                outcome_of(client, "ask_volume", [data, "What is this?"])
            data = file_data(url.replace("http:", "https:"))
            _, told = outcome_of(client, "ask_volume", [data, "What is this?"])
            expect("private network" in told, f"the server says {told[:200]}")
            client.get(f"{API}/proxy={url}")
            client.get(f"{API}/file={url}", follow_redirects=False)
    finally:
        server.shutdown()
        server.server_close()
    expect(not hits, f"the server fetched {hits}")
    return "nothing was fetched"


def words_of_errors(target: Target) -> str:
    """Wrong parameters of endpoints end in sentences."""
    with tempfile.TemporaryDirectory() as folder, target.browser() as client:
        [path] = upload(client, "scan.nii.gz", scan_bytes()).raise_for_status().json()
        scan = {"path": path}
        strange = (
            ["x"] * 30, [], [None] * 3, [scan, 7], [scan, "What?", "hot"], [[path], {}],
            [{"path": folder}, "What?"], [{"path": [path]}, "What?"],
        )  # fmt: skip
        for data in strange:
            status, told = outcome_of(client, "ask_volume", data)
            known = status in {400, 403, 422} or (status == 200 and "event: error" in told)
            expect(known and "went wrong" not in told, f"{data}: {status} {told[:200]}")
        for data in ([7, 2], ["stone", "x"], ["stone", 1.5], ["stone", None], [None, None]):
            status, told = searched(client, *data)
            expect(status < 500 and "went wrong" not in told, f"{data}: {status} {told[:200]}")
    return f"{len(strange) + 5} sentences"


ATTACKS = (
    Attack("another visitor's file", another_visitors_file, brief=False),
    Attack("files of the machine", files_of_the_system, brief=False),
    Attack("a stolen session", stolen_session, visits=True),
    Attack("the progress of another's upload", progress_of_another),
    Attack("pages of other sites and names", pages_of_other_sites),
    Attack("addresses that the server should fetch", fetched_by_the_server),
    Attack("wrong parameters of endpoints", words_of_errors),
)
