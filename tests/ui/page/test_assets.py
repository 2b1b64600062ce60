"""Gradio's scripts and style sheets as a browser gets them."""

import gzip
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from med3dvlm.ui.page import assets
from med3dvlm.ui.page.assets import (
    ASKED_ABOUT,
    END,
    KEPT,
    KINDS,
    TITLE,
    Assets,
    opening,
    styles,
)
from med3dvlm.ui.page.quick_script import FOLDER, changed_files

PLAIN = {"accept-encoding": "identity"}
ASSETS = Middleware(Assets)


async def _gradio(request: Request) -> Response:
    return PlainTextResponse("from Gradio")


@pytest.fixture(scope="module")
def browser() -> TestClient:
    routes = [Route("/{path:path}", _gradio, methods=["GET", "POST"])]
    return TestClient(Starlette(routes=routes, middleware=[ASSETS]))


@pytest.fixture(scope="module")
def names() -> list[str]:
    """A script and a style sheet that nobody changes."""
    files = (path for path in sorted(FOLDER.iterdir()) if path.name not in changed_files())
    return [next(path.name for path in files if path.suffix == kind) for kind in KINDS]


def test_a_script_and_a_style_sheet_are_those_of_gradio(
    browser: TestClient, names: list[str]
) -> None:
    for name in names:
        for headers in (PLAIN, {"accept-encoding": "br, gzip"}):
            answer = browser.get(f"/assets/{name}", headers=headers)
            assert answer.content == (FOLDER / name).read_bytes()
            assert answer.headers["cache-control"] == KEPT
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < len(gzip.compress(answer.content)) * 1.1


def test_a_changed_script_is_asked_about_each_time(browser: TestClient) -> None:
    for name, content in changed_files().items():
        answer = browser.get(f"/assets/{name}")
        assert answer.content == content != (FOLDER / name).read_bytes()
        assert answer.headers["cache-control"] == ASKED_ABOUT
        again = browser.get(f"/assets/{name}", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    ["/", "/assets", "/assets/", "/assets/none.js", "/assets/../index.html", "/static/index.js"],
)
def test_everything_else_goes_on_to_gradio(browser: TestClient, path: str) -> None:
    assert browser.get(path).text == "from Gradio"


def test_only_what_is_fetched_is_answered(browser: TestClient, names: list[str]) -> None:
    assert browser.post(f"/assets/{names[0]}").text == "from Gradio"


def test_they_are_found_below_another_address(browser: TestClient, names: list[str]) -> None:
    below = TestClient(browser.app, root_path="/demo")
    assert below.get(f"/demo/assets/{names[0]}").content == (FOLDER / names[0]).read_bytes()


def test_the_theme_is_kept_by_its_version() -> None:
    async def theme(request: Request) -> Response:
        return PlainTextResponse(":root {}", status_code=int(request.query_params["v"]))

    browser = TestClient(Starlette(routes=[Route("/theme.css", theme)], middleware=[ASSETS]))
    assert browser.get("/theme.css?v=200").headers["cache-control"] == KEPT
    assert "cache-control" not in browser.get("/theme.css?v=404").headers
    assert "cache-control" not in browser.get("/theme.css?w=1&v=200").headers


def test_the_page_names_what_it_will_ask_for() -> None:
    """All of the list is there, or another release of Gradio has other names."""
    listed = (Path(assets.__file__).parent / "opening_assets.txt").read_text().split()
    assert len(listed) > 80
    assert [*opening(".js"), *opening(".css")] == sorted(
        listed, key=lambda name: name[-4:] == ".css"
    )
    theme, own = b'{"theme_hash":"0a"}', b'<link rel="stylesheet" href="index.css">'
    page = b"<head>" + TITLE + b' content="Gradio" />' + theme + own + END + b"x" * 10_000

    async def sent(request: Request) -> Response:
        return Response(page, media_type="text/html", status_code=int(request.query_params["as"]))

    for status in (200, 401):
        browser = TestClient(Starlette(routes=[Route("/", sent)], middleware=[ASSETS]))
        answer = browser.get(f"/?as={status}")
        assert answer.status_code == status
        found = re.findall(r'href="./([^"]+)"', answer.text)
        assert [name.removeprefix("assets/") for name in found] == [
            *opening(".js"), "theme.css?v=0a", styles(), *opening(".css"),
        ]  # fmt: skip
        assert re.sub(rb"<link [^>]+ href=\"./[^>]+>", b"", answer.content) == page
        assert int(answer.headers["content-length"]) == len(answer.content)


def test_all_style_sheets_come_as_one(browser: TestClient) -> None:
    answer = browser.get(f"/assets/{styles()}")
    assert answer.headers["cache-control"] == KEPT
    assert answer.headers["content-type"].startswith("text/css")
    for name in opening(".css"):
        sheet = (FOLDER / name).read_text("utf-8")
        assert sheet in answer.text
        assert not re.search(r"@import|@charset|@namespace", sheet)  # only at the beginning
