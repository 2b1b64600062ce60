"""Lessons and failures in the page: links, predictions by click, key and choice, at two widths."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ui.browser.conftest import PATIENCE, App, Visitor
from tests.ui.browser.test_layout import overflow

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[[App], Visitor]
GAME = "?lesson=7&step=1&seed=20000701"


def answer(page: Page, number: int) -> None:
    page.locator("#learn-options label").nth(number).click()
    page.locator("#learn-reveal").click()


@pytest.mark.parametrize("size", [(1440, 1000), (390, 844)])
def test_a_link_opens_a_step_and_a_point_is_scored(
    default_app: App, browser: Browser, size: tuple[int, int]
) -> None:
    """By a click on a wide screen, by the keyboard on a narrow one in the dark."""
    narrow = size[0] < 900
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if narrow else "light"
    )
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.goto(default_app.url + GAME)
    slice_ = page.locator("#learn-picture .learn-slice.open")
    expect(slice_.locator("img")).to_be_visible()
    expect(page.locator("#learn-stop")).to_contain_text("Step 1 of 10")
    page.locator("#learn-reveal").click()
    expect(page.locator("#learn-told")).to_contain_text("Click in the slice first")
    if narrow:
        slice_.focus()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
    else:
        slice_.locator("img").click()
    expect(page.locator("#learn-picture .chosen")).to_have_count(1)
    page.locator("#learn-reveal").click()
    expect(page.locator("#learn-result")).to_contain_text("It is outlined")
    expect(page.locator("#learn-score")).to_contain_text("of 1 points")
    assert overflow(page) <= 0
    page.close()


def test_a_lesson_leaves_the_open_scan_and_its_chat_alone(default_app: App, visit: Visit) -> None:
    visitor = visit(default_app).open_example("kidney stone")
    visitor.ask("Which part of the body is shown?")
    visitor.answered()
    visitor.tab("Learn")
    page = visitor.page
    expect(page.locator("#learn-stop")).to_contain_text("question 1 of 2")
    answer(page, 0)
    expect(page.locator("#learn-result")).to_contain_text("Noted")
    page.get_by_role("tab", name="Failures").click()
    page.locator("[data-case=leading]").click()
    expect(page.locator("#failure-result b").last).to_have_text(re.compile("^It (fails|holds).$"))
    visitor.tab("Chat")
    expect(page.locator("#chat .user")).to_have_count(1)
    expect(page.locator("#viewer .vv-name strong")).to_contain_text("Phantom")
