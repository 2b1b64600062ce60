"""What is saved begins with the name of the scan's file, whatever is in that name."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[[App], Visitor]
STEMS = ("Brust 80 %", "\u80ba\u90e8  \u0635\u062f\u0631", "100%25 #1 & 'a'")


def saved(visitor: Visitor, button: Locator) -> tuple[str, bytes]:
    """Name and content of the file that a button saves."""
    with visitor.page.expect_download() as kept:
        button.click()
    return kept.value.suggested_filename, kept.value.path().read_bytes()


def measure(visitor: Visitor) -> None:
    """A line across the axial plane."""
    page = visitor.page
    page.locator("#viewer [data-tool=length]").click()
    box = page.locator("#viewer [data-plane=axial] canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"], steps=3)
    page.mouse.up()


def test_exports_carry_the_name_of_the_file_and_nothing_of_it_inside(
    default_app: App, visit: Visit, volumes_folder: Path, tmp_path: Path
) -> None:
    visitor, viewer = visit(default_app), "#viewer [data-act={}]"
    page = visitor.page
    for stem in STEMS:
        path = tmp_path / f"{stem}.nii.gz"
        shutil.copy(volumes_folder / "nibabel-basic" / "standard.nii.gz", path)
        visitor.upload(path).wait_for_scan(path.name)
        own = " ".join(stem.split())
        name, content = saved(visitor, page.locator(viewer.format("screenshot")))
        assert name.startswith(f"{own}-axial-")
        assert content.startswith(b"\x89PNG")
        measure(visitor)
        name, content = saved(visitor, page.locator(viewer.format("saveMarks")))
        assert name == f"{own}-measurements.csv"
        assert b"length" in content
        assert stem.encode() not in content
    visitor.tab("Report")
    page.locator("#write-report").click()
    for kind, ending in (("markdown", "md"), ("pdf", "pdf"), ("json", "json")):
        name, content = saved(visitor, page.locator(f"#download-{kind}"))
        assert name == f"{own}-report.{ending}"
        assert own.encode() not in content
