"""A stream in a browser that learns its number after its first values have come."""

import re
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Page, Route, expect

from med3dvlm.ui.page.streams import send_updates_whole

pytestmark = [
    pytest.mark.browser, pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of Gradio, whose page this is
]  # fmt: skip


def restore() -> Iterator[tuple[Any, Any]]:
    yield gr.Slider(value=28), gr.skip()
    yield gr.skip(), "busy"
    yield gr.skip(), "done"


def other_work() -> Iterator[str]:
    """Keeps the connection open, so that the values come at once."""
    for number in range(30):
        time.sleep(0.1)
        yield str(number)


@pytest.fixture
def url() -> Iterator[str]:
    send_updates_whole()
    with gr.Blocks() as page:
        slider, told = gr.Slider(0, 42, 5, elem_id="size"), gr.HTML()
        other = gr.HTML(elem_id="work")
        how: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "both"}
        gr.Button("Restore").click(restore, None, [slider, told], **how)
        gr.Button("Work").click(other_work, None, other, **how)
    _, address, _ = page.launch(prevent_thread_lock=True, quiet=True, run_history=False)
    yield address
    page.close(verbose=False)


def late(route: Route) -> None:
    reply = route.fetch()
    time.sleep(0.3)
    route.fulfill(response=reply)


def test_what_a_stream_sets_and_then_leaves_alone_is_set(url: str, window: Page) -> None:
    """The values came together, and the second took the first away: a slider was not set."""
    window.goto(url)
    window.get_by_role("button", name="Work").click()
    expect(window.locator("#work")).to_have_text(re.compile(r"^\s*\d+\s*$"))
    window.route("**/queue/join*", late)
    window.get_by_role("button", name="Restore").click()
    expect(window.get_by_text("done")).to_be_visible()
    expect(window.locator("#size input[type=range]")).to_have_value("28")
