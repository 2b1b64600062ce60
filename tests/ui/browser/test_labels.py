"""A label map dropped on the page: named in the legend and under the cursor, and taken out."""

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from med3dvlm.phantoms.painted import masks_of
from med3dvlm.ui.scan.examples import EXAMPLE_SEEDS, SHAPE, open_phantom
from tests.scan_files import save_nifti
from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[[App], Visitor]
ORGAN = "liver"
DROP = """(target, [name, text]) => {
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name));
  const { x, y, width, height } = target.getBoundingClientRect();
  const [clientX, clientY] = [x + width / 2, y + height / 2];
  for (const kind of ["dragover", "drop"]) {
    const options = { bubbles: true, cancelable: true, dataTransfer, clientX, clientY };
    target.dispatchEvent(new DragEvent(kind, options));
  }
}"""


@pytest.fixture(scope="module")
def organ(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of one organ of the phantom that the page opens with, as another program writes it."""
    seed = EXAMPLE_SEEDS[0]
    mask = masks_of(seed, SHAPE)[ORGAN]
    volume = replace(open_phantom(seed).volume, voxels=mask.astype(np.int16))
    return save_nifti(volume, tmp_path_factory.mktemp("labels") / f"{ORGAN}.nii.gz")


def test_a_dropped_label_map_is_named_and_can_be_taken_out(
    default_app: App, visit: Visit, organ: Path
) -> None:
    visitor = visit(default_app).scan_tab("Labels")
    page = visitor.page
    page.locator("#label-table").scroll_into_view_if_needed()
    text = base64.b64encode(organ.read_bytes()).decode()
    page.locator("#label-table").evaluate(DROP, [organ.name, text])
    expect(page.locator("#label-notice")).to_contain_text(f"1 label of {organ.name}.")
    legend = page.locator("#viewer").get_by_role("group", name="Labels")
    expect(legend).to_contain_text(ORGAN)

    z, y, x = np.argwhere(masks_of(EXAMPLE_SEEDS[0], SHAPE)[ORGAN]).mean(axis=0)
    under = page.locator("#viewer [data-text=under]")
    names = set()
    box = page.locator("#viewer [data-plane=coronal] canvas").bounding_box()
    assert box
    for down in np.linspace(0.1, 0.95, 12):
        for across in (0.3, 0.4, 0.5, 0.6):
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
            visitor.frame()
            names.add(under.inner_text())
    assert names == {f"Cursor: {ORGAN}", "Cursor: no label"}, f"around {z:.0f}, {y:.0f}, {x:.0f}"

    before = visitor.canvas("coronal")
    page.locator("#viewer [data-range=opacity]").evaluate(
        "(range) => { range.value = 5; range.dispatchEvent(new Event('input')); }"
    )
    faint = visitor.canvas("coronal")
    assert faint != before
    legend.get_by_label(ORGAN).uncheck()
    assert visitor.canvas("coronal") not in (before, faint)

    visitor.tab("Explain")
    page.get_by_role("tab", name="Changes").click()
    page.locator("#perturb-change input").fill("one organ taken out")
    page.locator("#perturb-change input").press("Enter")
    expect(page.locator("#perturb-organ input")).to_have_value(ORGAN)
    page.locator("#perturb-go").click()
    expect(page.locator("#perturb-told")).to_contain_text("likeliest answers stayed")
    expect(page.locator(f"#perturb-result img[alt*='{ORGAN} taken out']").first).to_be_visible()
