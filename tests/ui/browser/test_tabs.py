"""Chat, report and search in the page, with the model that is shipped and with a random one."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[[App], Visitor]


@pytest.mark.parametrize(
    ("finding", "region"),
    [
        ("pneumothorax", "chest"),
        pytest.param("bladder stone", "pelvis", marks=pytest.mark.apart),
    ],
)
def test_phantom_gets_right_answers(
    finding: str, region: str, default_app: App, visit: Visit
) -> None:
    """Questions that a viewer of the picture can check."""
    visitor = visit(default_app).open_example(finding)
    for question, answer in (
        ("Which part of the body is shown?", region),
        ("In which plane are the slices?", "axial"),
        (f"Is there a {finding}?", "yes"),
        ("What abnormalities are present?", finding),
        ("In which plane are the slices? Choices: A. coronal B. axial C. sagittal", "b. axial"),
    ):
        visitor.ask(question)
        assert answer in visitor.answered().lower(), question
    expect(visitor.page.locator("#chat .user")).to_have_count(5)


def test_conversation_stays_with_its_scan(default_app: App, visit: Visit) -> None:
    visitor = visit(default_app).open_example("kidney stone")
    visitor.ask("Which part of the body is shown?")
    visitor.answered()
    visitor.open_example("pneumothorax")
    expect(visitor.page.locator("#chat .user")).to_have_count(0)
    visitor.open_example("kidney stone")
    expect(visitor.page.locator("#chat .user")).to_have_count(1)


def test_nothing_begins_that_nobody_asked_for(default_app: App, visit: Visit) -> None:
    """What waits in Explain for a scan began with the first one: a map lay over the example."""
    page = visit(default_app).settled().page
    expect(page.locator("#viewer .vv-overlay")).to_be_hidden()
    expect(page.locator("#doing")).to_be_hidden()


def test_stop_keeps_what_was_said(slow_app: App, visit: Visit) -> None:
    """The random model would go on to its full length; the stop comes before."""
    visitor = visit(slow_app).open_example("hip prosthesis")
    visitor.ask("What can be seen?")
    visitor.begun(1)
    visitor.page.locator("#stop").click()
    expect(visitor.page.locator("#chat-notice")).to_contain_text("Stopped")
    expect(visitor.page.locator("#ask")).to_be_visible()
    visitor.ask("And now?")
    expect(visitor.page.locator("#chat .user").last).to_contain_text("And now?")
    visitor.page.locator("#stop").click()
    expect(visitor.page.locator("#ask")).to_be_visible()


def test_report_is_written_in_sections(default_app: App, visit: Visit) -> None:
    visitor = visit(default_app).open_example("pleural effusion").tab("Report")
    visitor.page.locator("#write-report").click()
    report = visitor.page.locator("#report")
    for title in ("Technique", "Findings", "Impression"):
        expect(report.get_by_role("heading", name=title)).to_be_visible()
    with visitor.page.expect_download() as kept:
        visitor.page.locator("#download-pdf").click()
    assert kept.value.path().read_bytes().startswith(b"%PDF")
    section = report.locator("section", has=visitor.page.get_by_role("heading", name="Impression"))
    section.get_by_role("button", name="Edit").click()
    section.locator("textarea").fill("No <b>effusion</b>.")
    section.get_by_role("button", name="Save").click()
    expect(section).to_contain_text("No <b>effusion</b>.")
    expect(section).to_contain_text("edited")
    visitor.page.locator("#compare-box button").first.click()
    visitor.page.locator("#use-truth").click()
    expect(visitor.page.locator("#reference textarea")).not_to_have_value("")
    visitor.page.locator("#compare").click()
    expect(visitor.page.locator("#compared")).to_contain_text("ROUGE-L")


def test_search_finds_kidney_stones_and_a_click_opens_one(default_app: App, visit: Visit) -> None:
    visitor = visit(default_app).tab("Search")
    visitor.page.locator("#query textarea, #query input").first.fill("kidney stone")
    visitor.page.locator("#search").click()
    hits = visitor.page.locator("#hits .card")
    expect(hits.first).to_be_visible()
    titles = hits.locator(".card-title").all_inner_texts()
    assert all("kidney stone" in title for title in titles[:4]), titles
    expect(hits.first).to_contain_text("kidney stone")
    expect(visitor.page.locator("#search-notice")).to_contain_text("Known to show kidney stone")
    hits.first.click()
    visitor.wait_for_scan_of(re.compile("^Phantom "))
    expect(hits.first).to_have_attribute("aria-current", "true")
    expect(visitor.page.locator("#examples [aria-current=true]")).to_have_count(0)


def test_a_hit_opens_at_its_finding_in_the_window_in_which_that_is_seen(
    default_app: App, visit: Visit
) -> None:
    """A pneumothorax in a soft tissue window is black on black."""
    visitor = visit(default_app).tab("Search")
    page, hit = visitor.page, visitor.page.locator("#hits .card").first
    level = page.locator("#viewer [data-number=center]")
    for text, value in (("hip prosthesis", "300"), ("pneumothorax", "-600")):
        page.locator("#query textarea, #query input").first.fill(text)
        page.locator("#search").click()
        expect(page.locator("#search-notice")).to_contain_text(f"Known to show {text}")
        hit.click()
        expect(level).to_have_value(value)  # of bone and of lung


def test_a_search_for_what_no_scan_shows_says_that_nothing_fits(
    default_app: App, visit: Visit
) -> None:
    visitor = visit(default_app).tab("Search")
    visitor.page.locator("#query textarea, #query input").first.fill("a bicycle under an oak")
    visitor.page.locator("#search").click()
    notice = visitor.page.locator("#search-notice")
    expect(notice).to_contain_text("Nothing fits well")
    expect(notice).to_contain_text("names no finding")
    expect(visitor.page.locator("#hits .card").first).to_contain_text("poor fit")


def test_scans_like_the_open_one_are_found(default_app: App, visit: Visit) -> None:
    """The open one is left out, also where it was itself found in the library."""
    visitor = visit(default_app).open_example("hip prosthesis").tab("Search")
    hits = visitor.page.locator("#hits .card-title")
    visitor.page.locator("#alike").click()
    expect(hits.first).to_contain_text("Pelvis")
    expect(visitor.page.locator("#search-notice")).to_contain_text("open scan itself is left out")
    hits.first.click()
    expect(visitor.page.locator("#hits [aria-current=true]")).to_have_count(1)
    visitor.wait_for_scan_of(re.compile("^Phantom "))
    visitor.page.locator("#alike").click()
    expect(visitor.page.locator("#hits [aria-current=true]")).to_have_count(0)
    expect(hits.first).to_contain_text("Pelvis")


def test_page_fits_a_phone_in_the_dark(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app)
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.page.emulate_media(color_scheme="dark")
    visitor.open_example("liver metastases")
    overflow = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visitor.page.evaluate(overflow) <= 0


def test_terminal_says_nothing_of_what_was_asked(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app).open_example("pneumothorax")
    visitor.ask("Does Mrs Miller have a tumour?")
    visitor.page.locator("#stop").click()
    expect(visitor.page.locator("#ask")).to_be_visible()
    assert "Miller" not in slow_app.log.read_text()
