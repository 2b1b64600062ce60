"""The preflight and what the model sees, as a visitor finds them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[[App], Visitor]


def test_the_input_follows_the_crosshair_and_the_controls(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app).open_example("kidney stone")
    page = visitor.page
    visitor.scan_tab("Model's view")
    seen = page.locator("#seen-pictures")
    expect(seen.locator(".pane")).to_have_count(6)
    expect(page.locator("#seen-told")).to_contain_text(
        "Answers, reports and searches use this input"
    )
    sizes = seen.locator("img").evaluate_all("(all) => all.map((image) => image.naturalWidth)")
    assert all(size > 10 for size in sizes)
    before = seen.inner_text()
    box = page.locator("#viewer [data-plane=axial] canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
    expect(seen).not_to_have_text(before, use_inner_text=True)
    page.get_by_label("Crop to the body").click()
    expect(seen).to_contain_text("Not cropped")
    expect(page.locator("#seen-told")).to_contain_text("Preview only")
    page.locator("#seen-read").click()
    expect(page.locator("#seen-told")).to_contain_text(
        "Answers, reports and searches use this input"
    )
    expect(page.locator("#doing .busy")).to_have_count(0)
    page.locator("#seen-reset").click()
    expect(seen).to_contain_text(re.compile("Cropped"))


def test_cautions_stand_under_the_picture(
    slow_app: App, visit: Visit, volumes_folder: Path
) -> None:
    scan = volumes_folder / "nibabel-basic" / "standard.nii.gz"
    visitor = visit(slow_app).upload(scan).wait_for_scan(scan.name)
    expect(visitor.page.locator("#cautions")).to_contain_text("few slices")
    expect(visitor.page.locator("#about")).to_contain_text("4 x 5 x 7 voxels")
    expect(visitor.page.locator("#about")).to_contain_text("HU window presets don't apply")
