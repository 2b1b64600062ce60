"""A page with nothing but the viewer and buttons that fill it, and a browser looking at it."""

import base64
import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from med3dvlm.ui.components.viewer import Overlay, ViewerState, VolumeViewer
from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.volume import Volume, canonical_affine
from med3dvlm.volumes.window import Window

ROOT = Path(__file__).resolve().parents[4]
SHAPE = (24, 40, 32)
SPACING = (3.0, 1.0, 1.5)
ORIGIN = (-20.0, -30.0, 100.0)
BODY = slice(8, 18), slice(4, 14)  # rows and columns of `roomy`
MARKER = (20, 6, 4)  # near the head, in front, at the patient's right


def noise(seed: int = 0, **kwargs: object) -> Volume:
    """Random HU, so that no two voxels are mistaken for each other."""
    voxels = np.random.default_rng(seed).integers(-900, 1500, SHAPE).astype(np.int16)
    return Volume(voxels=voxels, affine=canonical_affine(SPACING, ORIGIN), unit="HU", **kwargs)


def marked() -> Volume:
    voxels = np.full(SHAPE, -1000, np.int16)
    z, y, x = MARKER
    voxels[z - 1 : z + 2, y - 1 : y + 2, x - 1 : x + 2] = 3000
    return Volume(voxels=voxels, affine=canonical_affine(SPACING, ORIGIN), unit="HU")


def unitless() -> Volume:
    voxels = np.random.default_rng(1).random(SHAPE, np.float32)
    affine = canonical_affine(SPACING)
    return Volume(voxels=voxels, affine=affine, unit="arbitrary", orientation_known=False)


def roomy() -> Volume:
    """A small body in much air, to the right and in front."""
    voxels = np.full(SHAPE, -1000, np.int16)
    voxels[:, BODY[0], BODY[1]] = 40
    return Volume(voxels=voxels, affine=canonical_affine((3.0, 10.0, 10.0)), unit="HU")


def flat() -> Volume:
    """One coronal slice."""
    voxels = np.random.default_rng(2).integers(-900, 1500, (24, 1, 32)).astype(np.int16)
    return Volume(voxels=voxels, affine=canonical_affine(SPACING, ORIGIN), unit="HU")


def large() -> Volume:
    """Above the size from which a preview is sent first."""
    rows = np.arange(200, dtype=np.int16)
    voxels = np.broadcast_to(rows[None, :, None] * 5 - 500, (120, 200, 200)).copy()
    return Volume(voxels=voxels, affine=canonical_affine((1.0, 1.0, 1.0)), unit="HU")


def overlay() -> Overlay:
    values = np.zeros((2, 4, 4), np.uint8)
    values[1, 0, 0] = 255
    mapping = GridMap(start=(0, 0, 0), stop=SHAPE, grid=values.shape)
    return Overlay(values=values, mapping=mapping, legend="<i>Heat</i>", opacity=1.0, smooth=False)


CELLS = GridMap(start=(0, 0, 0), stop=SHAPE, grid=(2, 4, 4))
WIDE = Window(center=300, width=2400)
MESSAGES: dict[str, Callable[[], ViewerState | None]] = {
    "noise": lambda: ViewerState(volume=noise(), window=WIDE, title="<b>Noise</b>", cells=CELLS),
    "other": lambda: ViewerState(volume=noise(7)),
    "marked": lambda: ViewerState(volume=marked()),
    "unitless": lambda: ViewerState(volume=unitless()),
    "roomy": lambda: ViewerState(volume=roomy(), title="80 % \u80ba.nii.gz"),
    "flat": lambda: ViewerState(volume=flat()),
    "large": lambda: ViewerState(volume=large()),
    "draft": lambda: ViewerState(volume=large(), draft=True),
    "overlay": lambda: ViewerState(volume=noise(), overlay=overlay()),
    "again": lambda: ViewerState(volume=noise(), crosshair=(3, 4, 5), move="one"),
    "goto": lambda: ViewerState(volume=noise(), crosshair=(3, 4, 5)),
    "opened": lambda: ViewerState(volume=noise(), title="First", opened="first"),
    "next": lambda: ViewerState(volume=noise(7), title="Next", opened="next"),
    "late": lambda: ViewerState(volume=noise(), title="First", overlay=overlay(), opened="first"),
    "nothing": lambda: None,
}


def told(event: gr.SelectData) -> str:
    return f"{event.index} {event.value}"


def build_page() -> gr.Blocks:
    with gr.Blocks() as page:
        viewer = VolumeViewer(elem_id="viewer", height="600px")
        place = gr.Textbox(elem_id="place")
        viewer.select(told, None, place, show_progress="hidden")
        for name, make in MESSAGES.items():
            button = gr.Button(name, elem_id=f"show-{name}")
            button.click(make, None, viewer, show_progress="hidden")
    return page


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """In a process of its own: Gradio leaves sockets open, and here a warning is an error."""
    cache = tmp_path_factory.mktemp("gradio")
    settings = {"GRADIO_TEMP_DIR": str(cache), "GRADIO_ANALYTICS_ENABLED": "False"}
    settings["PYTHONPATH"] = str(ROOT)  # this checkout, whichever is installed
    command = [sys.executable, __file__]
    with subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.PIPE) as process:
        assert process.stdout
        url = process.stdout.readline().decode().strip()
        assert url.startswith("http"), "the page did not start"
        yield url
        process.terminate()


class Viewer:
    """What a person does with the viewer, and what the person sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("#viewer .vv-root")

    def show(self, name: str, *, wait: bool = True) -> "Viewer":
        before = self.root.get_attribute("data-message")
        self.page.locator(f"#show-{name}").click()
        expect(self.root).not_to_have_attribute("data-message", before or "none yet")
        if wait:
            self.wait_until_loaded()
        return self

    def wait_until_loaded(self) -> None:
        self.page.wait_for_function(
            "() => { const root = document.querySelector('#viewer .vv-root');"
            " return !root.hasAttribute('data-empty') && !root.hasAttribute('data-loading'); }"
        )
        self.frame()

    def frame(self) -> None:
        """Wait until what was changed is painted."""
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def canvas(self, plane: str) -> Locator:
        return self.root.locator(f"[data-plane={plane}] canvas")

    def box(self, plane: str) -> dict[str, float]:
        self.canvas(plane).scroll_into_view_if_needed()
        box = self.canvas(plane).bounding_box()
        assert box
        return box

    def slice_text(self, plane: str) -> str:
        self.frame()
        return self.root.locator(f"[data-plane={plane}] output").inner_text()

    def read(self, row: str) -> list[str]:
        self.frame()
        return self.root.locator(f"[data-read={row}] td").all_inner_texts()

    def hover(self, plane: str, across: float, down: float) -> tuple[int, int, int]:
        """Move the mouse to a place of a plane; the voxel `(z, y, x)` that the readout names."""
        box = self.box(plane)
        self.page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        x, y, z = self.read("hoverVoxel")[:3]
        return int(z), int(y), int(x)

    def pixels(self, plane: str) -> np.ndarray:
        """RGB of the canvas, rows by columns."""
        self.frame()
        address = self.canvas(plane).evaluate("(canvas) => canvas.toDataURL()")
        picture = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
        return np.asarray(picture.convert("RGB"))

    def go_to_slice(self, plane: str, index: int) -> None:
        slider = self.root.locator(f"[data-plane={plane}] input[type=range]")
        slider.evaluate(
            "(s, v) => { s.value = v; s.dispatchEvent(new Event('input', { bubbles: true })); }",
            index,
        )
        self.frame()

    def painted(self, plane: str) -> list[tuple[str, float, float]]:
        """Texts on a plane with their places as shares of its width and height."""
        self.frame()
        return self.canvas(plane).evaluate(
            """(canvas) => new Promise((done) => {
              const context = canvas.getContext("2d");
              const words = [];
              context.fillText = (text, x, y) =>
                words.push([text, x / canvas.clientWidth, y / canvas.clientHeight]);
              canvas.dispatchEvent(new PointerEvent("pointerleave"));
              requestAnimationFrame(() => requestAnimationFrame(() => {
                delete context.fillText;
                done(words);
              }));
            })"""
        )

    def click(self, action: str) -> None:
        self.root.locator(f"[data-act={action}]").click()
        self.frame()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.frame()


@pytest.fixture
def viewer(server: str, window: Page) -> Viewer:
    window.set_viewport_size({"width": 1100, "height": 900})
    window.set_default_timeout(20_000)
    window.goto(server)
    window.locator("#viewer .vv-root").wait_for()
    return Viewer(window)


@pytest.fixture
def on_page() -> Callable[[Page], Viewer]:
    """For tests that open a page of their own."""
    return Viewer


@pytest.fixture
def made() -> SimpleNamespace:
    """What the page shows, for comparison."""
    return SimpleNamespace(noise=noise(), unitless=unitless(), window=WIDE, marker=MARKER)


if __name__ == "__main__":
    _, address, _ = build_page().launch(quiet=True, prevent_thread_lock=True, run_history=False)
    sys.stdout.write(address + "\n")
    sys.stdout.flush()
    threading.Event().wait()
