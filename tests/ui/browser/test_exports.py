"""Files that a visitor saves, from a scan whose file has a difficult name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.splits import TEST
from tests.scan_files import save_nifti
from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Visitor]


@pytest.mark.parametrize("stem", ["Brust 80 %, 100%25 #1 \u80ba \u0635\u062f\u0631 \u00e9t\u00e9"])
def test_they_begin_with_its_name_and_hold_nothing_of_it(
    default_app: App, visit: Visit, tmp_path: Path, stem: str
) -> None:
    scan = save_nifti(make_case(TEST.start + 50_000).volume, tmp_path / f"{stem}.nii.gz")
    visitor = visit(default_app).upload(scan).wait_for_scan(scan.name)
    page = visitor.page
    visitor.tab("Report")
    page.locator("#write-report").click()
    for kind, ending in (("markdown", "md"), ("pdf", "pdf"), ("json", "json")):
        button = page.locator(f"#download-{kind}")
        expect(button).to_be_visible()
        with page.expect_download() as kept:
            button.click()
        assert kept.value.suggested_filename == f"{stem}-report.{ending}"
        assert b"Brust" not in kept.value.path().read_bytes()
    with page.expect_download() as kept:
        page.locator("#viewer [data-act=screenshot]").click()
    assert kept.value.suggested_filename.startswith(f"{stem}-axial-")
