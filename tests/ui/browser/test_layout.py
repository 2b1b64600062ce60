"""The workbench fits the screen, any screen: nothing is cut off, and nothing lies upon another."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pydicom import dcmread
from pydicom.uid import generate_uid

from tests.ui.browser.conftest import App, Visitor, visits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[[App], Visitor]
READABLE = (Path(__file__).parent / "text_that_fits.js").read_text(encoding="utf-8")
LAPTOP = (1440, 900)
# The last is the laptop at 200 %: half as many pixels of the style sheet in each direction.
SCREENS = ((2560, 1440), LAPTOP, (1024, 768), (768, 1024), (390, 844), (720, 450))
TABS = ("Chat", "Report", "Search", "Explain")
SCAN_TABS = ("About this scan", "Truth", "Model's view")


def resized(visitor: Visitor, screen: tuple[int, int]) -> Page:
    visitor.page.set_viewport_size({"width": screen[0], "height": screen[1]})
    visitor.page.evaluate("() => scrollTo(0, 0)")
    visitor.frame()
    return visitor.page


def on_screen(page: Page, *selectors: str) -> bool:
    """Whether all of each lies within the window."""
    return bool(
        page.evaluate(
            """(selectors) => selectors.every((selector) => {
              const box = document.querySelector(selector).getBoundingClientRect();
              return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
            })""",
            list(selectors),
        )
    )


def overflow(page: Page) -> int:
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(wide))


@pytest.fixture(scope="module")
def one_page(browser: Browser, default_app: App) -> Iterator[Visitor]:
    """A page with a real scan, its warning, and an answer."""
    with visits(browser) as visit:
        visitor = visit(default_app)
        visitor.wait_for_scan_of(re.compile("^Phantom "))
        visitor.page.locator("#examples button", has_text="Chest without contrast").click()
        visitor.wait_for_scan_of(re.compile("^Real CT "))
        expect(visitor.page.locator("#banner")).to_contain_text("Not meaningful for real patients")
        visitor.ask("In which plane are the slices? Choices: A. axial B. coronal C. sagittal")
        expect(visitor.page.locator("#chat .option-bars li")).to_have_count(3)
        yield visitor


@pytest.fixture
def answered(one_page: Visitor) -> Visitor:
    """The page as it was when the answer had come."""
    one_page.page.emulate_media(color_scheme="light")
    resized(one_page, LAPTOP)
    one_page.tab("Chat").scan_tab("About this scan")
    return one_page


def test_scan_question_and_answer_are_on_one_screen(answered: Visitor) -> None:
    page = resized(answered, LAPTOP)
    assert on_screen(page, "#viewer .vv-root", "#question", "#ask", "#banner .notice", "#chat .bot")
    tabs = page.locator("#scan-tabs [role=tab]").first.bounding_box()
    assert tabs
    assert tabs["y"] + tabs["height"] <= LAPTOP[1], "what else there is can be seen to be there"
    page.mouse.move(300, 500)
    page.evaluate("() => scrollTo(0, 300)")
    assert on_screen(page, "#question", "#ask"), "the right column stays"
    wide = resized(answered, (2560, 1440)).locator("#viewer").bounding_box()
    assert wide
    assert wide["width"] > 1300, "a wide screen is used"


def test_the_values_beside_the_planes_are_all_in_sight(answered: Visitor) -> None:
    """The last line, which explains the model's cells, was cut off in the middle."""
    page = resized(answered, LAPTOP)
    expect(page.locator("#viewer [data-note=cell]")).to_be_visible()
    hidden = "(panel) => panel.scrollHeight - panel.clientHeight"
    for layout in ("quad", "row"):
        if layout == "row":
            resized(answered, (2560, 1440))
        assert page.locator("#viewer .vv-panel").evaluate(hidden) <= 1, layout


def test_a_phone_goes_to_the_scan_after_a_tap_and_to_the_answer_after_a_question(
    answered: Visitor,
) -> None:
    """The answer lay behind the scan that stays in sight."""
    page = resized(answered, (390, 844))
    answered.ask("Which part of the body is shown?")
    answered.answered()
    answered.settled()
    seen = """() => {
      const [scan, answer] = ["#viewer", "#chat .exchange:last-of-type .bot"].map(
        (selector) => document.querySelector(selector).getBoundingClientRect());
      return answer.top >= scan.bottom - 1 && answer.bottom <= innerHeight;
    }"""
    page.wait_for_function(seen)
    page.evaluate("() => scrollTo(0, 0)")
    page.locator("#examples button").nth(1).click()
    top = "() => Math.abs(document.querySelector('#viewer').getBoundingClientRect().top) < 3"
    page.wait_for_function(top)


def test_a_phone_keeps_the_scan_in_sight(answered: Visitor) -> None:
    page = resized(answered, (390, 844))
    page.evaluate("() => document.querySelector('#question textarea').focus()")
    under = """() => {
      const [scan, box] = ["#viewer", "#question"].map(
        (selector) => document.querySelector(selector).getBoundingClientRect());
      return box.top >= scan.bottom && box.bottom <= innerHeight;
    }"""
    page.wait_for_function(under)
    top = "() => document.querySelector('#viewer').getBoundingClientRect().top"
    page.evaluate("() => document.querySelector('#chat').scrollIntoView({ block: 'end' })")
    assert page.evaluate(top) >= -1
    assert on_screen(page, "#viewer [data-plane=axial] canvas")
    page.locator("#viewer [data-act=panel]").click()
    expect(page.locator("#viewer .vv-panel")).to_be_visible()
    page.locator("#viewer [data-act=panel]").click()


def test_no_text_is_cut_off_or_upon_other_text(answered: Visitor) -> None:
    page, found = answered.page, []
    for screen in SCREENS:
        resized(answered, screen)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            problems = [*page.evaluate(READABLE)]
            found += [f"{screen} {scheme}: {problem}" for problem in problems]
        assert overflow(page) <= 0, screen
    assert not found, "\n".join(found)


def test_no_text_of_the_tabs_is_cut_off_or_upon_other_text(answered: Visitor) -> None:
    page, found = answered.page, []
    for screen in ((390, 844), (1024, 768)):
        for tabs, names in (("#tabs", TABS), ("#scan-tabs", SCAN_TABS)):
            for name in names:
                resized(answered, LAPTOP)
                page.locator(f"{tabs} > .tab-wrapper").get_by_role("tab", name=name).click()
                resized(answered, screen)
                found += [f"{screen} {name}: {problem}" for problem in page.evaluate(READABLE)]
                assert overflow(page) <= 0, (screen, name)
    assert not found, "\n".join(found)


def two_thicknesses(volumes_folder: Path, folder: Path) -> list[Path]:
    """Slices of a real scan 5 and 10 mm apart, and a second series to choose."""
    slices = [dcmread(file) for file in (volumes_folder / "crlm1004-ct-dicom").rglob("*.dcm")]
    slices.sort(key=lambda one: float(one.ImagePositionPatient[2]))
    other = generate_uid()
    files = []
    for number, one in enumerate([*slices[:8], *slices[8:16:2], *slices[:16:4]]):
        if number >= 12:
            one.SeriesInstanceUID, one.SOPInstanceUID = other, generate_uid()
        files.append(folder / f"{number}.dcm")
        one.save_as(files[-1])
    return files


def test_a_chooser_and_the_notes_of_uneven_slices_fit_too(
    answered: Visitor, volumes_folder: Path, tmp_path: Path
) -> None:
    answered.upload(*two_thicknesses(volumes_folder, tmp_path))
    answered.wait_for_scan("0.dcm and 15 more")
    expect(answered.page.locator("#series button")).to_have_count(2)
    expect(answered.page.locator("#cautions")).to_contain_text("uneven slices")
    found = []
    for screen in (LAPTOP, (390, 844), (720, 450)):
        page = resized(answered, screen)
        found += [f"{screen}: {problem}" for problem in page.evaluate(READABLE)]
        assert overflow(page) <= 0, screen
    assert not found, "\n".join(found)


def test_whatever_is_dropped_on_the_page_is_opened(
    default_app: App, visit: Visit, volumes_folder: Path
) -> None:
    scan = volumes_folder / "nibabel-basic" / "standard.nii.gz"
    visitor = visit(default_app)
    visitor.wait_for_scan_of(re.compile("^Phantom "))
    visitor.drop(scan)
    visitor.wait_for_scan(scan.name)
