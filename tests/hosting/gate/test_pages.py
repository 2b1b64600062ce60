"""The page is made once for many, and by one at a time, so that floods of it cost little."""

import asyncio
from typing import Any

import pytest

from med3dvlm.hosting.gate.login import Logins, hashed
from med3dvlm.hosting.gate.middleware import GuardMiddleware
from med3dvlm.hosting.gate.pace import PAGE, REQUEST, Pace
from med3dvlm.hosting.gate.pages import MOST_KEPT, PIECE_BYTES, PLACES, Pages
from tests.hosting.conftest import ANNA, BEN, GuardedApp, make_guarded, run_apart


@pytest.mark.parametrize("path", PLACES)
def test_a_page_is_made_once(guarded: GuardedApp, path: str) -> None:
    """600 of them took 48 s, with up to two seconds in which nobody was answered."""
    first = guarded.ask("GET", path, cookie=ANNA)
    second = guarded.ask("GET", path, cookie=BEN)
    assert len(guarded.app.seen) == 1
    assert second.status_code == 200
    assert second.content == first.content
    assert second.headers == first.headers


def test_a_kept_page_gives_every_browser_a_cookie_of_its_own(guarded: GuardedApp) -> None:
    given = {guarded.ask("GET", "/").headers["set-cookie"] for _ in range(3)}
    assert len(given) == 3
    assert len(guarded.app.seen) == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/gradio_api/info?all_endpoints=true", {}),
        ("/config", {"accept-encoding": "gzip"}),
    ],
)
def test_a_page_that_may_be_another_is_made_anew(guarded: GuardedApp, path, headers) -> None:
    for _ in range(2):
        guarded.ask("GET", "/config", headers={"accept-encoding": ""})
        guarded.ask("GET", path, headers=headers)
    assert len(guarded.app.seen) > 1


@pytest.mark.parametrize("path", ["/?lesson=1", "/config?a=1&deep_link=x", "/config/?b=2", "/"])
def test_whatever_an_address_says_it_is_the_same_page(guarded: GuardedApp, path: str) -> None:
    """Each was made anew, two tenths of a second of a processor; a class that follows a link, too.

    Gradio does not get to see it, as what was kept is for everybody.
    """
    for _ in range(3):
        guarded.ask("GET", path)
    assert len(guarded.app.seen) == 1
    assert not guarded.app.seen[0]["scope"]["query_string"]


def test_a_page_that_is_made_anew_counts_as_its_work(
    guarded: GuardedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By inventing names of the server; it was counted as if each were there already."""
    counted = []

    async def turn(_: Pace, __: str, work: float) -> None:
        counted.append(work)

    monkeypatch.setattr(Pace, "turn", turn)
    for port in (1, 1, 2):
        guarded.ask("GET", "/config", headers={"host": f"127.0.0.1:{port}"})
    assert counted == [REQUEST, PAGE, REQUEST, REQUEST, PAGE]


def test_a_page_at_another_name_is_another(guarded: GuardedApp) -> None:
    for host in ("127.0.0.1:7860", "localhost:7860", "127.0.0.1:7860"):
        guarded.ask("GET", "/config", headers={"host": host})
    assert len(guarded.app.seen) == 2


def test_with_a_login_pages_are_not_kept(tmp_path) -> None:
    guarded = make_guarded(tmp_path, logins=Logins({"anna": hashed("word")}))
    for _ in range(2):
        guarded.ask("GET", "/config")
    assert len(guarded.app.seen) == 2


def test_kept_pages_are_bounded() -> None:
    pages = Pages()
    good: Any = {"type": "http.response.start", "status": 200, "headers": []}
    for number in range(MOST_KEPT + 5):
        pages.keep(("/", f"{number}"), [good])
    assert pages.kept(("/", "0")) is None
    assert pages.kept(("/", f"{MOST_KEPT + 4}")) == (good,)


@pytest.mark.parametrize(
    "start",
    [{"status": 500, "headers": []}, {"status": 200, "headers": [(b"Set-Cookie", b"a=b")]}],
)
def test_an_error_or_what_is_for_one_browser_is_not_kept(start: dict[str, Any]) -> None:
    pages = Pages()
    pages.keep(("/",), [start])
    assert pages.kept(("/",)) is None


def test_who_does_not_read_the_page_keeps_nobody_from_it(guarded: GuardedApp) -> None:
    """It was sent while its turn lasted: a few clients that did not read closed the page to all."""
    scope = {"type": "http", "method": "GET", "path": "/config", "query_string": b"x=1"}
    scope |= {"headers": [(b"host", b"127.0.0.1:7860")], "client": ("10.0.0.7", 1)}

    async def go() -> int:
        async def nothing_more() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def never_read(_: Any) -> None:
            await asyncio.sleep(60)

        app = GuardMiddleware(guarded.app, guarded.guard)
        stuck = asyncio.create_task(app(scope, nothing_more, never_read))
        await asyncio.sleep(0)
        sent: list[Any] = []

        async def read(message: Any) -> None:
            sent.append(message)

        await asyncio.wait_for(app(scope | {"client": ("10.0.0.8", 1)}, nothing_more, read), 5)
        stuck.cancel()
        return int(sent[0]["status"])

    assert run_apart(go()) == 200


def test_a_page_is_sent_in_pieces(guarded: GuardedApp) -> None:
    guarded.app.says = bytes(range(256)) * 700
    pieces = []

    async def go() -> None:
        async def send(message: Any) -> None:
            pieces.append(message)

        async def nothing_more() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "method": "GET", "path": "/config", "client": ("10.0.0.8", 1)}
        scope["headers"] = [(b"host", b"127.0.0.1:7860")]
        await GuardMiddleware(guarded.app, guarded.guard)(scope, nothing_more, send)

    run_apart(go())
    assert b"".join(piece.get("body", b"") for piece in pieces) == guarded.app.says
    assert max(len(piece.get("body", b"")) for piece in pieces) == PIECE_BYTES
    assert [piece["more_body"] for piece in pieces[1:]] == [True, True, False]


def test_a_page_that_nobody_reads_is_not_made(guarded: GuardedApp) -> None:
    """On a busy machine it took longer than the three seconds that Gradio waits at its start."""
    answer = guarded.ask("HEAD", "/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert not guarded.app.seen


def test_packing_on_the_way_does_not_change_what_is_kept(guarded: GuardedApp) -> None:
    """The second client got a description that was packed and did not say so."""
    sent: list[bytes] = []

    async def nothing_more() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def pack(message: Any) -> None:
        sent.append(message.get("body", b""))
        message["body"] = b"packed"

    scope = {"type": "http", "method": "GET", "path": "/config", "client": ("10.0.0.8", 1)}
    scope["headers"] = [(b"host", b"127.0.0.1:7860")]
    for _ in range(2):
        run_apart(GuardMiddleware(guarded.app, guarded.guard)(scope, nothing_more, pack))
    assert sent == [b"", b"{}"] * 2
