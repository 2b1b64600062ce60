"""Buttons that are pressed too early: without a scan, without a question, before the first word."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[[App], Visitor]
# Milliseconds from the first moment in which an answer can be stopped.
MOMENTS = (0, 20, 50, 90, 140, 200, 280, 380, 500, 650, 800, 1000)
# Presses Ask, and Stop so many milliseconds after it is there to be pressed.
ASK_AND_STOP = """(delay) => new Promise((done) => {
  document.querySelector('#ask').click();
  const look = setInterval(() => {
    const stop = document.querySelector('#stop');
    if (!stop?.offsetParent) return;
    clearInterval(look);
    setTimeout(() => { stop.click(); done(); }, delay);
  }, 2);
})"""


def box(visitor: Visitor) -> Locator:
    return visitor.page.locator("#question textarea")


def ask_row_is_whole(visitor: Visitor) -> None:
    """Both its buttons have their labels, and there is nothing to stop."""
    expect(visitor.page.locator("#ask")).to_have_text("Ask")
    expect(visitor.page.locator("#clear")).to_have_text("Clear")
    expect(visitor.page.locator("#stop")).to_be_hidden()


@pytest.mark.parametrize("way", ["click", "enter"])
def test_a_question_without_a_scan_stays_in_its_box(slow_app: App, visit: Visit, way: str) -> None:
    """It was swallowed, with what was in the chat; Ask became an empty green pill."""
    visitor = visit(slow_app)
    box(visitor).fill("What can be seen?")
    if way == "click":
        visitor.page.locator("#ask").click()
    else:
        box(visitor).press("Enter")
    expect(visitor.page.locator("#chat-notice")).to_contain_text("Open a scan first")
    visitor.settled()
    expect(box(visitor)).to_have_value("What can be seen?")
    expect(visitor.page.locator("#chat")).to_contain_text("Open a scan, then ask about it.")
    expect(visitor.page.locator("#chat .tint-row")).to_be_hidden()
    ask_row_is_whole(visitor)


def test_a_report_without_a_scan_leaves_the_tab_as_it_is(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app).tab("Report")
    visitor.page.locator("#write-report").click()
    expect(visitor.page.locator("#report-notice")).to_contain_text("Open a scan first")
    visitor.settled()
    expect(visitor.page.locator("#write-report")).to_have_text("Write a report")
    expect(visitor.page.locator("#stop-report")).to_be_hidden()
    expect(visitor.page.locator("#report")).to_contain_text("Open a scan, then have the model")


def test_asking_nothing_leaves_the_conversation_in_view(default_app: App, visit: Visit) -> None:
    visitor = visit(default_app).open_example("kidney stone")
    visitor.ask("Which part of the body is shown?")
    answer = visitor.answered()
    visitor.page.locator("#ask").click()
    expect(visitor.page.locator("#chat-notice")).to_contain_text("Type a question first")
    visitor.settled()
    expect(visitor.page.locator("#chat .user")).to_have_text(["Which part of the body is shown?"])
    assert visitor.answered() == answer
    ask_row_is_whole(visitor)


def test_asking_nothing_while_an_answer_comes_leaves_it_alone(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app).open_example("bladder stone")
    visitor.ask("What can be seen?")
    visitor.begun(1)
    before = visitor.page.locator("#chat .bot").inner_text()
    box(visitor).press("Enter")
    expect(visitor.page.locator("#chat-notice")).to_contain_text("Type a question first")
    grown = "least => document.querySelector('#chat .bot').innerText.length > least"
    visitor.page.wait_for_function(grown, arg=len(before) + 12)
    expect(visitor.page.locator("#chat .user")).to_have_text(["What can be seen?"])
    visitor.page.locator("#stop").click()
    expect(visitor.page.locator("#chat .exchange")).to_contain_text("Stopped before the end")


def test_no_early_stop_loses_the_question_or_its_notice(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app).open_example("hip prosthesis")
    page, asked = visitor.page, []
    for moment in MOMENTS:
        asked.append(f"What can be seen after {moment} ms?")
        box(visitor).fill(asked[-1])
        page.evaluate(ASK_AND_STOP, moment)
        expect(page.locator("#ask")).to_be_visible()
        expect(page.locator("#chat .exchange")).to_have_count(len(asked))
        expect(page.locator("#chat .exchange").last).to_contain_text("Stopped before")
        visitor.settled()
        expect(page.locator("#chat-notice")).to_contain_text("Stopped")
        assert page.locator("#chat .user").all_inner_texts() == asked
        ask_row_is_whole(visitor)
