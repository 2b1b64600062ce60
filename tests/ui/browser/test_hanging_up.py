"""Whoever leaves is served no longer: closed pages, cut connections, calls by scripts and MCP."""

import base64
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import pytest

from benchmarks.visitor import VisitError, Visitor, wait_until_ready
from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.phantoms.case import make_case
from tests.engine_maker import make_checkpoints
from tests.scan_files import save_nifti
from tests.ui.browser.conftest import SLOW_WORDS, App, start

pytestmark = pytest.mark.slow
LONGEST, SOON = 512, 10.0  # tokens, which take 25 s; seconds
# Answers of tools are JSON, in a string of JSON.
ANSWER = r"\"answer\""
MCP_HEADERS = {"accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One is served at a time, and each may have one request."""
    folder = make_checkpoints(tmp_path_factory.mktemp("slow"))
    settings = {
        "MODEL": f"{folder}/vlm+{DEFAULT_MODEL}/dual_encoder", "MCP": "1", "PROXY": "1",
        "AT_ONCE": "1", "PER_VISITOR": "1", "HOSTS": "scans.example.org",
    }  # fmt: skip
    named = {f"MED3DVLM_{name}": value for name, value in settings.items()}
    for app in start(tmp_path_factory.mktemp("hanging_up"), script=SLOW_WORDS, **named):
        wait_until_ready(app.url.rstrip("/"), 240)
        yield app


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    volume = make_case(7, shape=(16, 32, 32)).volume
    return save_nifti(volume, tmp_path_factory.mktemp("scan") / "s.nii.gz").read_bytes()


def in_queue(app: App) -> int:
    text = httpx.get(f"{app.url}metrics").raise_for_status().text
    return sum(
        int(float(n)) for n in re.findall(r"^med3dvlm_(?:running|waiting) (\S+)", text, re.M)
    )


def seconds_until(app: App, count: int) -> float:
    started = time.monotonic()
    while in_queue(app) != count:
        assert time.monotonic() - started < 120
        time.sleep(0.05)
    return time.monotonic() - started


def cut_midway(app: App, work: Callable[[], None], cut: Callable[[], None]) -> float:
    """Begin, wait until it is served, hang up; seconds until nobody is served."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    seconds_until(app, 1)
    time.sleep(0.5)
    assert in_queue(app) == 1, "it is a long answer"
    cut()
    return seconds_until(app, 0)


class Cuttable:
    """A request whose connection can be cut while the answer is awaited."""

    def __init__(self, client: httpx.Client, method: str, url: str, **given: Any) -> None:
        self._client, self._given = client, (method, url, given)
        self._line: socket.socket | None = None

    def wait(self) -> None:
        method, url, given = self._given
        with suppress(httpx.HTTPError), self._client.stream(method, url, **given) as answer:
            self._line = answer.extensions["network_stream"].get_extra_info("socket")
            for _ in answer.iter_raw():
                pass

    def cut(self) -> None:
        while self._line is None:
            time.sleep(0.05)
        self._line.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("all_lines", [True, False], ids=["closed", "line cut"])
def test_a_page_that_is_closed_ends_its_answer(served: App, all_lines: bool) -> None:
    visitor = Visitor(served.url).__enter__()
    visitor.choose("examples")

    def ask() -> None:
        with suppress(VisitError, httpx.HTTPError):
            visitor.ask("What can be seen?")

    def cut() -> None:
        visitor._cut()
        if all_lines:
            visitor.http.close()

    assert cut_midway(served, ask, cut) < SOON


def test_a_plain_call_ends_when_its_caller_hangs_up(served: App, scan: bytes) -> None:
    """Gradio noticed, and the answer went on to its end, with its place in the queue."""
    with httpx.Client(base_url=f"{served.url}gradio_api/", timeout=120) as client:
        [path] = client.post("upload", files={"files": ("s.nii.gz", scan)}).json()
        data = [{"path": path, "meta": {"_type": "gradio.FileData"}}, "What?", 0, 1, LONGEST, 0]
        event = client.post("call/ask_volume", json={"data": data}).json()["event_id"]
        request = Cuttable(client, "GET", f"call/ask_volume/{event}")
        assert cut_midway(served, request.wait, request.cut) < SOON


def call(scan: bytes, tokens: int) -> dict[str, Any]:
    data = f"data:application/gzip;base64,{base64.b64encode(scan).decode()}"
    given = {"scan": data, "question": "What?", "max_new_tokens": tokens}
    asked = {"name": "ask_volume", "arguments": given}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked}


def test_mcp_callers_behind_a_proxy_are_told_apart_and_end_when_they_hang_up(
    served: App, scan: bytes
) -> None:
    """All calls come by Gradio's own client: they were one visitor's, or nobody's (403)."""

    def client(address: str) -> httpx.Client:
        seen = {"x-forwarded-for": address, "x-forwarded-proto": "https", "cookie": f"a={address}"}
        return httpx.Client(base_url=served.url, timeout=120, headers=MCP_HEADERS | seen)

    tool = "gradio_api/mcp/"
    with client("10.0.0.1") as one, client("10.0.0.2") as two, ThreadPoolExecutor(1) as pool:
        request = Cuttable(one, "POST", tool, json=call(scan, LONGEST))
        later = []

        def cut() -> None:
            assert "requests running or waiting" in one.post(tool, json=call(scan, 2)).text
            later.append(pool.submit(lambda: two.post(tool, json=call(scan, 2)).text))
            seconds_until(served, 2)
            request.cut()

        assert cut_midway(served, request.wait, cut) < SOON
        assert ANSWER in later[0].result(60)


def test_it_is_known_by_its_names_and_to_itself_alone(served: App) -> None:
    """With a name of its own the app did not start: Gradio's call to itself was refused."""
    for host, status in (("scans.example.org", 200), ("evil.example.org", 421)):
        assert httpx.get(f"{served.url}config", headers={"host": host}).status_code == status


def test_nobody_can_say_for_whom_a_call_is(served: App, scan: bytes) -> None:
    forged = MCP_HEADERS | {"x-med3dvlm-caller": "a.b.c", "x-med3dvlm-visitor": "a"}
    told = httpx.post(
        f"{served.url}gradio_api/mcp/", json=call(scan, 2), headers=forged, timeout=120
    )
    assert ANSWER in told.text
