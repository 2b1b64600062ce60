"""Opening scans in the page: the picture, its orientation, and what is said of bad files."""

import base64
import io
import re
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import expect

from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Visitor]


def pixels(address: str) -> NDArray[np.uint8]:
    picture = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
    return np.asarray(picture.convert("L"))


def test_page_answers_soon_and_the_model_loads_behind_it(slow_app: App, visit: Visit) -> None:
    """Twenty seconds is the promise on an idle machine of two cores; this one may be busy."""
    page = visit(slow_app, welcomed=False).page
    expect(page.locator("#badge .badge")).to_contain_text("Random test model")
    assert "The page opens first" in slow_app.log.read_text()
    assert slow_app.seconds < 60
    expect(page.locator("#masthead")).to_contain_text("Not for clinical use")


def test_nifti_and_zip_of_dicom_give_the_same_picture(
    slow_app: App, visit: Visit, volumes_folder: Path, tmp_path: Path
) -> None:
    nifti, dicom = tmp_path / "scan.nii.gz", tmp_path / "scan.zip"  # long names take a second line
    shutil.copy(next((volumes_folder / "crlm1004-ct-nifti").glob("*.nii.gz")), nifti)
    with zipfile.ZipFile(dicom, "w") as archive:
        for path in sorted((volumes_folder / "crlm1004-ct-dicom").rglob("*.dcm")):
            archive.write(path, path.name)
    visitor = visit(slow_app).upload(nifti).wait_for_scan(nifti.name)
    expect(visitor.page.locator("#banner")).to_contain_text("Not meaningful for real patients")
    first = {plane: pixels(visitor.canvas(plane)) for plane in ("axial", "coronal", "sagittal")}
    visitor.upload(dicom).wait_for_scan(dicom.name)
    for plane, picture in first.items():
        other = pixels(visitor.canvas(plane))
        assert picture.shape == other.shape
        # The lettering in the corners (origin in mm) may differ in the last digit.
        assert (np.abs(picture.astype(int) - other.astype(int)) > 2).mean() < 0.002
        assert picture.std() > 20, "there is something to see"


def test_liver_is_on_the_left_of_the_screen(
    slow_app: App, visit: Visit, volumes_folder: Path
) -> None:
    """In an axial slice of the upper abdomen the liver fills the left half, the spine is below."""
    nifti = next((volumes_folder / "crlm1004-ct-nifti").glob("*.nii.gz"))
    visitor = visit(slow_app).upload(nifti).wait_for_scan(nifti.name)
    visitor.page.locator("#viewer button", has_text="Liver").click()
    visitor.page.locator("#viewer [data-act=fit]").click()  # to the whole scan
    picture = pixels(visitor.canvas("axial")).astype(float)
    height, width = picture.shape
    body = picture[int(0.25 * height) : int(0.65 * height)]
    tissue = (body > 60) & (body < 220)
    left, right = tissue[:, : width // 2].mean(), tissue[:, width // 2 :].mean()
    assert left > right
    bone = picture > 250
    assert bone[height // 2 :].sum() > 2 * bone[: height // 3].sum(), "the spine is at the bottom"


def test_wheel_and_keys_scroll(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app).open_example("kidney stone")
    before = visitor.slice_text("axial")
    box = visitor.page.locator("#viewer [data-plane=axial] canvas").bounding_box()
    assert box
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.mouse.wheel(0, 120)
    visitor.page.wait_for_function(
        "(text) => document.querySelector('#viewer [data-plane=axial] output').innerText !== text",
        arg=before,
    )


def test_what_the_phantom_contains_can_be_read(default_app: App, visit: Visit) -> None:
    visitor = visit(default_app).open_example("bladder stone")
    visitor.scan_tab("Truth").page.locator("#reveal").click()
    verdicts = visitor.page.locator("#verdicts")
    expect(verdicts).to_contain_text("bladder stone")
    expect(verdicts).to_contain_text(re.compile("found|missed"))
    expect(visitor.page.locator("#viewer .vv-overlay")).to_be_visible()
    verdicts.get_by_role("button", name="bladder stone").click()
    expect(visitor.page.locator("#viewer [data-number=width]")).to_have_value("400")
    assert not visitor.page.locator("#banner").inner_text().strip()


def renamed_text(folder: Path) -> Path:
    path = folder / "notes.nii.gz"
    path.write_text("dear doctor")
    return path


def truncated(folder: Path) -> Path:
    import nibabel as nib

    whole = folder / "whole.nii.gz"
    noise = np.random.default_rng(0).integers(-900, 900, (40, 40, 40)).astype(np.int16)
    nib.save(nib.Nifti1Image(noise, np.eye(4)), whole)
    path = folder / "cut.nii.gz"
    path.write_bytes(whole.read_bytes()[:20_000])
    return path


def empty_zip(folder: Path) -> Path:
    path = folder / "empty.zip"
    zipfile.ZipFile(path, "w").close()
    return path


@pytest.mark.parametrize("make", [renamed_text, truncated, empty_zip])
def test_bad_file_gets_a_message_and_the_app_goes_on(
    slow_app: App, visit: Visit, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    visitor = visit(slow_app)
    path = make(tmp_path)
    started = time.monotonic()
    visitor.upload(path)
    problem = visitor.page.locator("#scan-notice .problem")
    expect(problem).to_contain_text(path.name)
    assert time.monotonic() - started < 30, "5 s on an idle machine"
    visitor.open_example("pleural effusion")
    expect(problem).to_have_count(0)
