"""The list of measurements, the table and the pictures that are saved."""

import csv
import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
LENGTH = re.compile(r"([\d.]+) mm$")


def draw(viewer, plane: str, start: tuple[float, float], *, by: tuple[int, int]) -> None:
    """A drag from a place, given as shares of the plane, by so many pixels."""
    box = viewer.box(plane)
    x, y = box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"]
    viewer.page.mouse.move(x, y)
    viewer.page.mouse.down()
    viewer.page.mouse.move(x + by[0], y + by[1], steps=4)
    viewer.page.mouse.up()
    viewer.frame()


def tool(viewer, name: str) -> None:
    viewer.root.locator(f"[data-tool={name}]").click()


def listed(viewer) -> list[str]:
    viewer.frame()
    return viewer.root.locator(".vv-marks li button:first-child").all_inner_texts()


def saved(viewer, action: str) -> tuple[str, bytes]:
    with viewer.page.expect_download() as download:
        viewer.root.locator(f"[data-act={action}]").click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_measurements_are_listed_and_lead_to_their_place(viewer) -> None:
    viewer.show("noise")
    expect(viewer.root.locator(".vv-marks")).to_be_hidden()
    tool(viewer, "length")
    draw(viewer, "axial", (0.5, 0.5), by=(40, 0))
    viewer.go_to_slice("axial", 3)
    draw(viewer, "axial", (0.4, 0.5), by=(0, 60))
    first, second = listed(viewer)
    assert first.startswith("Axial 13: ")
    assert second.startswith("Axial 4: ")
    assert LENGTH.search(first)
    viewer.root.locator(".vv-marks li button").first.click()
    assert viewer.slice_text("axial") == "13/24"
    viewer.root.get_by_role("button", name="Remove length 1").click()
    assert listed(viewer) == [second]
    viewer.root.get_by_role("button", name="Remove all").click()
    expect(viewer.root.locator(".vv-marks")).to_be_hidden()


@pytest.mark.parametrize(
    ("second", "degrees"), [((0, -60), 90), ((60, 0), 180), ((-60, 0), 0), ((60, 60), 135)]
)
def test_angle_is_between_two_arms(viewer, second: tuple[int, int], degrees: int) -> None:
    """Voxels of the axial plane are 1 by 1.5 mm, but an angle is one in the body."""
    viewer.show("noise")
    tool(viewer, "angle")
    draw(viewer, "axial", (0.4, 0.6), by=(80, 0))
    assert any("second arm" in text for text, _, _ in viewer.painted("axial"))
    box = viewer.box("axial")
    corner = 0.4 * box["width"] + 80, 0.6 * box["height"]
    x, y = corner[0] + second[0], corner[1] + second[1]
    draw(viewer, "axial", ((x - 9) / box["width"], y / box["height"]), by=(9, 0))
    assert listed(viewer) == [f"Axial 13: {degrees:.1f}\u00b0"]


def test_an_angle_without_its_second_arm_is_dropped(viewer) -> None:
    viewer.show("noise")
    tool(viewer, "angle")
    draw(viewer, "axial", (0.4, 0.6), by=(80, 0))
    viewer.go_to_slice("axial", 3)
    draw(viewer, "axial", (0.4, 0.6), by=(80, 0))
    assert len(listed(viewer)) == 1
    assert listed(viewer)[0].startswith("Axial 4")
    tool(viewer, "length")
    assert listed(viewer) == []


def test_saved_table_has_every_measurement_with_its_place(viewer, made) -> None:
    viewer.show("noise")
    tool(viewer, "length")
    draw(viewer, "coronal", (0.5, 0.5), by=(30, 60))
    tool(viewer, "region")
    draw(viewer, "axial", (0.5, 0.5), by=(250, 0))
    tool(viewer, "angle")
    draw(viewer, "axial", (0.4, 0.6), by=(80, 0))
    length = float(LENGTH.search(listed(viewer)[0])[1])
    name, content = saved(viewer, "saveMarks")
    assert name == "_b_Noise__b_-measurements.csv"
    line, region = csv.DictReader(io.StringIO(content.decode()))  # the angle isn't finished
    assert (line["kind"], line["plane"], line["slice"]) == ("length", "coronal", "21")
    ends = np.array([point.split() for point in line["points_mm"].split("; ")], float)
    assert float(line["length_mm"]) == pytest.approx(length, abs=0.06)
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(length, abs=0.2)
    assert ends[0][1] == pytest.approx(-30 + 20 * 1.0), "the plane's place, in the body's axes"
    values = made.noise.voxels[12].astype(float)
    assert float(region["mean"]) == pytest.approx(values.mean(), rel=1e-4)
    assert float(region["standard_deviation"]) == pytest.approx(values.std(), rel=1e-4)
    assert (region["unit"], region["voxels"]) == ("HU", str(values.size))


def test_picture_says_nothing_twice(viewer) -> None:
    """A line below the planes repeated their window, over the end of the picture."""
    viewer.show("noise")
    words = (
        "() => { window.words = []; const { fillText } = CanvasRenderingContext2D.prototype;"
        " CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {"
        " if (!this.canvas.isConnected) window.words.push(text);"
        " return fillText.call(this, text, ...rest); }; }"
    )
    viewer.page.evaluate(words)
    name, content = saved(viewer, "screenshot")
    assert name == "_b_Noise__b_-axial-13.png"
    assert viewer.page.evaluate("window.words") == []
    picture = Image.open(io.BytesIO(content))
    top = viewer.box("axial")["y"]
    bottom = viewer.box("coronal")
    assert picture.height == round(bottom["y"] + bottom["height"] - top)
    viewer.show("overlay")
    saved(viewer, "screenshot")
    assert viewer.page.evaluate("window.words") == ["<i>Heat</i>: low", "high"]


def test_saved_files_are_named_after_the_scans(viewer) -> None:
    viewer.show("roomy")
    assert saved(viewer, "screenshot")[0] == "80 % \u80ba-axial-13.png"
