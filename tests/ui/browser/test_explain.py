"""The Explain tab in the page, with the model that is shipped."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from med3dvlm.volumes.reader import open_volume
from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[[App], Visitor]
READABLE = (Path(__file__).parent / "text_that_fits.js").read_text(encoding="utf-8")
MOVE = """(slider, value) => {
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}"""


@pytest.fixture
def page(default_app: App, visit: Visit) -> Page:
    """The tab, with the phantom that the page opens with, which has a pneumothorax.

    The answer to a question shows that the model has read it.
    """
    visitor = visit(default_app)
    visitor.ask("Which part of the body is shown?")
    visitor.answered()
    return visitor.tab("Explain").page


def fits(page: Page) -> list[str]:
    """What can't be read at the width of a phone, once everything has its place there."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
    for _ in range(20):
        if not (found := list(page.evaluate(READABLE))):
            break
        page.wait_for_timeout(250)
    return found


def late(route: Route) -> None:
    """A server that is so busy that the first results of an event come before its number."""
    reply = route.fetch()
    time.sleep(0.5)
    route.fulfill(response=reply)


def kept_trial(page: Page) -> str:
    """The trial as it is saved, half a second later."""
    page.wait_for_timeout(500)
    with page.expect_download() as kept:
        page.locator("#lesion-json").click()
    return kept.value.path().read_text(encoding="utf-8")


def test_a_map_lies_over_the_scan_and_can_be_kept(page: Page) -> None:
    page.locator("#map-wanted input").fill("pneumothorax")
    page.locator("#map-wanted input").press("Enter")
    page.locator("#map-draw").click()
    expect(page.locator("#map-told")).to_contain_text("lies over the scan")
    expect(page.locator("#map-meaning")).to_contain_text("How far to believe it")
    expect(page.locator("#viewer .vv-overlay")).to_contain_text("similarity to: pneumothorax")
    with page.expect_download() as kept:
        page.locator("#map-nifti").click()
    assert kept.value.suggested_filename.endswith(".nii.gz")
    path = kept.value.path().with_name("map.nii.gz")
    kept.value.save_as(path)
    assert open_volume(path).shape == (128, 256, 256), "on the scan's own grid"
    assert not fits(page)


def test_a_slow_map_can_be_stopped_and_the_chat_goes_on(page: Page) -> None:
    page.locator("#map-method").get_by_text("Occlusion").click()
    page.locator("#map-draw").click()
    expect(page.locator("#map-told")).to_contain_text("blocks are measured")
    expect(page.locator("#viewer .vv-overlay")).to_contain_text("fall of the score")
    page.locator("#map-stop").click()
    expect(page.locator("#map-told")).to_contain_text("Stopped")
    expect(page.locator("#map-draw")).to_be_visible()
    visitor = Visitor(page).tab("Chat")
    visitor.ask("Which part of the body is shown?")
    assert "chest" in visitor.answered().lower()


def test_a_slider_paints_and_asks(page: Page) -> None:
    page.get_by_role("tab", name="Lesion lab").click()
    result = page.locator("#lesion-result")
    size = page.locator("#lesion-size input[type=range]")
    shown = re.compile(r"Yes\s*\d")
    expect(result).to_contain_text(shown)  # nothing was pressed
    size.evaluate(MOVE, "0")
    expect(result).to_contain_text("Nothing is painted")
    size.evaluate(MOVE, "40")
    expect(result).to_contain_text("differs from what was there")
    expect(result.locator(".best .name")).to_have_text("Yes")
    page.locator("#lesion-kind input").fill("kidney stone")
    page.locator("#lesion-kind input").press("Enter")
    expect(result).to_contain_text("Is there a kidney stone?")
    # The picture is shown before the model is asked; the file follows with the answer.
    expect(result).to_contain_text(shown)
    trials = (kept_trial(page) for _ in range(20))
    assert any('"kind": "kidney stone"' in trial for trial in trials)
    assert not fits(page)


def test_a_lesion_is_set_into_the_open_scan(page: Page) -> None:
    page.get_by_role("tab", name="Lesion lab").click()
    result = page.locator("#lesion-result")
    expect(result.locator("img").first).to_be_visible()
    page.locator("#lesion-source").get_by_text("The open scan").click()
    expect(result).to_contain_text("A painted lesion in the open phantom")
    page.locator("#lesion-kind input").fill("kidney stone")
    page.locator("#lesion-kind input").press("Enter")
    expect(page.locator("#lesion-told")).to_contain_text("shows the chest")
    expect(result).to_contain_text("lung nodule")  # what was there stays


def test_a_map_asked_for_while_a_scan_is_being_opened_waits_for_it(page: Page) -> None:
    """It was refused; then it vanished in the moment in which the model had read the scan."""
    name = page.locator("#viewer .vv-name strong")
    before = name.inner_text()
    page.evaluate(
        """() => {
          [...document.querySelectorAll('#examples button')][3].click();
          setTimeout(() => document.querySelector('#map-draw').click(), 120);
        }"""
    )
    expect(name).not_to_have_text(before)
    expect(page.locator("#map-told")).to_contain_text("lies over the scan")
    expect(page.locator("#viewer .vv-overlay")).to_contain_text("similarity to")


def test_a_trial_is_repeated_from_its_file(page: Page, tmp_path: Path) -> None:
    page.get_by_role("tab", name="Lesion lab").click()
    result, file = page.locator("#lesion-result"), tmp_path / "trial.json"
    expect(result.locator(".explain-map img")).to_be_visible()
    file.write_text(kept_trial(page), encoding="utf-8")
    page.locator("#lesion-size input[type=range]").evaluate(MOVE, "5")
    expect(result.locator(".explain-map img")).to_have_count(0)
    page.route("**/queue/join*", late)
    with page.expect_file_chooser() as chooser:
        page.locator("#lesion-again").click()
    chooser.value.set_files(file)
    expect(page.locator("#lesion-repeated")).to_contain_text("It is as it was.")
    expect(page.locator("#lesion-size input[type=range]")).not_to_have_value("5")


def test_the_cell_at_the_crosshair_is_compared(page: Page) -> None:
    page.get_by_role("tab", name="Cells").click()
    page.locator("#cells-show").click()
    expect(page.locator("#viewer .vv-overlay")).to_contain_text("likeness to the chosen cell")
    page.locator("#cells-what").get_by_text("Raw attention").click()
    page.locator("#cells-show").click()
    expect(page.locator("#cells-result")).to_contain_text("No map")
    assert not fits(page)


def test_answers_before_and_after_a_change(page: Page) -> None:
    page.get_by_role("tab", name="Changes").click()
    expect(page.locator("#perturb-kind input")).to_have_value("pneumothorax")
    page.locator("#perturb-change input").fill("blank")
    page.locator("#perturb-change input").press("Enter")
    page.locator("#perturb-go").click()
    expect(page.locator("#perturb-told")).to_contain_text("likeliest answers stayed")
    for title in ("Before", "After", "Without an image"):
        expect(page.locator("#perturb-result h4", has_text=title)).to_be_visible()
    assert not fits(page)


def test_a_choice_stays_marked_while_the_mouse_is_over_it(page: Page) -> None:
    """Its mark was white on white there: no method seemed to be chosen."""
    chosen = page.locator("#map-method input:checked")
    marked = chosen.evaluate("(input) => getComputedStyle(input).backgroundColor")
    page.locator("#map-wanted input").focus()
    chosen.hover()
    expect(chosen).to_have_css("background-color", marked)
