"""Files on their way: previews, changes of scan, failures, and no request to anywhere else."""

import pytest
from playwright.sync_api import Browser, Route, expect

pytestmark = pytest.mark.browser


def test_empty_viewer_says_what_to_do(viewer) -> None:
    expect(viewer.root.locator("[data-text=message]")).to_have_text("Open a scan to see it here.")
    viewer.show("noise").show("nothing", wait=False)
    expect(viewer.root.locator("[data-text=message]")).to_be_visible()
    assert viewer.canvas("axial").is_hidden()


def test_scans_follow_each_other(viewer) -> None:
    viewer.show("noise")
    first = viewer.pixels("axial")
    viewer.show("other")
    assert (viewer.pixels("axial") != first).any()
    assert viewer.root.locator("[data-text=title]").inner_text() == ""
    viewer.show("noise")
    assert (viewer.pixels("axial") == first).all()


def test_preview_comes_first_and_the_scan_replaces_it(viewer) -> None:
    """The middle row has 0 HU in both, but only the full scan is read out."""
    waiting: list[Route] = []
    viewer.page.route("**/voxels.bin", lambda route: waiting.append(route))
    viewer.show("large", wait=False)
    until(viewer, lambda: len(waiting) == 1)
    waiting[0].continue_()
    until(viewer, lambda: len(waiting) == 2)
    expect(viewer.root.locator(".vv-message")).to_be_hidden()
    assert viewer.pixels("coronal")[100:-100, 100:-100].mean() > 50
    assert viewer.read("crossMm")[3] == "\u2026"
    waiting[1].continue_()
    viewer.wait_until_loaded()
    assert viewer.read("crossMm")[3] == "0"


def until(viewer, met) -> None:
    """Let the page's events run until the condition holds."""
    for _ in range(400):
        if met():
            return
        viewer.page.wait_for_timeout(25)
    raise AssertionError("it did not happen within ten seconds")


def test_draft_shows_the_preview_only_until_the_rest_is_sent(viewer) -> None:
    viewer.show("draft", wait=False)
    expect(viewer.root.locator(".vv-message")).to_be_hidden()
    assert viewer.read("crossMm")[3] == "\u2026"
    viewer.canvas("axial").focus()
    viewer.press("ArrowUp")
    viewer.show("large")
    assert viewer.slice_text("axial") == "62/120"
    assert viewer.read("crossMm")[3] == "0"


def test_failed_file_is_an_error_and_can_be_tried_again(viewer) -> None:
    viewer.page.route("**/voxels.bin", lambda route: route.fulfill(status=404, body="gone"))
    viewer.show("noise", wait=False)
    message = viewer.root.locator("[data-text=message]")
    expect(message).to_contain_text("The scan could not be loaded: the server answered 404")
    viewer.page.unroute("**/voxels.bin")
    viewer.root.get_by_role("button", name="Try again").click()
    expect(message).to_be_hidden()
    viewer.wait_until_loaded()
    assert viewer.read("crossMm")[3] != "\u2026"


def test_truncated_file_is_an_error(viewer) -> None:
    def cut(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=response.body()[:500])

    viewer.page.route("**/voxels.bin", cut)
    viewer.show("noise", wait=False)
    message = viewer.root.locator("[data-text=message]")
    expect(message).to_contain_text("could not be loaded")


def test_scan_replaced_while_loading_does_not_appear(viewer) -> None:
    held: list[Route] = []
    viewer.page.route(
        "**/voxels.bin", lambda route: route.continue_() if held else held.append(route)
    )
    viewer.show("noise", wait=False)
    until(viewer, lambda: len(held) == 1)
    viewer.show("other")
    shown = viewer.pixels("axial")
    held[0].abort()
    viewer.frame()
    assert (viewer.pixels("axial") == shown).all()
    expect(viewer.root.locator(".vv-message")).to_be_hidden()


def test_page_that_forbids_workers_still_loads(server: str, browser: Browser, on_page) -> None:
    page = browser.new_page()
    page.add_init_script("delete window.Worker")
    page.goto(server)
    viewer = on_page(page).show("noise")
    assert viewer.read("crossMm")[3] != "\u2026"
    before = viewer.pixels("axial")
    viewer.root.locator("[data-select=slab]").select_option("Infinity")
    assert viewer.pixels("axial").mean() > before.mean() + 20
    page.close()


def test_nothing_is_fetched_from_elsewhere(server: str, browser: Browser, on_page) -> None:
    page = browser.new_page()
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(server)
    on_page(page).show("overlay")
    elsewhere = [a for a in addresses if not a.startswith((server, "blob:", "data:"))]
    assert not elsewhere
    page.close()
