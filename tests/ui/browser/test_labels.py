"""A label map over the open scan: dropped beside it, named, and taken away."""

import base64
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image
from playwright.sync_api import expect

from med3dvlm.phantoms.case import make_case
from med3dvlm.ui.scan import examples
from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Visitor]
DROP = """async ([box, name, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const carrier = new DataTransfer();
  carrier.items.add(new File([bytes], name));
  const { x, y, width, height } = document.querySelector(box).getBoundingClientRect();
  const [clientX, clientY] = [x + width / 2, y + height / 2];
  const at = { clientX, clientY, bubbles: true, dataTransfer: carrier };
  document.body.dispatchEvent(new DragEvent("dragover", at));
  document.body.dispatchEvent(new DragEvent("drop", at));
}"""


def test_labels_are_dropped_beside_the_scan_and_taken_away(
    default_app: App, visit: Visit, tmp_path: Path
) -> None:
    """The labels lie on a grid four times as coarse as that of the page's first phantom."""
    visitor = visit(default_app)
    page = visitor.page
    volume = make_case(examples.EXAMPLE_SEEDS[0], shape=(32, 64, 64)).volume
    spleen = np.zeros(volume.shape, np.uint8)
    spleen[4:20, 20:30, 30:50] = 1
    file = tmp_path / "spleen.nii.gz"
    Nifti1Image(spleen.T, np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine).to_filename(file)
    millilitres = spleen.sum() * np.prod(volume.spacing_mm) / 1000

    visitor.scan_tab("Labels")
    table = page.locator("#label-table")
    expect(table).to_contain_text("Drop the file here")
    sent = ["#label-table", file.name, base64.b64encode(file.read_bytes()).decode()]
    page.evaluate(DROP, sent)
    expect(page.locator("#label-notice")).to_contain_text("1 label of spleen.nii.gz")
    legend = page.locator("#viewer .vv-labels")
    expect(legend.locator("label")).to_have_text([f"spleen{millilitres:.0f} ml"])
    page.locator("#labels-remove").click()
    expect(legend).to_be_hidden()
    page.locator("#painted").click()
    expect(legend.get_by_label("lungs")).to_be_checked()
    expect(page.locator("#label-notice")).to_contain_text("the painter's masks")
