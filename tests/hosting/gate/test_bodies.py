"""Bodies that are large inside, and how long others wait while they are checked."""

import asyncio
import json
import os
import time
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import httpx
import pytest

from med3dvlm.hosting.gate import json_bodies
from med3dvlm.hosting.gate.json_bodies import DEEPEST, MOST_STRINGS, value_of
from med3dvlm.hosting.gate.middleware import GuardMiddleware
from med3dvlm.hosting.gate.named_paths import paths_in
from med3dvlm.hosting.gate.rate_limits import OPEN, Visitor
from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.request_head import RequestHead
from tests.hosting.conftest import ANNA, GuardedApp, run_apart

JOIN = "/gradio_api/queue/join"
LONGEST_PAUSE = 0.5  # generous: the machine may be busy with other tests


def longest_pause(guarded: GuardedApp, body: bytes) -> tuple[int, float]:
    """The answer's status, and how long the loop did nothing else."""

    async def go() -> tuple[int, float]:
        longest, last = 0.0, time.monotonic()

        async def tick() -> None:
            nonlocal longest, last
            while True:
                await asyncio.sleep(0.005)
                longest, last = max(longest, time.monotonic() - last), time.monotonic()

        ticking = asyncio.create_task(tick())
        transport = httpx.ASGITransport(app=GuardMiddleware(guarded.app, guarded.guard))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as browser:
            cookie = f"med3dvlm={guarded.guard.limits.sign(ANNA)}"
            headers = {"cookie": cookie, "content-type": "application/json"}
            answer = await browser.post(JOIN, content=body, headers=headers)
        await asyncio.sleep(0.01)
        ticking.cancel()
        return answer.status_code, longest

    return run_apart(go())


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"data": ["/tmp/" + "a/" * 2000] * 900}).encode(),
        json.dumps({"data": ["/" + "a/" * 2000] * 900}).encode(),
        b"[" + b"[]," * 1_200_000 + b"1]",
        b"[" + b'"",' * 1_200_000 + b"1]",
        b'"' + b'\\"' * 1_900_000,
        b"[" * 3_900_000,
        b'{"a":' * 700_000,
    ],
    ids=["paths", "nowhere", "pairs", "empty", "escapes", "brackets", "objects"],
)
def test_others_do_not_wait_while_a_body_is_checked(guarded: GuardedApp, body: bytes) -> None:
    """A body of 7.8 MB with long strings kept `/healthz` waiting for 22 seconds."""
    started = time.monotonic()
    _, pause = longest_pause(guarded, body)
    assert pause < LONGEST_PAUSE
    assert time.monotonic() - started < 5


def test_a_folder_of_many_files_is_still_a_request(guarded: GuardedApp) -> None:
    folder = guarded.ownership.folder
    paths = [str(folder / f"visitors/{number:032x}/IM{number:05}.dcm") for number in range(3000)]
    tag = guarded.tag(ANNA)
    for path in paths:
        guarded.ownership.grant(tag, path)
    files = [
        {"path": path, "url": f"http://testserver/gradio_api/file={path}", "size": 532_000,
         "orig_name": "CT/" + path[-11:], "mime_type": "", "is_stream": False,
         "meta": {"_type": "gradio.FileData"}}
        for path in paths
    ]  # fmt: skip
    event = {"session_hash": "a", "data": [files]}
    assert guarded.post(JOIN, event, cookie=ANNA).status_code == 200


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "-Infinity", "1e999", "9" * 5000, "1.0e400"])
def test_numbers_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        value_of(text.encode())


@pytest.mark.parametrize("text", ["[1, 2.5, -3e-7]", '{"a": "\\u00e9 [ { , \\""}', "", "null"])
def test_ordinary_values_are_read(text: str) -> None:
    assert value_of(text.encode()) == json.loads(text or "null")


def test_depth_counts_brackets_but_not_those_in_texts() -> None:
    assert value_of(b"[" * DEEPEST + b"]" * DEEPEST)
    with pytest.raises(RefusedError):
        value_of(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1))
    assert value_of(json.dumps("[" * 1000).encode()) == "[" * 1000


@pytest.mark.parametrize("escape", ["\\\\", "\\n", "\\u0041", '\\"'])
def test_a_text_of_escapes_alone_is_refused_before_it_is_searched(
    escape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One text of 4 MB was searched in one step of a tenth of a second."""
    monkeypatch.setattr(json_bodies, "STRING", None)
    with pytest.raises(RefusedError, match="too many"):
        value_of(f'"{escape * 650_000}"'.encode())


def test_many_strings_are_refused_before_they_are_made() -> None:
    with pytest.raises(RefusedError, match="Zip"):
        value_of(json.dumps([""] * (MOST_STRINGS + 1)).encode())


@pytest.mark.parametrize(
    "way",
    [
        "{folder}/x",
        "/no-such/..{folder}/x",
        "%2F..{quoted}/x",
        "{relative}/x",
        "{link}/x",
        "./{link}/x",
    ],
)
def test_every_way_to_write_a_path_is_found(tmp_path: Path, monkeypatch, way: str) -> None:
    folder, home = tmp_path / "files", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    (home / "link").symlink_to(folder)
    monkeypatch.chdir(home)
    text = way.format(
        folder=folder, quoted=str(folder).replace("/", "%2F"), link="link",
        relative=os.path.relpath(folder, home),
    )  # fmt: skip
    found = [os.path.normpath(path) for path in paths_in({"data": [text]}, folder)]
    assert found == [str(folder / "x")] * len(found)
    assert found


@pytest.mark.parametrize(
    ("said", "small"), [("65536", True), ("65537", False), ("", False), ("9" * 30, False)]
)
def test_a_body_is_small_only_if_it_says_so(said: str, small: bool) -> None:
    """One that comes in pieces says nothing of its size."""
    headers = [(b"content-length", said.encode())] if said else []
    head = RequestHead({"method": "POST", "path": "/", "headers": headers}, proxy=False)
    assert head.is_small is small


def test_large_bodies_of_one_address_are_few(guarded: GuardedApp) -> None:
    """400 of 4 MB could be held open by one machine, with a cookie for each few."""
    limits = guarded.guard.limits
    with ExitStack() as stack:
        for number in range(OPEN["large body"][1]):
            stack.enter_context(limits.holding(Visitor(f"{number}", "school"), "large body"))
        with pytest.raises(RefusedError), limits.holding(Visitor("one", "school"), "large body"):
            pass
        with limits.holding(Visitor("ben", "home"), "large body"):
            pass
        with limits.holding(Visitor("anna", "school"), "body"):
            pass


def test_a_large_body_is_counted_as_one(guarded: GuardedApp, monkeypatch) -> None:
    held = []
    holding = guarded.guard.limits.holding

    def noted(visitor: Visitor, what: str) -> AbstractContextManager[None]:
        held.append(what)
        return holding(visitor, what)

    monkeypatch.setattr(guarded.guard.limits, "holding", noted)
    for size in (10, 70_000):
        guarded.post("/gradio_api/queue/join", {"data": ["x" * size], "session_hash": "a"})
    assert held == ["body", "large body"]
