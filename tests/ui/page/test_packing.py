"""Only the page and its description are packed, and only for those who can unpack them."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from med3dvlm.ui.page.packing import PackedPage

TEXT = "Ask about this scan. " * 1000


async def _text(request: Request) -> Response:
    return Response(TEXT, media_type="text/html")


@pytest.fixture
def browser() -> TestClient:
    routes = [Route(path, _text) for path in ("/", "/config", "/file")]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(PackedPage)]))


@pytest.mark.parametrize("path", ["/", "/config"])
def test_the_page_is_packed(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(TEXT) / 20
    assert answer.text == TEXT


def test_the_page_is_packed_below_another_address(browser: TestClient) -> None:
    browser = TestClient(browser.app, root_path="/demo")
    assert browser.get("/demo/").headers["content-encoding"] == "gzip"


def test_files_go_as_they_are(browser: TestClient) -> None:
    assert "content-encoding" not in browser.get("/file").headers


def test_who_can_not_unpack_gets_the_page_plain(browser: TestClient) -> None:
    answer = browser.get("/", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.text == TEXT
