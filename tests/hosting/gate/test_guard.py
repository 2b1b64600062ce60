"""What the guard lets in: each test is a thing that somebody might try."""

import asyncio
import json
import os
import time
from contextlib import ExitStack
from http.cookies import SimpleCookie
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from starlette.requests import ClientDisconnect

from med3dvlm.hosting.gate import request_bodies as bodies
from med3dvlm.hosting.gate.login import Logins, hashed
from med3dvlm.hosting.gate.middleware import FrontMiddleware, GuardMiddleware, stand_in_front
from med3dvlm.hosting.gate.named_paths import paths_in
from med3dvlm.hosting.gate.ownership import ExpirySweeper
from med3dvlm.hosting.gate.rate_limits import OPEN, Visitor
from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.request_bodies import bounded
from med3dvlm.hosting.gate.request_head import VISITOR_HEADER, RequestHead
from med3dvlm.hosting.operations.logs import LogFormatter
from tests.hosting.conftest import ANNA, BEN, GuardedApp, make_guarded, run_apart

JOIN, DATA, FILE = "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/file="


def test_a_page_gets_a_cookie_that_scripts_and_other_sites_do_not(guarded: GuardedApp) -> None:
    given = guarded.ask("GET", "/").headers["set-cookie"]
    assert given.startswith("med3dvlm=")
    assert {"HttpOnly", "SameSite=Lax"} <= set(given.split("; "))
    assert "set-cookie" not in guarded.ask("GET", "/", cookie=ANNA).headers


def test_behind_tls_the_cookie_works_in_a_frame_and_nowhere_else(guarded_with) -> None:
    guarded = guarded_with(proxy=True)
    given = guarded.ask("GET", "/", headers={"x-forwarded-proto": "https"}).headers["set-cookie"]
    assert given.startswith("__Host-med3dvlm=")
    assert {"Secure", "SameSite=None", "Partitioned", "Path=/"} <= set(given.split("; "))


def test_the_app_learns_a_tag_that_is_not_the_cookie_and_cannot_be_sent(
    guarded: GuardedApp,
) -> None:
    path = "/gradio_api/app_id"
    guarded.ask("GET", path, cookie=ANNA, headers={VISITOR_HEADER.decode(): "chosen"})
    guarded.ask("GET", path, cookie=BEN)
    tags = [seen["headers"][VISITOR_HEADER].decode() for seen in guarded.app.seen]
    assert len(set(tags)) == 2
    assert not {"chosen", ANNA} & set(tags)


# Files.


def test_a_file_is_only_for_whom_it_was_sent_to(guarded: GuardedApp) -> None:
    """The answer of an event names the file; from then on it is this visitor's."""
    scan = guarded.file("0123/voxels.bin")
    guarded.app.says = b'data: {"output": {"path": "%s"}}' % os.fsencode(scan)
    assert guarded.ask("GET", f"{FILE}{scan}", cookie=ANNA).status_code == 403
    guarded.ask("GET", f"{DATA}?session_hash=anna", cookie=ANNA)
    assert guarded.ask("GET", f"{FILE}{scan}", cookie=ANNA).status_code == 200
    stolen = guarded.ask("GET", f"{FILE}{scan}", cookie=BEN)
    assert stolen.status_code == 403
    assert str(scan) not in stolen.text, "an error page tells nothing"
    assert guarded.ask("GET", f"{FILE}{scan}").status_code == 403, "nor without a cookie"
    assert guarded.ask("GET", f"/gradio_api/file/{scan}", cookie=BEN).status_code == 403
    assert guarded.ask("GET", f"/file={scan}", cookie=ANNA).status_code == 403


def test_a_file_named_by_a_difference_is_granted_too(guarded: GuardedApp) -> None:
    """Streams send what changed; the path stands in a list, with no key before it."""
    scan = guarded.file("0123/voxels.bin")
    change = [["replace", ["value", "full", "file", "path"], str(scan)]]
    guarded.app.says = b"data: " + json.dumps(change).encode()
    guarded.ask("GET", f"{DATA}?session_hash=anna", cookie=ANNA)
    assert guarded.ask("GET", f"{FILE}{scan}", cookie=ANNA).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "{folder}/../secret",
        "{folder}/0123/../0123/voxels.bin",
        "{folder}/0123/%2e%2e/0123/voxels.bin",
        "//{folder}/0123/voxels.bin",
        "/proc/self/root{folder}/0123/voxels.bin",
        "{folder}/0123/voxels.bin%00.png",
        "http://169.254.169.254/latest",
        "file://{folder}/0123/voxels.bin",
        "..%2f..%2f..%2fetc%2fpasswd",
        "",
    ],
)
def test_no_way_around_leads_to_a_file(guarded: GuardedApp, path: str) -> None:
    guarded.file("0123/voxels.bin")
    (guarded.ownership.folder.parent / "secret").write_text("secret")
    asked = FILE + path.format(folder=guarded.ownership.folder)
    assert guarded.ask("GET", asked, cookie=BEN).status_code in {400, 403}
    assert not guarded.app.seen, "Gradio was never asked"


def uploaded(guarded: GuardedApp, cookie: str, *contents: bytes) -> list[str]:
    """As Gradio does it: by content, so the same file twice has one path."""
    paths = [guarded.file(f"{hash(content):x}/scan.nii", content) for content in contents]
    guarded.app.says = json.dumps([str(path) for path in paths]).encode()
    answer = guarded.ask(
        "POST",
        "/gradio_api/upload",
        cookie=cookie,
        files={"files": ("scan.nii", b"".join(contents))},
    )
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    return list(answer.json())


def test_the_same_file_uploaded_by_two_is_two_files(guarded: GuardedApp) -> None:
    """The first to open it moves it away; the other was told that it had not arrived whole."""
    [hers], [his] = uploaded(guarded, ANNA, b"same"), uploaded(guarded, BEN, b"same")
    assert hers != his
    Path(hers).unlink()
    assert Path(his).read_bytes() == b"same"
    assert guarded.ask("GET", FILE + his, cookie=ANNA).status_code == 403


def test_an_upload_can_be_opened_by_its_visitor_alone(guarded: GuardedApp) -> None:
    [path] = uploaded(guarded, ANNA, b"scan")
    event = {"session_hash": "anna", "data": [[{"path": path, "meta": {}}]]}
    assert guarded.post(JOIN, event, cookie=ANNA).status_code == 200
    stolen = event | {"session_hash": "ben"}
    assert guarded.post(JOIN, stolen, cookie=BEN).status_code == 403
    for way in (f"/proc/self/root{path}", path.replace("/visitors/", "/./visitors/"), f"/..{path}"):
        event = {"session_hash": "ben", "data": [{"path": way}]}
        assert guarded.post(JOIN, event, cookie=BEN).status_code == 403, way
    hidden = {"session_hash": "ben", "data": ["text", {"a": [{path: 1}]}]}
    assert guarded.post(JOIN, hidden, cookie=BEN).status_code == 403


def test_a_name_with_blanks_is_known_by_its_address_too(guarded: GuardedApp) -> None:
    """The page sends a file's address along, in which blanks and signs are quoted."""
    scan = guarded.file("0123/my scan=1.nii.gz")
    guarded.app.says = b'data: {"output": {"path": "%s"}}' % os.fsencode(scan)
    guarded.ask("GET", f"{DATA}?session_hash=anna", cookie=ANNA)
    address = f"http://testserver{FILE}{quote(str(scan))}"
    body = {"session_hash": "anna", "data": [{"path": str(scan), "url": address}]}
    assert guarded.ask("POST", JOIN, cookie=ANNA, json=body).status_code == 200
    stolen = {"session_hash": "ben", "data": [{"path": "", "url": address}]}
    assert guarded.ask("POST", JOIN, cookie=BEN, json=stolen).status_code == 403


def test_files_are_removed_when_their_visitor_has_left(guarded: GuardedApp) -> None:
    [hers], [his] = uploaded(guarded, ANNA, b"a"), uploaded(guarded, BEN, b"b")
    for path in (hers, his):
        os.utime(path, (time.time() - 30, time.time() - 30))
    for name, cookie in (("anna", ANNA), ("ben", BEN)):
        guarded.post(JOIN, {"session_hash": name}, cookie=cookie)
        guarded.ownership.sessions.enter(name)
    gone: list[str] = []
    guarded.ownership.when_gone(gone.append)
    guarded.ownership.sessions.leave("anna")
    guarded.clock.now += 59
    guarded.ownership.sweep()
    assert Path(hers).exists(), "a phone may lose its connection for a while"
    guarded.clock.now += 2
    guarded.ownership.sweep()
    assert gone == ["anna"]
    assert not Path(hers).exists()
    assert not Path(hers).parent.exists()
    assert Path(his).exists()


def test_a_file_of_two_stays_until_both_have_left(guarded: GuardedApp) -> None:
    scan = guarded.file("0123/voxels.bin")
    os.utime(scan, (0, 0))
    for name in ("anna", "ben"):
        guarded.ownership.sessions.claim(name, name)
        guarded.ownership.sessions.enter(name)
        guarded.ownership.grant(name, str(scan))
    guarded.ownership.sessions.leave("anna")
    guarded.clock.now += 61
    guarded.ownership.sweep()
    assert scan.exists()
    guarded.ownership.sessions.leave("ben")
    guarded.clock.now += 61
    guarded.ownership.sweep()
    assert not scan.exists()


def test_files_are_removed_by_age(guarded: GuardedApp) -> None:
    scan, lost, fresh = guarded.file("1/a.bin"), guarded.file("2/b.bin"), guarded.file("3/c.bin")
    guarded.ownership.sessions.claim("anna", "anna")
    guarded.ownership.sessions.enter("anna")
    guarded.ownership.grant("anna", str(scan))
    for path in (scan, lost):
        os.utime(path, (0, 0))
    guarded.clock.now += 601
    guarded.ownership.sweep()
    ExpirySweeper(guarded.ownership, keep_seconds=600).old_files()
    assert [path.exists() for path in (scan, lost, fresh)] == [False, False, True]


def test_an_answer_to_whom_has_left_goes_soon(guarded: GuardedApp) -> None:
    """It was made too late to be sent, so it had no owner, and stayed for an hour."""
    late, again = guarded.file("1/scan.bin"), guarded.file("2/report.md")
    part = guarded.file("tmp12345678")
    for path in (late, again, part):
        os.utime(path, (0, 0))
    guarded.ownership.sweep_unclaimed()
    guarded.clock.now += 100
    guarded.ownership.sweep_unclaimed()
    assert late.exists(), "somebody may still be told of it"
    guarded.clock.now += 100
    guarded.ownership.grant("anna", str(again))
    guarded.ownership.sweep_unclaimed()
    assert [path.exists() for path in (late, again, part)] == [False, True, True]


def test_an_upload_of_whom_has_no_page_goes_soon(guarded: GuardedApp) -> None:
    """A call that names it may still come; without one, it filled the disk for an hour."""
    [hers], [his] = uploaded(guarded, ANNA, b"a"), uploaded(guarded, BEN, b"b")
    for path in (hers, his):
        os.utime(path, (0, 0))
    guarded.post(JOIN, {"session_hash": "ben"}, cookie=BEN)
    guarded.ownership.sessions.enter("ben")
    for later, left in ((100, [True, True]), (30, [False, True])):
        guarded.clock.now += later
        guarded.ownership.sweep()
        assert [Path(path).exists() for path in (hers, his)] == left


def test_memory_is_returned_once_however_many_pages_are_gone(guarded: GuardedApp) -> None:
    """Each page that was closed asked for a collection of its own."""
    forgotten: list[int] = []
    guarded.ownership.when_swept(forgotten.append)
    for name in ("anna", "ben"):
        guarded.ownership.sessions.claim(name, name)
    guarded.ownership.sweep()
    guarded.clock.now += 61
    guarded.ownership.sweep()
    guarded.ownership.sweep()
    assert forgotten == [0, 2, 0]


# Sessions.


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", JOIN, {"session_hash": "anna", "data": []}),
        ("POST", "/gradio_api/cancel", {"session_hash": "anna", "event_id": "e", "fn_index": 1}),
        ("GET", f"{DATA}?session_hash=anna", None),
        ("GET", "/gradio_api/heartbeat/anna", None),
    ],
)
def test_a_stolen_session_is_of_no_use(guarded: GuardedApp, method: str, path: str, body) -> None:
    guarded.post(JOIN, {"session_hash": "anna", "data": []}, cookie=ANNA)
    before = len(guarded.app.seen)
    more = {"content": json.dumps(body)} if body else {}
    assert guarded.ask(method, path, cookie=BEN, **more).status_code == 403
    assert len(guarded.app.seen) == before
    assert guarded.ask(method, path, cookie=ANNA, **more).status_code == 200


def test_results_of_an_api_call_are_their_callers(guarded: GuardedApp) -> None:
    path = "/gradio_api/call/answer/0123456789abcdef"
    assert guarded.ask("GET", path, cookie=ANNA).status_code == 200
    refused = guarded.ask("GET", path, cookie=BEN)
    assert refused.status_code == 403
    assert "retry-after" not in refused.headers, "waiting doesn't help"


def test_one_visitor_cannot_fill_the_list_of_sessions(guarded: GuardedApp) -> None:
    answers = [
        guarded.post(JOIN, {"session_hash": f"s{n}", "data": []}, cookie=ANNA).status_code
        for n in range(30)
    ]
    assert answers.count(200) == 24
    assert answers[-1] == 429
    assert guarded.post(JOIN, {"session_hash": "b", "data": []}, cookie=BEN).status_code == 200


# Other sites, other hosts, other headers.


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_sites_page_can_do_nothing(guarded: GuardedApp, origin: str) -> None:
    for method, path in (("POST", JOIN), ("GET", DATA), ("POST", "/login")):
        answer = guarded.ask(method, path, cookie=ANNA, headers={"origin": origin})
        assert answer.status_code == 403
    assert not guarded.app.seen


def test_a_form_of_another_site_is_known_without_an_origin(guarded: GuardedApp) -> None:
    sent = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert guarded.ask("POST", JOIN, cookie=ANNA, headers=sent).status_code == 403
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert guarded.ask("GET", "/", headers=link).status_code == 200


def test_a_server_on_loopback_is_not_known_by_other_names(guarded_with) -> None:
    """A name that an attacker's DNS points at 127.0.0.1 would make his page one of ours."""
    guarded = guarded_with(hosts=("localhost", "127.0.0.1", "::1"))
    assert guarded.ask("GET", "/", headers={"host": "evil.example:7860"}).status_code == 421
    for name in ("localhost:7860", "127.0.0.1", "[::1]:7860"):
        assert guarded.ask("GET", "/", headers={"host": name}).status_code == 200


def test_without_a_list_a_server_is_known_by_its_numbers(guarded_with) -> None:
    """On 0.0.0.0 any name was answered, also one that an attacker's DNS points here."""
    guarded = guarded_with(hosts=("this-machine",), numbers=True)
    for name in ("10.0.0.7:7860", "[fe80::1]:7860", "this-machine"):
        assert guarded.ask("GET", "/", headers={"host": name}).status_code == 200
    refused = guarded.ask("GET", "/", headers={"host": "evil.example:7860"})
    assert refused.status_code == 421
    assert "MED3DVLM_HOSTS" in refused.json()["detail"]


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_other_sites_read_no_numbers(guarded_with, path: str) -> None:
    guarded, here = guarded_with(hosts=("localhost",)), ("127.0.0.1", 5)
    for header in ({"host": "evil.example"}, {"host": "localhost", "origin": "http://evil"}):
        answer = guarded.ask("GET", path, headers=header, client=here)
        assert answer.status_code in {403, 421}
        assert guarded.ask("GET", "/healthz", headers=header).status_code == 200


@pytest.mark.parametrize("error", [TypeError("Mary"), KeyError("Mary"), ValueError("Mary")])
def test_a_parameter_that_there_is_not_is_the_callers_mistake(
    guarded: GuardedApp, caplog, error: Exception
) -> None:
    async def failing(*_) -> None:
        raise error

    guarded.app = failing
    answer = guarded.post("/gradio_api/call/v2/ask_volume", {"Mary": 1}, cookie=ANNA)
    assert answer.status_code == 400
    assert "Mary" not in answer.text
    assert not caplog.records


def test_headers_of_a_proxy_are_not_believed_from_anybody(guarded: GuardedApp) -> None:
    forged = {"x-forwarded-host": "evil.example", "x-forwarded-for": "127.0.0.1",
              "x-gradio-server": "http://evil.example", "forwarded": "host=evil"}  # fmt: skip
    guarded.ask("GET", "/", headers=forged)
    assert not set(forged) & {name.decode() for name in guarded.app.seen[0]["headers"]}


def test_a_header_that_comes_twice_is_refused(guarded: GuardedApp) -> None:
    sent: list[dict] = []
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "client": None,
             "headers": [(b"host", b"a"), (b"host", b"b")]}  # fmt: skip

    async def send(message: dict) -> None:
        sent.append(message)

    run_apart(GuardMiddleware(guarded.app, guarded.guard)(scope, None, send))
    assert sent[0]["status"] == 400


MALFORMED = [
    ("host", "[::1"), ("host", "a b"), ("host", "a:99999999"), ("host", "a/b"), ("host", "a@b"),
    ("origin", "http://[x"), ("origin", "http://a:b"), ("origin", "http://a b"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), MALFORMED)
@pytest.mark.parametrize("layer", [GuardMiddleware, FrontMiddleware])
def test_a_malformed_header_is_refused(guarded: GuardedApp, layer, name: str, value: str) -> None:
    """It ended in a traceback, with what was sent."""
    sent: list[dict] = []
    headers = [(b"host", b"a")] if name == "origin" else []
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "client": None,
             "headers": [*headers, (name.encode(), value.encode())]}  # fmt: skip

    async def send(message: dict) -> None:
        sent.append(message)

    run_apart(layer(guarded.app, guarded.guard)(scope, None, send))
    assert sent[0]["status"] == 400
    assert not guarded.app.seen


def test_thousands_of_parameters_are_refused(guarded: GuardedApp) -> None:
    assert guarded.ask("GET", "/config?" + "&".join(["a=b"] * 100)).status_code == 200
    assert guarded.ask("GET", "/config?" + "&".join(["a=b"] * 101)).status_code == 400


def test_a_cookie_is_found_among_thousands_at_once(guarded: GuardedApp) -> None:
    """Python's own parser of cookies needs 20 ms for a head of this size, on the event loop."""
    signed = guarded.guard.limits.sign(ANNA)
    many = "; ".join(f"a{number}=b" for number in range(6000))
    for cookies in (f"{many}; med3dvlm={signed}", f"med3dvlm={signed}; {many}"):
        head = {"method": "GET", "path": "/", "headers": [(b"cookie", cookies.encode())]}
        head["client"] = ("10.0.0.9", 1)
        started = time.thread_time()  # a busy machine would count otherwise
        SimpleCookie(cookies)
        usual = time.thread_time() - started
        started = time.thread_time()
        visitor = guarded.guard.limits.visitor_of(RequestHead(head, proxy=False))
        assert time.thread_time() - started < usual / 2
        assert visitor.tag == guarded.tag(ANNA)


def test_what_has_a_good_head_passes_the_front(guarded: GuardedApp) -> None:
    app = SimpleNamespace(user_middleware=[], middleware_stack="built")
    stand_in_front(app, guarded.guard)
    assert app.middleware_stack is None
    made = app.user_middleware[0]
    assert made.cls is FrontMiddleware
    seen: list[str] = []

    async def inside(scope, *_) -> None:
        seen.append(scope["type"])

    front = FrontMiddleware(inside, **made.kwargs)
    head = {"method": "GET", "path": "/", "headers": [(b"host", b"[::1]:80")]}
    for kind in ("http", "lifespan"):
        run_apart(front({"type": kind, **head}, None, None))
    assert seen == ["http", "lifespan"]


@pytest.mark.parametrize("started", [False, True])
def test_an_error_behind_the_guard_is_told_without_its_words(
    guarded: GuardedApp, caplog, started: bool
) -> None:
    async def failing(_scope, _receive, send) -> None:
        if started:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise TypeError("unexpected keyword argument 'Mary Shelley'")

    guarded.app = failing
    if started:
        with pytest.raises(AssertionError):  # the client notices that the answer has no end
            guarded.ask("GET", "/robots.txt")
    else:
        answer = guarded.ask("GET", "/robots.txt")
        assert answer.status_code == 500
        assert "Mary" not in answer.text
    line = LogFormatter().format(caplog.records[-1])
    assert "TypeError at" in line
    assert "Mary" not in line


def test_a_request_that_is_cut_off_is_no_error(guarded: GuardedApp, caplog) -> None:
    async def cut(*_) -> None:
        raise ClientDisconnect

    run_apart(
        GuardMiddleware(cut, guarded.guard)(
            {"type": "http", "method": "GET", "path": "/", "headers": [], "client": None},
            None,
            None,
        )
    )
    assert not caplog.records


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=https://x.hf.space/a", "/gradio_api/stream/1", "/gradio_api/vibe-code/",
        "/gradio_api/process_recording", "/gradio_api/token", "/monitoring", "/monitoring/summary",
        "/openapi.json", "/gradio_api/dev/reload", "/gradio_api/runs",
        "/gradio_api/custom_component/1/a/b/c",
        "/gradio_api/component_server", "/gradio_api/component_server/",
    ],
)  # fmt: skip
def test_what_the_page_does_not_need_is_closed(guarded: GuardedApp, path: str) -> None:
    assert guarded.ask("GET", path).status_code == 404
    assert not guarded.app.seen


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT"])
def test_methods_nobody_needs_are_refused(guarded: GuardedApp, method: str) -> None:
    assert guarded.ask(method, "/").status_code == 405


def test_websockets_are_closed(guarded: GuardedApp) -> None:
    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    run_apart(GuardMiddleware(guarded.app, guarded.guard)({"type": "websocket"}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_every_answer_forbids_scripts_and_pictures_from_outside(guarded: GuardedApp) -> None:
    for answer in (guarded.ask("GET", "/"), guarded.ask("GET", f"{FILE}/etc/passwd")):
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == "'self'"
        assert policy["img-src"] == "'self' data: blob:"
        assert policy["connect-src"] == "'self' blob: data:"
        assert policy["object-src"] == "'none'"
        assert policy["frame-ancestors"] == "'self'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_space_may_be_framed_by_its_host_alone(guarded_with) -> None:
    policy = guarded_with(framed=True).ask("GET", "/").headers["content-security-policy"]
    assert "frame-ancestors 'self' https://huggingface.co https://*.hf.space" in policy


# Too much, too slow, too often.


def test_a_body_that_is_too_large_is_refused(guarded: GuardedApp, monkeypatch) -> None:
    monkeypatch.setattr("med3dvlm.hosting.gate.guard.BODY_BYTES", 1000)
    event = {"session_hash": "a", "data": ["x" * 2000]}
    assert guarded.post(JOIN, event, cookie=ANNA).status_code == 413
    assert not guarded.app.seen


def test_an_upload_that_is_too_large_is_refused_while_it_comes(guarded_with) -> None:
    guarded = guarded_with(upload_bytes=1000)
    files = {"files": ("scan.nii", b"x" * 3_000_000)}
    assert guarded.ask("POST", "/gradio_api/upload", cookie=ANNA, files=files).status_code == 413


@pytest.mark.parametrize("body", [b"[" * 100_000, b"{", b"\xff", b'{"a":' * 60 + b"1" + b"}" * 60])
def test_a_body_that_is_no_request_of_ours_is_refused(guarded: GuardedApp, body: bytes) -> None:
    assert guarded.ask("POST", JOIN, cookie=ANNA, content=body).status_code == 400
    assert not guarded.app.seen


def test_a_stalled_upload_is_ended(monkeypatch) -> None:
    monkeypatch.setattr(bodies, "PAUSE_SECONDS", 0.05)

    async def stalled() -> None:
        await bounded(lambda: asyncio.sleep(60), most=100)()

    with pytest.raises(RefusedError, match="stalled"):
        run_apart(stalled())


def test_a_trickling_upload_is_ended() -> None:
    async def receive():
        return {"type": "http.request", "body": b"a", "more_body": True}

    async def trickle() -> None:
        clock = iter(range(0, 10_000, 10))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bodies.time, "monotonic", lambda: float(next(clock)))
            take = bounded(receive, most=10**6)
            for _ in range(20):
                await take()

    with pytest.raises(RefusedError, match="too slow"):
        run_apart(trickle())


def test_a_flood_is_slowed_and_others_are_served(guarded: GuardedApp) -> None:
    guarded.guard.limits._clock = lambda: 1000.0  # a slow machine would refill the bucket meanwhile
    answers = [guarded.ask("GET", "/", cookie=ANNA) for _ in range(520)]
    assert [answer.status_code for answer in answers].count(429) == 20
    assert answers[-1].headers["retry-after"] == "5"
    assert guarded.ask("GET", "/", cookie=BEN, client=("10.0.0.8", 1)).status_code == 200


def test_open_streams_of_one_visitor_are_bounded(guarded: GuardedApp) -> None:
    limits, anna = guarded.guard.limits, Visitor("anna", "10.0.0.9")
    with ExitStack() as stack:
        for _ in range(OPEN["stream"][0]):
            stack.enter_context(limits.holding(anna, "stream"))
        with pytest.raises(RefusedError), limits.holding(anna, "stream"):
            pass
        with limits.holding(Visitor("ben", "10.0.0.9"), "stream"):
            pass
    assert not limits._open


# The end, and what watches.


def test_a_server_that_stops_takes_nothing_new(guarded: GuardedApp) -> None:
    guarded.guard.stopping.set()
    assert guarded.post(JOIN, {"session_hash": "a"}, cookie=ANNA).status_code == 503
    assert guarded.ask("GET", f"{DATA}?session_hash=a", cookie=ANNA).status_code == 200
    assert guarded.ask("GET", "/readyz").status_code == 503
    assert guarded.ask("GET", "/healthz").status_code == 200


def test_numbers_are_for_this_machine_alone(guarded: GuardedApp) -> None:
    here = ("127.0.0.1", 5)
    assert guarded.ask("GET", "/metrics").status_code == 404
    assert guarded.ask("GET", "/metrics", client=here).status_code == 200
    forwarded = {"x-forwarded-for": "127.0.0.1"}
    assert guarded.ask("GET", "/metrics", headers=forwarded).status_code == 404


def test_refusals_are_counted_by_kind_and_name_nobody(guarded: GuardedApp) -> None:
    guarded.ask("GET", f"{FILE}/home/mary_shelley.nii", cookie=ANNA)
    page = guarded.ask("GET", "/metrics", client=("127.0.0.1", 5)).text
    assert 'med3dvlm_refused_requests_total{kind="file"} 1.0' in page
    assert "mary" not in page


def test_with_a_login_mcp_is_closed(tmp_path: Path) -> None:
    """Gradio asks for no login there."""
    guarded = make_guarded(tmp_path, logins=Logins({"anna": hashed("a")}))
    assert guarded.ask("POST", "/gradio_api/mcp/").status_code == 404


def test_a_name_with_percent_signs_is_its_own_file_and_no_way_to_another(
    guarded: GuardedApp,
) -> None:
    """Scans whose names were encoded once too often were refused: CT%20scan.nii."""
    folder = guarded.ownership.folder
    own = guarded.file("0123/CT%20scan.nii")
    other = guarded.file("4567/scan.nii")
    way = guarded.file("0123/x%2f..%2f..%2f4567%2fscan.nii")
    for path in (own, way):
        guarded.ownership.grant("anna", str(path))
    guarded.ownership.grant("ben", str(other))
    assert set(paths_in(str(own), folder)) == {str(own)}
    assert len(set(paths_in(str(way), folder))) == 2, "what it leads to counts"
    missing = f"{folder}/0123/%2e%2e/4567/scan.nii"
    assert len(set(paths_in(missing, folder))) == 2


@pytest.mark.parametrize("text", ["stone/\ud83d", "stone \ud83d", "a/\0b"])
def test_half_a_character_is_no_path(guarded: GuardedApp, text: str) -> None:
    """A question with half an emoji and a slash ended in an internal error."""
    assert list(paths_in({"data": [text]}, guarded.ownership.folder)) == []
