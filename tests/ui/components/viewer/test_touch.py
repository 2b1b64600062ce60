"""A phone: one plane, everything within its width, fingers."""

import pytest
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser


def test_phone_shows_one_plane_and_fits(server: str, browser: Browser, on_page) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(server)
    viewer = on_page(page).show("overlay")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert viewer.canvas("axial").is_visible()
    assert viewer.canvas("coronal").is_hidden()
    viewer.root.locator("[data-tab=coronal]").click()
    viewer.canvas("coronal").wait_for(state="visible")
    inside = viewer.root.evaluate(
        "(root) => [...root.querySelectorAll('button, input')].every((node) => {"
        " const box = node.getBoundingClientRect(); return box.right <= innerWidth; })"
    )
    assert inside
    page.close()


def test_fingers_scroll_tap_and_pinch(server: str, browser: Browser, on_page) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(server)
    viewer = on_page(page).show("noise")
    box = viewer.box("axial")
    touch(page, [[(150, 200), (150, 240)]], box)
    assert viewer.slice_text("axial") == "9/24"
    touch(page, [[(150, 200), (150, 200)]], box)
    x, _, z = viewer.read("crossVoxel")[:3]
    assert z == "8"
    assert x != "16"
    touch(page, [[(140, 200), (90, 200)], [(160, 200), (210, 200)]], box)
    assert viewer.slice_text("axial") == "9/24"
    zoomed = viewer.root.locator("[data-plane=axial] canvas")
    expect(zoomed).to_have_attribute("data-zoom", "6.0")
    page.close()


def test_two_fingers_on_two_planes_are_no_pinch(server: str, browser: Browser, on_page) -> None:
    """They zoomed one of the planes by a distance that was measured from corner to corner."""
    page = browser.new_page(viewport={"width": 1200, "height": 800}, has_touch=True)
    page.goto(server)
    viewer = on_page(page).show("noise")
    planes = [viewer.root.locator(f"[data-plane={name}] canvas") for name in ("axial", "coronal")]
    before = [plane.get_attribute("data-zoom") for plane in planes]
    box, other = (viewer.box(name) for name in ("axial", "coronal"))
    x, y = other["x"] - box["x"] + 60, other["y"] - box["y"] + 90
    touch(page, [[(60, 90), (60, 130)], [(x, y), (x + 80, y)]], box)
    viewer.read("crossVoxel")
    assert [plane.get_attribute("data-zoom") for plane in planes] == before
    assert viewer.slice_text("axial") == "9/24", "the first finger scrolls, as it would alone"
    page.close()


def touch(page, fingers: list, box: dict) -> None:
    """Fingers that go down, move in ten steps and go up."""
    session = page.context.new_cdp_session(page)

    def points(step: int) -> list[dict]:
        return [
            {
                "x": box["x"] + a[0] + (b[0] - a[0]) * step / 10,
                "y": box["y"] + a[1] + (b[1] - a[1]) * step / 10,
                "id": number,
            }
            for number, (a, b) in enumerate(fingers)
        ]

    def send(kind: str, where: list[dict]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    send("touchStart", points(0))
    for step in range(1, 11):
        send("touchMove", points(step))
    send("touchEnd", [])
    session.detach()
