"""What people need who don't see the page as its makers do; and strings that try to be script."""

import importlib.resources
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ui.browser.conftest import LOADED, App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[[App], Visitor]
DESKTOP, PHONE = (1440, 1000), (390, 844)
GRAVE = {"serious", "critical"}
EMPTY = 'aria-label="Empty value"'  # of Gradio's own sign of a plot that is not drawn yet
RUN = "(where) => axe.run(where, {resultTypes: ['violations']})"
PARTS = (
    "Maps", "Lesion lab", "Changes", "Cells", "Grounding", "Answer", "Prompts", "Model"
)  # fmt: skip
SCRIPT = "<img src=x onerror=window.owned=1><script>window.owned=1</script>"


@pytest.fixture(scope="module")
def axe() -> str:
    """The text of axe-core, which comes with a package of the dev extra."""
    package = pytest.importorskip("axe_playwright_python")
    return (importlib.resources.files(package) / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def plain_page(browser: Browser, default_app: App) -> Iterator[Callable[..., Page]]:
    """A page in which a test may run axe; the page's own policy would forbid it."""
    contexts = []

    def open_page(size: tuple[int, int], theme: str) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, bypass_csp=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{default_app.url}?__theme={theme}")
        page.locator("#badge .badge").wait_for()
        page.wait_for_function(LOADED)
        return page

    expect.set_options(timeout=120_000)
    yield open_page
    for context in contexts:
        context.close()


def grave(page: Page, axe: str, where: str = "html") -> list[str]:
    page.evaluate(axe)
    found = page.evaluate(RUN, where)["violations"]
    return [
        f"{one['id']}: {one['help']}: {json.dumps(node['target'])} {node['html'][:160]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
        if EMPTY not in node["html"]
    ]


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.apart)])
def test_axe_finds_nothing_grave(plain_page: Callable[..., Page], axe: str, theme: str) -> None:
    """With a scan open, in every tab, on a desktop and on a phone."""
    page = plain_page(DESKTOP, theme)
    visitor = Visitor(page).open_example("kidney stone")
    visitor.ask("Which part of the body is shown?")
    visitor.answered()
    found = []
    for tab in ("Truth", "Model's view"):
        visitor.scan_tab(tab)
        found += grave(page, axe)
    for width, height in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        for tab in ("Report", "Search", "Learn", "Chat", "Explain"):
            visitor.tab(tab)
            found += grave(page, axe)
    for part in PARTS:
        page.locator("#explain-tabs > .tab-wrapper").get_by_role("tab", name=part).click()
        found += grave(page, axe, "#explain-tabs")
    assert not found, "\n".join(sorted(set(found)))


def test_a_keyboard_is_enough(default_app: App, visit: Visit) -> None:
    """From an example to an answer, and the slices, without a mouse."""
    page = visit(default_app).page
    page.locator("#examples button").first.focus()
    page.keyboard.press("Enter")
    Visitor(page).wait_for_scan_of(re.compile("^Phantom "))
    page.locator("#viewer [data-plane=axial] canvas").focus()
    before = Visitor(page).slice_text("axial")
    page.keyboard.press("ArrowUp")
    page.wait_for_function(
        "(text) => document.querySelector('#viewer [data-plane=axial] output').innerText !== text",
        arg=before,
    )
    page.locator("#question textarea").focus()
    page.keyboard.type("Which part of the body is shown?")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .bot")).to_have_count(1)
    assert Visitor(page).answered()


def test_a_keyboard_keeps_its_place_and_is_seen(default_app: App, visit: Visit) -> None:
    """A pressed Ask vanishes, and Tab began at the top of the page; the box showed no focus."""
    page = visit(default_app).page
    page.locator("#question textarea").fill("Which part of the body is shown?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#question textarea")).to_be_focused()
    shown = "() => getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(shown) == "solid"
    assert Visitor(page).answered()
    retry = page.locator("#chat .actions button", has_text="Retry")
    retry.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#chat .exchanges")).to_be_focused()
    page.get_by_role("tab", name="Report").click()
    page.locator("#write-report").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#stop-report")).to_be_focused()
    expect(page.locator("#write-report")).to_be_focused()


def test_who_wants_less_motion_gets_less(default_app: App, browser: Browser) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.goto(default_app.url)
    page.locator("#viewer .vv-root").wait_for()
    seconds = page.evaluate(
        "() => { const i = document.createElement('div'); i.className = 'notice busy';"
        "i.innerHTML = '<i></i>'; document.querySelector('.contain').append(i);"
        "return parseFloat(getComputedStyle(i.firstChild).animationDuration); }"
    )
    assert seconds >= 2
    page.close()


def test_names_questions_and_searches_are_never_script(
    default_app: App, visit: Visit, tmp_path: Path
) -> None:
    name = "<img src=x onerror=window.owned=1> ${window.owned=1} {{7*7}}.nii.gz"
    path = tmp_path / name
    voxels = np.random.default_rng(0).integers(-900, 900, (24, 24, 24)).astype(np.int16)
    nib.save(nib.Nifti1Image(voxels, np.eye(4)), path)
    visitor = visit(default_app).upload(path)
    page = visitor.page
    # Gradio takes out of a name what no name needs; what is left is shown as text.
    expect(page.locator("#viewer .vv-name strong")).to_contain_text("onerror=window.owned=1")
    visitor.ask(f"{SCRIPT} [a](javascript:window.owned=1) ![b](http://evil.example/x.png)")
    visitor.answered()
    visitor.tab("Search")
    page.locator("#query textarea, #query input").first.fill(SCRIPT)
    page.locator("#search").click()
    expect(page.locator("#search-notice")).to_contain_text("Similarity (a cosine)")
    assert page.evaluate("() => window.owned") is None
    assert page.locator("#chat script, #search-notice img, #viewer img[src=x]").count() == 0
    links = page.evaluate("() => [...document.querySelectorAll('#chat a')].map((a) => a.href)")
    assert not [link for link in links if link.startswith("javascript")]


@pytest.mark.apart
def test_a_slow_network_shows_the_page_and_the_scan(default_app: App, browser: Browser) -> None:
    """Four hundred milliseconds there and back, four megabits a second: a phone in a train."""
    page = browser.new_page()
    page.set_default_timeout(120_000)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 400,
        "downloadThroughput": 500_000, "uploadThroughput": 100_000,
    })  # fmt: skip
    page.goto(default_app.url)
    page.wait_for_function(LOADED)
    Visitor(page).open_example("bladder stone")
    page.close()
