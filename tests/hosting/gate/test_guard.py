"""What the guard lets in: each test is a thing that somebody might try."""

import asyncio
import json
import os
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from med3dvlm.hosting.gate import request_bodies as bodies
from med3dvlm.hosting.gate.guard import _Gate
from med3dvlm.hosting.gate.ownership import Sweeper
from med3dvlm.hosting.gate.rate_limits import OPEN, Visitor
from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.request_bodies import bounded
from med3dvlm.hosting.gate.request_head import VISITOR_HEADER
from tests.hosting.conftest import ANNA, BEN, House, make_house

JOIN, DATA, FILE = "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/file="


def test_a_page_gets_a_cookie_that_scripts_and_other_sites_do_not(house: House) -> None:
    given = house.ask("GET", "/").headers["set-cookie"]
    assert given.startswith("med3dvlm=")
    assert {"HttpOnly", "SameSite=Lax"} <= set(given.split("; "))
    assert "set-cookie" not in house.ask("GET", "/", cookie=ANNA).headers


def test_behind_tls_the_cookie_works_in_a_frame_and_nowhere_else(house_with) -> None:
    house = house_with(proxy=True)
    given = house.ask("GET", "/", headers={"x-forwarded-proto": "https"}).headers["set-cookie"]
    assert given.startswith("__Host-med3dvlm=")
    assert {"Secure", "SameSite=None", "Partitioned", "Path=/"} <= set(given.split("; "))


def test_the_app_learns_a_tag_that_is_not_the_cookie_and_cannot_be_sent(house: House) -> None:
    house.ask("GET", "/", cookie=ANNA, headers={VISITOR_HEADER.decode(): "chosen"})
    house.ask("GET", "/", cookie=BEN)
    tags = [seen["headers"][VISITOR_HEADER].decode() for seen in house.app.seen]
    assert len(set(tags)) == 2
    assert not {"chosen", ANNA} & set(tags)


# Files.


def test_a_file_is_only_for_whom_it_was_sent_to(house: House) -> None:
    """The answer of an event names the file; from then on it is this visitor's."""
    scan = house.file("0123/voxels.bin")
    house.app.says = b'data: {"output": {"path": "%s"}}' % os.fsencode(scan)
    assert house.ask("GET", f"{FILE}{scan}", cookie=ANNA).status_code == 403
    house.ask("GET", f"{DATA}?session_hash=anna", cookie=ANNA)
    assert house.ask("GET", f"{FILE}{scan}", cookie=ANNA).status_code == 200
    stolen = house.ask("GET", f"{FILE}{scan}", cookie=BEN)
    assert stolen.status_code == 403
    assert str(scan) not in stolen.text, "an error page tells nothing"
    assert house.ask("GET", f"{FILE}{scan}").status_code == 403, "nor without a cookie"
    assert house.ask("GET", f"/gradio_api/file/{scan}", cookie=BEN).status_code == 403
    assert house.ask("GET", f"/file={scan}", cookie=ANNA).status_code == 403


def test_a_file_named_by_a_difference_is_granted_too(house: House) -> None:
    """Streams send what changed; the path stands in a list, with no key before it."""
    scan = house.file("0123/voxels.bin")
    change = [["replace", ["value", "full", "file", "path"], str(scan)]]
    house.app.says = b"data: " + json.dumps(change).encode()
    house.ask("GET", f"{DATA}?session_hash=anna", cookie=ANNA)
    assert house.ask("GET", f"{FILE}{scan}", cookie=ANNA).status_code == 200


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
def test_no_way_around_leads_to_a_file(house: House, path: str) -> None:
    house.file("0123/voxels.bin")
    (house.visits.folder.parent / "secret").write_text("secret")
    asked = FILE + path.format(folder=house.visits.folder)
    assert house.ask("GET", asked, cookie=BEN).status_code in {400, 403}
    assert not house.app.seen, "Gradio was never asked"


def uploaded(house: House, cookie: str, *contents: bytes) -> list[str]:
    """As Gradio does it: by content, so the same file twice has one path."""
    paths = [house.file(f"{hash(content):x}/scan.nii", content) for content in contents]
    house.app.says = json.dumps([str(path) for path in paths]).encode()
    answer = house.ask(
        "POST",
        "/gradio_api/upload",
        cookie=cookie,
        files={"files": ("scan.nii", b"".join(contents))},
    )
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    return list(answer.json())


def test_the_same_file_uploaded_by_two_is_two_files(house: House) -> None:
    """The first to open it moves it away; the other was told that it had not arrived whole."""
    [hers], [his] = uploaded(house, ANNA, b"same"), uploaded(house, BEN, b"same")
    assert hers != his
    Path(hers).unlink()
    assert Path(his).read_bytes() == b"same"
    assert house.ask("GET", FILE + his, cookie=ANNA).status_code == 403


def test_an_upload_can_be_opened_by_its_visitor_alone(house: House) -> None:
    [path] = uploaded(house, ANNA, b"scan")
    event = {"session_hash": "anna", "data": [[{"path": path, "meta": {}}]]}
    assert house.post(JOIN, event, cookie=ANNA).status_code == 200
    stolen = event | {"session_hash": "ben"}
    assert house.post(JOIN, stolen, cookie=BEN).status_code == 403
    for way in (f"/proc/self/root{path}", path.replace("/visitors/", "/./visitors/"), f"/..{path}"):
        event = {"session_hash": "ben", "data": [{"path": way}]}
        assert house.post(JOIN, event, cookie=BEN).status_code == 403, way
    hidden = {"session_hash": "ben", "data": ["text", {"a": [{path: 1}]}]}
    assert house.post(JOIN, hidden, cookie=BEN).status_code == 403


def test_a_name_with_blanks_is_known_by_its_address_too(house: House) -> None:
    """The page sends a file's address along, in which blanks and signs are quoted."""
    scan = house.file("0123/my scan=1.nii.gz")
    house.app.says = b'data: {"output": {"path": "%s"}}' % os.fsencode(scan)
    house.ask("GET", f"{DATA}?session_hash=anna", cookie=ANNA)
    address = f"http://testserver{FILE}{quote(str(scan))}"
    body = {"session_hash": "anna", "data": [{"path": str(scan), "url": address}]}
    assert house.ask("POST", JOIN, cookie=ANNA, json=body).status_code == 200
    stolen = {"session_hash": "ben", "data": [{"path": "", "url": address}]}
    assert house.ask("POST", JOIN, cookie=BEN, json=stolen).status_code == 403


def test_files_are_removed_when_their_visitor_has_left(house: House) -> None:
    [hers], [his] = uploaded(house, ANNA, b"a"), uploaded(house, BEN, b"b")
    for path in (hers, his):
        os.utime(path, (time.time() - 30, time.time() - 30))
    for name, cookie in (("anna", ANNA), ("ben", BEN)):
        house.post(JOIN, {"session_hash": name}, cookie=cookie)
        house.visits.enter(name)
    gone: list[str] = []
    house.visits.when_gone(gone.append)
    house.visits.leave("anna")
    house.clock.now += 59
    house.visits.sweep()
    assert Path(hers).exists(), "the line of a phone may be cut for a while"
    house.clock.now += 2
    house.visits.sweep()
    assert gone == ["anna"]
    assert not Path(hers).exists()
    assert not Path(hers).parent.exists()
    assert Path(his).exists()


def test_a_file_of_two_stays_until_both_have_left(house: House) -> None:
    scan = house.file("0123/voxels.bin")
    os.utime(scan, (0, 0))
    for name in ("anna", "ben"):
        house.visits.claim(name, name)
        house.visits.grant(name, str(scan))
    house.visits.leave("anna")
    house.clock.now += 61
    house.visits.sweep()
    assert scan.exists()
    house.visits.leave("ben")
    house.clock.now += 61
    house.visits.sweep()
    assert not scan.exists()


def test_files_are_removed_by_age(house: House) -> None:
    scan, lost, fresh = house.file("1/a.bin"), house.file("2/b.bin"), house.file("3/c.bin")
    house.visits.claim("anna", "anna")
    house.visits.enter("anna")
    house.visits.grant("anna", str(scan))
    for path in (scan, lost):
        os.utime(path, (0, 0))
    house.clock.now += 601
    house.visits.sweep()
    Sweeper(house.visits, keep_seconds=600).old_files()
    assert [path.exists() for path in (scan, lost, fresh)] == [False, False, True]


# Sessions.


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", JOIN, {"session_hash": "anna", "data": []}),
        ("POST", "/gradio_api/cancel", {"session_hash": "anna", "event_id": "e", "fn_index": 1}),
        ("POST", "/gradio_api/component_server", {"session_hash": "anna", "data": []}),
        ("GET", f"{DATA}?session_hash=anna", None),
        ("GET", "/gradio_api/heartbeat/anna", None),
    ],
)
def test_a_stolen_session_is_of_no_use(house: House, method: str, path: str, body) -> None:
    house.post(JOIN, {"session_hash": "anna", "data": []}, cookie=ANNA)
    before = len(house.app.seen)
    more = {"content": json.dumps(body)} if body else {}
    assert house.ask(method, path, cookie=BEN, **more).status_code == 403
    assert len(house.app.seen) == before
    assert house.ask(method, path, cookie=ANNA, **more).status_code == 200


def test_results_of_an_api_call_are_their_callers(house: House) -> None:
    path = "/gradio_api/call/answer/0123456789abcdef"
    assert house.ask("GET", path, cookie=ANNA).status_code == 200
    assert house.ask("GET", path, cookie=BEN).status_code == 403


def test_one_visitor_cannot_fill_the_book_of_sessions(house: House) -> None:
    answers = [
        house.post(JOIN, {"session_hash": f"s{n}", "data": []}, cookie=ANNA).status_code
        for n in range(30)
    ]
    assert answers.count(200) == 24
    assert answers[-1] == 429
    assert house.post(JOIN, {"session_hash": "b", "data": []}, cookie=BEN).status_code == 200


# Other sites, other hosts, other headers.


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_sites_page_can_do_nothing(house: House, origin: str) -> None:
    for method, path in (("POST", JOIN), ("GET", DATA), ("POST", "/login")):
        answer = house.ask(method, path, cookie=ANNA, headers={"origin": origin})
        assert answer.status_code == 403
    assert not house.app.seen


def test_a_form_of_another_site_is_known_without_an_origin(house: House) -> None:
    sent = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert house.ask("POST", JOIN, cookie=ANNA, headers=sent).status_code == 403
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert house.ask("GET", "/", headers=link).status_code == 200


def test_a_server_on_loopback_is_not_known_by_other_names(house_with) -> None:
    """A name that an attacker's DNS points at 127.0.0.1 would make his page one of ours."""
    house = house_with(hosts=("localhost", "127.0.0.1", "::1"))
    assert house.ask("GET", "/", headers={"host": "evil.example:7860"}).status_code == 421
    for name in ("localhost:7860", "127.0.0.1", "[::1]:7860"):
        assert house.ask("GET", "/", headers={"host": name}).status_code == 200


def test_headers_of_a_proxy_are_not_believed_from_anybody(house: House) -> None:
    forged = {"x-forwarded-host": "evil.example", "x-forwarded-for": "127.0.0.1",
              "x-gradio-server": "http://evil.example", "forwarded": "host=evil"}  # fmt: skip
    house.ask("GET", "/", headers=forged)
    assert not set(forged) & {name.decode() for name in house.app.seen[0]["headers"]}


def test_a_header_that_comes_twice_is_refused(house: House) -> None:
    sent: list[dict] = []
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "client": None,
             "headers": [(b"host", b"a"), (b"host", b"b")]}  # fmt: skip

    async def send(message: dict) -> None:
        sent.append(message)

    asyncio.run(_Gate(house.app, house.guard)(scope, None, send))
    assert sent[0]["status"] == 400


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=https://x.hf.space/a", "/gradio_api/stream/1", "/gradio_api/vibe-code/",
        "/gradio_api/process_recording", "/gradio_api/token", "/monitoring", "/monitoring/summary",
        "/gradio_api/dev/reload", "/gradio_api/runs", "/gradio_api/custom_component/1/a/b/c",
    ],
)  # fmt: skip
def test_what_the_page_does_not_need_is_closed(house: House, path: str) -> None:
    assert house.ask("GET", path).status_code == 404
    assert not house.app.seen


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT"])
def test_methods_nobody_needs_are_refused(house: House, method: str) -> None:
    assert house.ask(method, "/").status_code == 405


def test_websockets_are_closed(house: House) -> None:
    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    asyncio.run(_Gate(house.app, house.guard)({"type": "websocket"}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_every_answer_forbids_scripts_and_pictures_from_outside(house: House) -> None:
    for answer in (house.ask("GET", "/"), house.ask("GET", f"{FILE}/etc/passwd")):
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


def test_a_space_may_be_framed_by_its_host_alone(house_with) -> None:
    policy = house_with(framed=True).ask("GET", "/").headers["content-security-policy"]
    assert "frame-ancestors 'self' https://huggingface.co https://*.hf.space" in policy


# Too much, too slow, too often.


def test_a_body_that_is_too_large_is_refused(house: House, monkeypatch) -> None:
    monkeypatch.setattr("med3dvlm.hosting.gate.guard.BODY_BYTES", 1000)
    event = {"session_hash": "a", "data": ["x" * 2000]}
    assert house.post(JOIN, event, cookie=ANNA).status_code == 413
    assert not house.app.seen


def test_an_upload_that_is_too_large_is_refused_while_it_comes(house_with) -> None:
    house = house_with(upload_bytes=1000)
    files = {"files": ("scan.nii", b"x" * 3_000_000)}
    assert house.ask("POST", "/gradio_api/upload", cookie=ANNA, files=files).status_code == 413


@pytest.mark.parametrize("body", [b"[" * 100_000, b"{", b"\xff", b'{"a":' * 60 + b"1" + b"}" * 60])
def test_a_body_that_is_no_request_of_ours_is_refused(house: House, body: bytes) -> None:
    assert house.ask("POST", JOIN, cookie=ANNA, content=body).status_code == 400
    assert not house.app.seen


def test_a_stalled_upload_is_ended(monkeypatch) -> None:
    monkeypatch.setattr(bodies, "PAUSE_SECONDS", 0.05)

    async def stalled() -> None:
        await bounded(lambda: asyncio.sleep(60), most=100)()

    with pytest.raises(RefusedError, match="stalled"):
        asyncio.run(stalled())


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

    with pytest.raises(RefusedError, match="slowly"):
        asyncio.run(trickle())


def test_a_flood_is_slowed_and_others_are_served(house: House) -> None:
    answers = [house.ask("GET", "/", cookie=ANNA).status_code for _ in range(620)]
    assert answers.count(429) > 20
    assert house.ask("GET", "/", cookie=BEN, client=("10.0.0.8", 1)).status_code == 200


def test_open_streams_of_one_visitor_are_bounded(house: House) -> None:
    doorman, anna = house.guard.doorman, Visitor("anna", "10.0.0.9")
    with ExitStack() as stack:
        for _ in range(OPEN["stream"][0]):
            stack.enter_context(doorman.holding(anna, "stream"))
        with pytest.raises(RefusedError), doorman.holding(anna, "stream"):
            pass
        with doorman.holding(Visitor("ben", "10.0.0.9"), "stream"):
            pass
    assert not doorman._open


# The end, and what watches.


def test_a_server_that_stops_takes_nothing_new(house: House) -> None:
    house.guard.stopping.set()
    assert house.post(JOIN, {"session_hash": "a"}, cookie=ANNA).status_code == 503
    assert house.ask("GET", f"{DATA}?session_hash=a", cookie=ANNA).status_code == 200
    assert house.ask("GET", "/readyz").status_code == 503
    assert house.ask("GET", "/healthz").status_code == 200


def test_numbers_are_for_this_machine_alone(house: House) -> None:
    here = ("127.0.0.1", 5)
    assert house.ask("GET", "/metrics").status_code == 404
    assert house.ask("GET", "/metrics", client=here).status_code == 200
    forwarded = {"x-forwarded-for": "127.0.0.1"}
    assert house.ask("GET", "/metrics", headers=forwarded).status_code == 404


def test_refusals_are_counted_by_kind_and_name_nobody(house: House) -> None:
    house.ask("GET", f"{FILE}/home/mary_shelley.nii", cookie=ANNA)
    page = house.ask("GET", "/metrics", client=("127.0.0.1", 5)).text
    assert 'med3dvlm_refused_requests_total{kind="file"} 1.0' in page
    assert "mary" not in page


def test_with_a_login_mcp_is_closed(tmp_path: Path) -> None:
    """Gradio asks for no login there."""
    assert make_house(tmp_path, login=True).ask("POST", "/gradio_api/mcp/").status_code == 404
