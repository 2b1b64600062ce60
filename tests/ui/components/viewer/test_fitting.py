"""What fills the planes, the body or the whole scan; and what fills the viewer."""

import numpy as np
import pytest

pytestmark = pytest.mark.browser


def lit(viewer, plane: str = "axial") -> tuple[float, float, float, float]:
    """Left, right, top and bottom of what is neither black nor a word, as shares of the canvas."""
    grey = viewer.pixels(plane)[40:-40, 40:-40].min(axis=2) > 60
    rows, columns = np.flatnonzero(grey.mean(axis=1) > 0.1), np.flatnonzero(grey.mean(axis=0) > 0.1)
    height, width = grey.shape
    return columns[0] / width, columns[-1] / width, rows[0] / height, rows[-1] / height


def extent(viewer) -> float:
    left, right, top, bottom = lit(viewer)
    return max(right - left, bottom - top)


def test_a_scan_opens_fitted_to_the_body(viewer) -> None:
    """The body was a small spot in a field of air, far from the middle."""
    viewer.show("roomy")
    left, right, top, bottom = lit(viewer)
    assert extent(viewer) > 0.7
    assert (left + right) / 2 == pytest.approx(0.5, abs=0.05)
    assert (top + bottom) / 2 == pytest.approx(0.5, abs=0.05)


def test_the_button_shows_the_whole_scan_and_the_body_again(viewer) -> None:
    viewer.show("roomy")
    fitted = extent(viewer)
    viewer.click("fit")
    whole = extent(viewer)
    assert whole < 0.5 * fitted
    assert viewer.root.locator("[data-act=fit]").get_attribute("aria-pressed") == "false"
    viewer.canvas("axial").focus()
    viewer.press("b")
    assert extent(viewer) == pytest.approx(fitted)


def test_what_was_zoomed_is_fitted_first(viewer) -> None:
    viewer.show("roomy")
    fitted = extent(viewer)
    viewer.hover("axial", 0.5, 0.5)
    viewer.page.keyboard.down("Control")
    viewer.page.mouse.wheel(0, 120)
    viewer.page.keyboard.up("Control")
    assert extent(viewer) < 0.8 * fitted
    viewer.canvas("axial").focus()
    viewer.press("b")
    assert extent(viewer) == pytest.approx(fitted)
    viewer.press("b", "r")
    assert extent(viewer) == pytest.approx(fitted), "a reset fits to the body, too"


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_a_place_is_where_it_is_seen(viewer, plane: str) -> None:
    """In the middle of what is seen is the middle of the body."""
    viewer.show("roomy")
    middle = {"y": 13, "x": 9}
    _, y, x = viewer.hover(plane, 0.5, 0.5)
    if plane != "coronal":
        assert abs(y - middle["y"]) <= 1
    if plane != "sagittal":
        assert abs(x - middle["x"]) <= 1


def test_layouts_follow_one_another(viewer) -> None:
    viewer.show("noise")
    panel, small = viewer.root.locator(".vv-panel"), viewer.box("axial")
    viewer.canvas("axial").focus()
    viewer.press("l")
    assert panel.is_hidden()
    assert all(viewer.canvas(plane).is_visible() for plane in ("axial", "coronal", "sagittal"))
    assert viewer.box("axial")["height"] > 1.8 * small["height"]
    viewer.click("layout")
    assert panel.is_hidden()
    assert viewer.canvas("axial").is_visible()
    assert viewer.canvas("coronal").is_hidden()
    assert viewer.box("axial")["width"] > 1.8 * small["width"]
    viewer.click("layout")
    assert panel.is_visible()
    assert viewer.box("axial") == small
