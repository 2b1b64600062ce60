"""What the canvases show: the right voxels, the right way up, in the right grey."""

import numpy as np
import pytest
from playwright.sync_api import expect

from med3dvlm.volumes.window import ABDOMEN, LUNG, Window

pytestmark = pytest.mark.browser
PLANES = ("axial", "coronal", "sagittal")
POINTS = ((0.41, 0.37), (0.44, 0.61), (0.57, 0.29), (0.6, 0.66), (0.52, 0.42))


def plain(viewer) -> None:
    """Single voxels without lines over them."""
    viewer.click("smooth")
    viewer.click("cross")


def grey_at(viewer, plane: str, across: float, down: float) -> int:
    pixels = viewer.pixels(plane)
    red, green, blue = pixels[int(down * pixels.shape[0]), int(across * pixels.shape[1])]
    assert red == green == blue
    return int(red)


def expected_grey(window: Window, value: float) -> int:
    return int(np.floor(255 * window.apply(np.array([value]))[0] + 0.5))


@pytest.mark.parametrize("plane", PLANES)
def test_pixels_are_windowed_voxels(viewer, made, plane: str) -> None:
    viewer.show("noise")
    plain(viewer)
    for point in POINTS:
        across, down, index = steady(viewer, plane, *point)
        wanted = expected_grey(made.window, made.noise.voxels[index])
        assert abs(grey_at(viewer, plane, across, down) - wanted) <= 1


def steady(viewer, plane: str, across: float, down: float) -> tuple[float, float, tuple]:
    """A place near the point with the same voxel one pixel around it."""
    box = viewer.box(plane)
    for _ in range(5):
        names = {
            viewer.hover(plane, across + dx / box["width"], down + dy / box["height"])
            for dx, dy in ((-1, -1), (0, 0), (1, 1))
        }
        if len(names) == 1:
            return across, down, names.pop()
        across, down = across + 1 / box["width"], down + 1 / box["height"]
    raise AssertionError("voxels are too small on the screen")


@pytest.mark.parametrize("plane", PLANES)
def test_marker_lies_right_front_and_head(viewer, made, plane: str) -> None:
    """Patient's right is on the left of the screen, front and head are at the top.

    On the sagittal plane the front is on the left. The marker lies near all three.
    """
    viewer.show("marked")
    viewer.click("cross")
    viewer.page.evaluate("() => document.activeElement.blur()")
    for name, place in zip(PLANES, made.marker, strict=True):
        viewer.go_to_slice(name, place)
    pixels = viewer.pixels(plane)
    height, width = pixels.shape[:2]
    middle = pixels[30 : height - 30, 30 : width - 30]  # without the letters at the edges
    rows, columns = np.nonzero((middle > 240).all(axis=2))
    assert rows.size
    assert columns.mean() + 30 < width / 2
    assert rows.mean() + 30 < height / 2


@pytest.mark.parametrize(
    ("plane", "letters"),
    [("axial", "RLAP"), ("coronal", "RLSI"), ("sagittal", "APSI")],
)
def test_letters_stand_at_the_edges(viewer, plane: str, letters: str) -> None:
    """Every text that is painted is caught with its place."""
    viewer.show("noise")
    assert painted_letters(viewer, plane) == letters


@pytest.mark.parametrize("plane", PLANES)
def test_unknown_orientation_is_a_question(viewer, plane: str) -> None:
    viewer.show("unitless")
    assert painted_letters(viewer, plane) == "????"
    assert viewer.root.locator("[data-note=orientation]").is_visible()


def painted_letters(viewer, plane: str) -> str:
    """Texts at the middles of the left, right, top and bottom edge."""
    words = viewer.painted(plane)

    def at(across: float, down: float) -> str:
        near = [w for w, x, y in words if abs(x - across) < 0.06 and abs(y - down) < 0.06]
        assert len(near) == 1
        return near[0]

    return at(0, 0.5) + at(1, 0.5) + at(0.5, 0) + at(0.5, 1)


def test_spacing_sets_the_aspect(viewer) -> None:
    """A block of 3 x 3 x 3 voxels of 3 x 1 x 1.5 mm is 4.5 mm wide and 9 mm high from the front."""
    viewer.show("marked")
    viewer.click("smooth")
    viewer.click("cross")
    viewer.go_to_slice("coronal", 6)
    pixels = viewer.pixels("coronal")[30:-30, 30:-30]
    rows, columns = np.nonzero((pixels > 240).all(axis=2))
    assert np.ptp(rows) / np.ptp(columns) == pytest.approx(2, rel=0.1)


def test_readout_is_voxel_and_millimetres(viewer, made) -> None:
    viewer.show("noise")
    index = viewer.hover("axial", 0.4, 0.45)
    left, back, head, value = viewer.read("hoverMm")
    assert value == str(made.noise.voxels[index])
    places = made.noise.millimetres(index)
    wanted = [
        f"{pair[place >= 0]} {abs(place):.1f}"
        for place, pair in zip(places, ("RL", "AP", "IS"), strict=True)
    ]
    assert [left, back, head] == wanted
    assert viewer.read("crossVoxel")[:3] == ["16", "20", "12"]
    assert viewer.read("crossCell")[:3] == ["2", "2", "1"]
    expect(viewer.page.locator("[data-note=cell]")).to_contain_text("coarser grid")


def test_floats_are_read_in_their_own_unit(viewer, made) -> None:
    viewer.show("unitless")
    index = viewer.hover("axial", 0.45, 0.45)
    assert float(viewer.read("hoverMm")[3]) == pytest.approx(made.unitless.voxels[index], abs=1e-3)


def test_presets_change_the_grey(viewer, made) -> None:
    viewer.show("noise")
    plain(viewer)
    across, down, index = steady(viewer, "axial", 0.4, 0.45)
    for name, window in (("Lung", LUNG), ("Abdomen", ABDOMEN)):
        viewer.root.get_by_role("button", name=name, exact=True).click()
        grey = grey_at(viewer, "axial", across, down)
        assert abs(grey - expected_grey(window, made.noise.voxels[index])) <= 1
    viewer.click("invert")
    inverted = 255 - expected_grey(ABDOMEN, made.noise.voxels[index])
    assert abs(grey_at(viewer, "axial", across, down) - inverted) <= 1


@pytest.mark.parametrize(("mode", "join"), [("max", np.max), ("min", np.min), ("mean", np.mean)])
def test_slab_joins_slices(viewer, made, mode: str, join) -> None:
    """20 mm along z are 7 slices of 3 mm."""
    viewer.show("noise")
    plain(viewer)
    across, down, (z, y, x) = steady(viewer, "axial", 0.4, 0.45)
    viewer.root.locator("[data-select=slab]").select_option("20")
    viewer.root.locator("[data-select=slabMode]").select_option(mode)
    value = float(join(made.noise.voxels[z - 3 : z + 4, y, x]))
    wait_for_grey(viewer, "axial", (across, down), expected_grey(made.window, value))


def wait_for_grey(viewer, plane: str, place: tuple[float, float], wanted: int) -> None:
    """A slab is worked out in a thread of its own, so its picture comes a little later."""
    for _ in range(200):
        grey = grey_at(viewer, plane, *place)
        if abs(grey - wanted) <= 1:
            return
        viewer.page.wait_for_timeout(20)
    raise AssertionError(f"{plane}: grey {grey}, wanted {wanted}")


@pytest.mark.parametrize("plane", PLANES)
def test_whole_scan_is_projected_beside_the_page(viewer, made, plane: str) -> None:
    """Maximum of all voxels along the view, and one more worker than the decoding ones."""
    workers: list[str] = []
    viewer.show("noise")
    viewer.page.on("worker", lambda worker: workers.append(worker.url))
    plain(viewer)
    across, down, (z, y, x) = steady(viewer, plane, 0.44, 0.45)
    viewer.root.locator("[data-number=center]").fill("1300")
    viewer.root.locator("[data-number=center]").press("Enter")
    viewer.root.locator("[data-select=slab]").select_option("Infinity")
    lines = {
        "axial": made.noise.voxels[:, y, x],
        "coronal": made.noise.voxels[z, :, x],
        "sagittal": made.noise.voxels[z, y, :],
    }
    window = Window(center=1300, width=made.window.width)
    for _ in range(2):  # and it stays the same on another slice
        wanted = expected_grey(window, float(lines[plane].max()))
        wait_for_grey(viewer, plane, (across, down), wanted)
        viewer.go_to_slice(plane, 2)
    assert len(workers) == 1
    assert any("MIP of all slices" in text for text, _, _ in viewer.painted(plane))


def test_slab_in_one_plane_only_and_back_by_key(viewer, made) -> None:
    viewer.show("noise")
    plain(viewer)
    across, down, index = steady(viewer, "axial", 0.4, 0.45)
    single = expected_grey(made.window, float(made.noise.voxels[index]))
    viewer.root.locator("[data-select=slab]").select_option("40")
    viewer.root.locator("[data-select=slabPlane]").select_option("coronal")
    wait_for_grey(viewer, "axial", (across, down), single)
    viewer.root.locator("[data-select=slabPlane]").select_option("all")
    viewer.canvas("axial").focus()
    viewer.press("m")
    wait_for_grey(viewer, "axial", (across, down), single)
    viewer.press("m")
    assert viewer.root.locator("[data-select=slab]").input_value() == "Infinity"
    viewer.press("r")
    assert viewer.root.locator("[data-select=slab]").input_value() == "0"


def test_presets_without_hounsfield_units_are_off_and_say_why(viewer) -> None:
    viewer.show("unitless")
    assert viewer.root.get_by_role("button", name="Lung", exact=True).is_disabled()
    assert viewer.root.locator("[data-note=presets]").is_visible()


def test_overlay_lies_on_its_cell(viewer) -> None:
    """The only lit cell is at the head, in front, on the right."""
    viewer.show("overlay")
    plain(viewer)
    viewer.go_to_slice("axial", 20)
    viewer.frame()
    pixels = viewer.pixels("axial")
    coloured = np.ptp(pixels[30:-30, 30:-30].astype(int), axis=2) > 40
    rows, columns = np.nonzero(coloured)
    assert rows.size > 500
    assert rows.max() < 0.5 * pixels.shape[0]
    assert columns.max() < 0.5 * pixels.shape[1]
    viewer.go_to_slice("axial", 3)
    below = viewer.pixels("axial")[30:-30, 30:-30].astype(int)
    assert not (np.ptp(below, axis=2) > 40).any()


def test_overlay_has_legend_switch_and_opacity(viewer) -> None:
    viewer.show("overlay")
    assert viewer.root.locator("[data-text=legend]").inner_text() == "<i>Heat</i>"
    assert viewer.root.locator("[data-text=opacity]").inner_text() == "100 %"
    plain(viewer)
    viewer.root.locator("[data-check=overlay]").uncheck()
    viewer.frame()
    assert not (np.ptp(viewer.pixels("axial")[30:-30, 30:-30].astype(int), axis=2) > 90).any()
    viewer.show("noise")
    assert viewer.root.locator(".vv-overlay").is_hidden()
