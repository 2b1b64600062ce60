"""Files that are dropped one directly after the other."""

import re
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import Route, expect

from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Visitor]
UPLOADS = re.compile(r"/upload\?")


def scan_called(folder: Path, name: str) -> Path:
    voxels = np.random.default_rng(0).integers(-900, 900, (8, 9, 10)).astype(np.int16)
    nib.Nifti1Image(voxels, np.diag([2.0, 2.0, 3.0, 1.0])).to_filename(folder / name)
    return folder / name


def test_a_drop_while_the_one_before_is_sent_is_opened_after_it(
    default_app: App, visit: Visit, tmp_path: Path
) -> None:
    """It was lost without a word, or broke Gradio's field for files ("reading 'map'")."""
    visitor, held = visit(default_app), list[Route]()
    first, second = (scan_called(tmp_path, name) for name in ("🫁 lung.nii.gz", "..nii.gz"))
    visitor.page.route(UPLOADS, lambda route: held.append(route))
    visitor.drop(first)
    visitor.drop(second)
    for _ in range(100):
        if held:
            break
        visitor.page.wait_for_timeout(100)
    held.pop().continue_()
    visitor.page.unroute(UPLOADS)
    visitor.wait_for_scan(second.name)
    expect(visitor.page.locator("#upload input[type=file]")).to_have_count(1)
    third = scan_called(tmp_path, "بطن.nii.gz")
    visitor.drop(third)
    visitor.wait_for_scan(third.name)
