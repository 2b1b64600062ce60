"""Wheel, keys, drags, buttons, and what Python hears and says."""

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser


def test_wheel_changes_the_slice(viewer) -> None:
    viewer.show("noise")
    viewer.hover("axial", 0.5, 0.5)
    assert viewer.slice_text("axial") == "13/24"
    viewer.page.mouse.wheel(0, 120)
    assert viewer.slice_text("axial") == "12/24"
    viewer.page.mouse.wheel(0, -120)
    viewer.page.mouse.wheel(0, -120)
    assert viewer.slice_text("axial") == "14/24"
    viewer.hover("coronal", 0.5, 0.5)
    viewer.page.mouse.wheel(0, 120)
    assert viewer.slice_text("coronal") == "22/40"


def test_small_trackpad_steps_add_up(viewer) -> None:
    viewer.show("noise")
    viewer.hover("axial", 0.5, 0.5)
    for _ in range(7):
        viewer.page.mouse.wheel(0, 9)
    assert viewer.slice_text("axial") == "11/24"


def test_keys_step_jump_and_reset(viewer) -> None:
    viewer.show("noise")
    viewer.canvas("axial").focus()
    viewer.press("ArrowUp", "ArrowUp")
    assert viewer.slice_text("axial") == "15/24"
    viewer.press("PageDown")
    assert viewer.slice_text("axial") == "5/24"
    viewer.press("Home")
    assert viewer.slice_text("axial") == "24/24"
    viewer.press("End", "ArrowDown")
    assert viewer.slice_text("axial") == "1/24"
    viewer.press("Shift+ArrowRight", "Shift+ArrowDown")
    assert viewer.read("crossVoxel")[:3] == ["17", "21", "0"]
    viewer.press("1")
    assert viewer.root.locator("[data-number=width]").input_value() == "1500"
    viewer.press("r")
    assert viewer.read("crossVoxel")[:3] == ["16", "20", "12"]
    assert viewer.root.locator("[data-number=width]").input_value() == "2400"


def test_typing_a_window_does_not_trigger_keys(viewer) -> None:
    viewer.show("noise")
    number = viewer.root.locator("[data-number=width]")
    number.fill("150")
    number.press("Enter")
    viewer.frame()
    assert number.input_value() == "150"
    assert viewer.slice_text("axial") == "13/24"
    assert "W 150" in (viewer.canvas("axial").get_attribute("aria-label") or "")


def test_click_moves_the_crosshair_and_python_hears_once_it_rests(viewer, made) -> None:
    viewer.show("noise")
    z, y, x = viewer.hover("axial", 0.4, 0.45)
    viewer.page.mouse.down()
    viewer.page.mouse.up()
    assert viewer.read("crossVoxel")[:3] == [str(x), str(y), str(z)]
    place = viewer.page.locator("#place textarea, #place input")
    expect(place).to_have_value(f"[{z}, {y}, {x}] {made.noise.voxels[z, y, x]}")


def test_one_move_is_made_once_however_often_it_is_told(viewer) -> None:
    """Every message says all that was said of the scan, the last move too."""
    first = viewer.show("noise").root.locator("[data-plane=axial] output")
    viewer.show("again")
    expect(first).to_have_text("4/24")
    viewer.canvas("axial").focus()
    viewer.press("Home")
    elsewhere = first.inner_text()
    assert elsewhere != "4/24"
    viewer.show("again")
    assert first.inner_text() == elsewhere


def test_what_comes_late_of_a_scan_that_was_left_is_not_shown(viewer) -> None:
    """The map of the scan before, which was on its way, put that scan back in place of the new."""
    title = viewer.root.locator(".vv-name strong")
    viewer.show("opened")
    expect(title).to_have_text("First")
    viewer.show("next")
    expect(title).to_have_text("Next")
    viewer.show("late")
    expect(title).to_have_text("Next")
    assert viewer.root.locator(".vv-overlay").is_hidden()
    viewer.show("noise")
    expect(title).to_have_text("<b>Noise</b>")


def test_python_moves_the_crosshair_and_is_not_told(viewer) -> None:
    viewer.show("noise")
    viewer.canvas("axial").focus()
    viewer.press("3")
    viewer.show("goto")
    expect(viewer.root.locator("[data-read=crossVoxel] td").first).to_have_text("5")
    assert viewer.read("crossVoxel")[:3] == ["5", "4", "3"]
    assert viewer.root.locator("[data-number=width]").input_value() == "400"
    viewer.canvas("axial").focus()
    viewer.press("Home")
    viewer.show("goto")
    expect(viewer.root.locator("[data-plane=axial] output")).to_have_text("4/24")


def drag(viewer, plane: str, dx: int, dy: int, button: str = "left") -> None:
    viewer.hover(plane, 0.5, 0.5)
    box = viewer.box(plane)
    viewer.page.mouse.down(button=button)
    viewer.page.mouse.move(
        box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy, steps=4
    )
    viewer.page.mouse.up(button=button)
    viewer.frame()


def test_right_drag_sets_window_and_level(viewer) -> None:
    viewer.show("noise")
    drag(viewer, "coronal", 60, 0, "right")
    width = float(viewer.root.locator("[data-number=width]").input_value())
    assert width > 2600
    assert viewer.root.locator("[data-number=center]").input_value() == "300"
    drag(viewer, "coronal", 0, -60, "right")
    assert float(viewer.root.locator("[data-number=center]").input_value()) < 0


def test_pan_and_zoom_move_the_picture_under_the_mouse(viewer) -> None:
    viewer.show("noise")
    before = viewer.hover("axial", 0.5, 0.5)
    viewer.root.locator("[data-tool=pan]").click()
    drag(viewer, "axial", 40, 0)
    after = viewer.hover("axial", 0.5, 0.5)
    assert after[2] < before[2]
    assert after[1] == before[1]
    viewer.root.locator("[data-tool=zoom]").click()
    drag(viewer, "axial", 0, -100)
    assert viewer.hover("axial", 0.9, 0.5)[2] - after[2] < 10


def test_ctrl_wheel_zooms_about_the_mouse(viewer) -> None:
    viewer.show("noise")
    under = viewer.hover("axial", 0.3, 0.4)
    viewer.page.keyboard.down("Control")
    viewer.page.mouse.wheel(0, -120)
    viewer.page.keyboard.up("Control")
    assert viewer.slice_text("axial") == "13/24"
    viewer.hover("axial", 0.35, 0.4)
    assert viewer.hover("axial", 0.3, 0.4) == under


def words(viewer, plane: str) -> list[str]:
    return [text for text, _, _ in viewer.painted(plane)]


def test_length_is_in_millimetres(viewer) -> None:
    """The distance that the readout gives for both ends, up to a voxel."""
    viewer.show("noise")
    viewer.root.locator("[data-tool=length]").click()
    start = viewer.hover("coronal", 0.5, 0.5)
    drag(viewer, "coronal", 30, 60)
    box = viewer.box("coronal")
    end = viewer.hover("coronal", 0.5 + 30 / box["width"], 0.5 + 60 / box["height"])
    lengths = [w for w in words(viewer, "coronal") if w[0].isdigit() and w.endswith(" mm")]
    millimetres = float(lengths[-1].split()[0])
    wanted = ((3 * (start[0] - end[0])) ** 2 + (1.5 * (start[2] - end[2])) ** 2) ** 0.5
    assert millimetres == pytest.approx(wanted, abs=4)
    viewer.press("Delete")
    assert lengths[-1] not in words(viewer, "coronal")


def test_region_has_mean_spread_and_area(viewer, made) -> None:
    viewer.show("noise")
    viewer.root.locator("[data-tool=region]").click()
    z = viewer.hover("axial", 0.5, 0.5)[0]
    drag(viewer, "axial", 250, 0)  # far beyond the picture: the circle holds the whole slice
    text = next(w for w in words(viewer, "axial") if "\u00b1" in w)
    values = made.noise.voxels[z].astype(float)
    assert text == (
        f"{values.mean():.1f} \u00b1 {values.std():.1f} HU, {40 * 32 * 1.5 / 100:.1f} cm\u00b2"
    )
    viewer.press("r")
    assert not any("\u00b1" in w for w in words(viewer, "axial"))


def test_region_of_some_voxels_is_numpys(viewer, made) -> None:
    """Voxels whose centres lie in the circle that was drawn, in millimetres."""
    viewer.show("noise")
    viewer.root.locator("[data-tool=region]").click()
    z, y, x = viewer.hover("axial", 0.5, 0.5)
    drag(viewer, "axial", 28, 12)
    text = next(w for w in words(viewer, "axial") if "\u00b1" in w)
    mean, spread = (float(part) for part in text.split(" HU")[0].split(" \u00b1 "))
    area = float(text.split(", ")[1].split(" ")[0])
    values = made.noise.voxels[z].astype(float)
    row, column = np.mgrid[: values.shape[0], : values.shape[1]]
    best = min(
        abs(inside.mean() - mean) + abs(inside.std() - spread)
        for dy in np.linspace(-0.5, 0.5, 11)
        for dx in np.linspace(-0.5, 0.5, 11)
        for inside in [near(values, (row - y - dy, 1.5 * (column - x - dx)), area)]
        if inside.size
    )
    assert best < 0.2


def near(values: np.ndarray, offset: tuple[np.ndarray, np.ndarray], area: float) -> np.ndarray:
    """As many voxels of 1 x 1.5 mm as make up the area, nearest first."""
    count = round(area / 1.5)
    order = np.argsort(np.hypot(*offset).ravel(), kind="stable")
    return values.ravel()[order[:count]]


def test_double_click_enlarges_a_plane_and_back(viewer) -> None:
    viewer.show("noise")
    small = viewer.box("coronal")["height"]
    viewer.canvas("coronal").dblclick()
    viewer.frame()
    assert viewer.box("coronal")["height"] > 1.8 * small
    assert viewer.canvas("axial").is_hidden()
    viewer.canvas("coronal").dblclick()
    viewer.frame()
    assert viewer.canvas("axial").is_visible()


def test_single_slice_has_all_the_room_and_gives_it_back(viewer) -> None:
    viewer.show("flat")
    assert viewer.canvas("coronal").is_visible()
    assert viewer.canvas("axial").is_hidden()
    viewer.show("noise")
    assert viewer.canvas("axial").is_visible()


def test_space_plays_and_stops(viewer) -> None:
    viewer.show("noise")
    viewer.canvas("coronal").focus()
    viewer.press(" ")
    expect(viewer.root.locator("[data-plane=coronal] output")).not_to_have_text("21/40")
    viewer.press(" ")
    expect(viewer.root.locator("[data-act=cine]")).to_have_attribute("aria-pressed", "false")


def test_who_asked_for_calm_sees_one_slow_round(server: str, browser: Browser, on_page) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.goto(server)
    viewer = on_page(page).show("noise")
    viewer.canvas("axial").focus()
    viewer.press(" ")
    playing = viewer.root.locator("[data-act=cine]")
    expect(playing).to_have_attribute("aria-pressed", "true")
    expect(playing).to_have_attribute("aria-pressed", "false", timeout=15_000)
    assert viewer.slice_text("axial") == "13/24"
    page.close()


def test_full_screen_shows_the_active_plane(viewer) -> None:
    viewer.show("noise")
    viewer.canvas("sagittal").focus()
    viewer.press("f")
    viewer.page.wait_for_function("() => document.fullscreenElement")
    expect(viewer.canvas("axial")).to_be_hidden()
    expect(viewer.canvas("sagittal")).to_be_visible()
    viewer.press("f")
    viewer.page.wait_for_function("() => !document.fullscreenElement")
    expect(viewer.canvas("axial")).to_be_visible()


def test_window_is_dragged_on_the_histogram(viewer) -> None:
    viewer.show("noise")
    viewer.press("Tab")
    viewer.root.get_by_role("button", name="Abdomen").click()
    canvas = viewer.root.locator(".vv-histogram")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    middle = box["x"] + box["width"] * (40 + 1100) / 2500
    viewer.page.mouse.move(middle, box["y"] + 10)
    viewer.page.mouse.down()
    viewer.page.mouse.move(middle + 50, box["y"] + 10, steps=3)
    viewer.page.mouse.up()
    viewer.frame()
    moved = float(viewer.root.locator("[data-number=center]").input_value())
    assert moved == pytest.approx(40 + 50 * 2500 / box["width"], abs=3)
    assert viewer.root.locator("[data-number=width]").input_value() == "400"


def test_canvas_tells_what_it_shows(viewer) -> None:
    viewer.show("noise")
    label = viewer.canvas("axial").get_attribute("aria-label")
    assert label == "Axial plane, slice 13 of 24, S 136.0 mm, W 2400  L 300"
    unnamed = viewer.root.locator("button").evaluate_all(
        "(all) => all.filter((b) => !(b.ariaLabel || b.textContent.trim())).length"
    )
    assert unnamed == 0


def test_titles_are_text(viewer) -> None:
    viewer.show("noise")
    assert viewer.root.locator("[data-text=title]").inner_text() == "<b>Noise</b>"
