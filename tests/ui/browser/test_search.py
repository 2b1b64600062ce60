"""Searches in the page: narrowed, with the open scan, in other libraries, and on the map."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[[App], Visitor]
CORNERS = """() => {
  const box = document.querySelector("#library-map .js-plotly-plot .nsewdrag")
    .getBoundingClientRect();
  return { left: box.left + 3, top: box.top + 3, right: box.right - 3, bottom: box.bottom - 3 };
}"""


def search(page: Page, text: str) -> None:
    page.locator("#query textarea, #query input").fill(text)
    page.locator("#search").click()


def choose(page: Page, box: str, text: str) -> None:
    """An entry of a list that opens below its box."""
    page.locator(f"{box} input").first.click()
    page.get_by_role("option", name=text).click()


def test_a_search_is_narrowed_goes_on_and_takes_the_open_scan_along(
    default_app: App, visit: Visit
) -> None:
    page = visit(default_app).open_example("hip prosthesis").tab("Search").page
    notice, hits = page.locator("#search-notice"), page.locator("#hits .card")
    page.locator("#refine button").first.click()
    choose(page, "#only", "Region: pelvis")
    page.locator("#without textarea, #without input").fill("bladder stone")
    search(page, "hip prosthesis")
    expect(notice).to_contain_text("that meet the filters")
    expect(notice).to_contain_text("without \u201cbladder stone\u201d")
    expect(hits.first).to_contain_text("% a pair")
    count = hits.count()
    titles = page.locator("#hits .card-title").all_inner_texts()
    assert all(title.startswith("Pelvis") for title in titles), titles
    page.locator("#more").click()
    expect(hits.nth(count)).to_be_visible()
    page.locator("#like input").check()
    search(page, "ascites")
    expect(notice).to_contain_text("\u201cascites\u201d and the open scan")
    expect(notice).to_contain_text("The open scan itself is left out")
    page.locator("#texts").click()
    expect(notice).to_contain_text("have the texts that best fit the open scan")
    expect(hits.first).to_contain_text("prosthesis")
    expect(page.locator("#more")).to_be_hidden()


def test_a_line_around_points_of_the_map_lists_them(default_app: App, visit: Visit) -> None:
    visitor = visit(default_app).tab("Search")
    page = visitor.page
    page.locator("#map-fold button").first.click()
    page.locator("#library-map .js-plotly-plot .nsewdrag").first.wait_for()
    page.locator("#library-map").scroll_into_view_if_needed()
    visitor.settled()
    box = page.evaluate(CORNERS)
    page.mouse.move(box["left"], box["top"])
    page.mouse.down()
    for x, y in (("right", "top"), ("right", "bottom"), ("left", "bottom"), ("left", "top")):
        page.mouse.move(box[x], box[y], steps=4)
    page.mouse.up()
    expect(page.locator("#map-within")).to_contain_text("200 volumes lie within the line")
    inside = page.locator("#map-inside .card")
    expect(inside).to_have_count(60)
    inside.first.click()
    visitor.wait_for_scan_of(re.compile("^Phantom "))
