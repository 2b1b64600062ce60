"""Films the real page for the README: `make film`.

It starts the app as `make app` does (or films one that runs, whose URL it is given), drives
Debian's chromium through a short visit, and writes docs/images/page.webp (the first screen) and
docs/images/film.webp (the visit, as an animation).
"""

import io
import logging
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
CHROMIUM = "/usr/bin/chromium"
SIZE = {"width": 1440, "height": 900}
FILM_WIDTH, PICTURE_WIDTH = 720, 1080
FILM_BYTES, PICTURE_BYTES = 170_000, 70_000
QUALITIES = (70, 60, 50, 40, 30, 20, 12, 6)
SHORT_MS, LONG_MS = 500, 2000
PATIENCE_S = 1200
LOADED = """() => {
  const root = document.querySelector("#viewer .vv-root");
  return root && !root.hasAttribute("data-empty") && !root.hasAttribute("data-loading");
}"""
QUESTION = "Is there air around the lung?"
Frames = list[tuple[Image.Image, int]]


def main() -> None:
    """Film a visit, and write both files."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    frames = film(sys.argv[1]) if len(sys.argv) > 1 else film_own_app()
    first = resized(frames[0][0], PICTURE_WIDTH)
    save("page.webp", PICTURE_BYTES, lambda quality: encoded([(first, 0)], quality))
    small = [(resized(frame, FILM_WIDTH), ms) for frame, ms in frames]
    save("film.webp", FILM_BYTES, lambda quality: encoded(small, quality))


def film_own_app() -> Frames:
    """Start the app, film it, and end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"GRADIO_SERVER_PORT": str(port), "PYTHONPATH": str(ROOT)}
    app = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=os.environ | settings)
    try:
        url = f"http://127.0.0.1:{port}/"
        wait_for(f"{url}readyz")
        return film(url)
    finally:
        app.terminate()
        app.wait(60)


def wait_for(url: str) -> None:
    """Until the page and its model are ready."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:
                if reply.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the app did not start")


def film(url: str) -> Frames:
    """A visit: look, ask, see what was painted, see where the model looks."""
    frames: Frames = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(PATIENCE_S * 1000)
        page.goto(url)
        page.wait_for_function(LOADED)
        page.locator("#suggestions button").first.wait_for()
        page.wait_for_timeout(1500)
        shoot(page, frames, LONG_MS)
        scroll(page, frames)
        ask(page, frames)
        page.locator("#scan-tabs").get_by_role("tab", name="Labels").click()
        page.locator("#painted").click()
        page.locator("#viewer .vv-labels label").first.wait_for()
        page.wait_for_function(LOADED)
        page.evaluate("window.scrollTo(0, 0)")
        page.wait_for_timeout(500)
        shoot(page, frames, LONG_MS)
        scroll(page, frames)
        browser.close()
    return frames


def scroll(page: Page, frames: Frames) -> None:
    """Some slices down and on."""
    axial = page.locator("#viewer [data-plane=axial] canvas")
    axial.hover()
    for _ in range(3):
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(400)
        shoot(page, frames, SHORT_MS)


def ask(page: Page, frames: Frames) -> None:
    """A question in anybody's words, and its answer."""
    page.locator("#question textarea").fill(QUESTION)
    shoot(page, frames, LONG_MS)
    page.locator("#ask").click()
    page.locator("#chat .bot").first.wait_for()
    page.locator("#ask").wait_for()
    page.wait_for_timeout(1500)
    shoot(page, frames, LONG_MS)


def shoot(page: Page, frames: Frames, milliseconds: int) -> None:
    """Add what is on the screen."""
    picture = Image.open(io.BytesIO(page.screenshot()))
    frames.append((picture.convert("RGB"), milliseconds))


def resized(picture: Image.Image, width: int) -> Image.Image:
    """The same picture at another width."""
    return picture.resize(
        (width, width * SIZE["height"] // SIZE["width"]), Image.Resampling.LANCZOS
    )


def encoded(frames: Frames, quality: int) -> bytes:
    """Frames as one WebP."""
    (first, _), *others = frames
    told = io.BytesIO()
    moving = {"save_all": True, "duration": [ms for _, ms in frames], "loop": 0}
    first.save(
        told, "WEBP", quality=quality, method=6, minimize_size=True,
        **({"append_images": [frame for frame, _ in others], **moving} if others else {}),
    )  # fmt: skip
    return told.getvalue()


def save(name: str, most: int, made: Callable[[int], bytes]) -> None:
    """Write a file with the best quality that is small enough."""
    for quality in QUALITIES:
        data = made(quality)
        if len(data) <= most:
            (FOLDER / name).write_bytes(data)
            logging.info("%s: %s bytes, quality %s", name, len(data), quality)
            return
    raise SystemExit(f"{name} is larger than {most} bytes even at the lowest quality")


if __name__ == "__main__":
    main()
