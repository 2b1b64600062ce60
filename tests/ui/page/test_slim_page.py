"""A browser reads the same description of the page from its shorter text."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from med3dvlm.ui.page.slim_page import AFTER, BEFORE, FOR_PROGRAMS, LONG, slimmed

EVIL = "</script><script>'\"`\\\\u003c \u2028 \u00e9 ${1} \n" * LONG
CONFIG = {
    "version": "1",
    "components": [
        {"id": 3, "type": "html", "props": {"value": EVIL, "label": "Other"}, "api_info": {}},
        {"id": 4, "type": "html", "props": {"value": "short", "html_template": EVIL}},
        {"id": 5, "type": "state", "props": {}, "example_inputs": [1], "api_info_as_input": EVIL},
        {"id": 6, "type": "row"},
    ],
    "dependencies": [{"id": 0, "js": EVIL}],
}


def page_of(config: Any) -> bytes:
    """As Gradio writes it: in a script, with nothing that could end it."""
    text = json.dumps(config).replace("<", "\\u003c")
    return b"<head><script>" + BEFORE + text.encode() + AFTER + b"</head>"


def read(window: Page, html: bytes) -> Any:
    window.set_content(html.decode())
    return window.evaluate("window.gradio_config")


@pytest.mark.browser
def test_a_browser_reads_the_same(window: Page) -> None:
    html = page_of(CONFIG)
    short = slimmed(html)
    assert short.count(b"<") == html.count(b"<")
    expected = [
        {"props": {}} | {name: one[name] for name in one if name not in FOR_PROGRAMS}
        for one in CONFIG["components"]
    ]
    assert read(window, html) == CONFIG
    assert read(window, short) == CONFIG | {"components": expected}


def test_a_text_goes_once_however_often_it_is_used() -> None:
    def of(times: int) -> int:
        parts = [{"id": n, "props": {"value": "y" * 5000}} for n in range(times)]
        return len(slimmed(page_of({"components": parts})))

    assert of(20) - of(1) < 20 * 100


@pytest.mark.parametrize(
    "html",
    [
        b"",
        b"<p>Not found</p>",
        BEFORE + b"{",
        BEFORE + b"{" + AFTER,
        BEFORE + b"[1]" + AFTER,
        BEFORE + b'{"components": 1}' + AFTER,
        AFTER + BEFORE + b"{}",
    ],
)
def test_anything_else_stays_as_it_is(html: bytes) -> None:
    assert slimmed(html) == html
