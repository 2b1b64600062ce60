"""The viewer as a visitor sees it: a large scan from upload to image, and scrolling through it.

python -m benchmarks.viewer --shape 300 512 512 --rounds 3

Starts the app, opens its page in Debian's chromium, and measures both sides: seconds to the first
image and to the whole scan, bytes sent, frames per second while scrolling, the time from an event
to its pixels, and the server's memory before, during and after the visits. As a yardstick for load,
it also times writing a fixed amount of data to memory.
"""

import argparse
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import psutil

from benchmarks.stopwatch import seconds

HERE = Path(__file__).resolve().parent
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
MEBI = 2**20
PATIENCE_S = 300
FORGOTTEN_S = 160  # after its page is closed, a visit is forgotten within this time
TICKS = 120
PICTURE = """() => {
  const root = document.querySelector('#viewer .vv-root');
  return !root.hasAttribute('data-empty') && root.querySelector('.vv-message').hidden;
}"""
WHOLE = """() => {
  const root = document.querySelector('#viewer .vv-root');
  return !root.hasAttribute('data-empty') && !root.hasAttribute('data-loading');
}"""
SCROLL = """(ticks) => new Promise((done) => {
  const canvas = document.querySelector('#viewer [data-plane=axial] canvas');
  const output = document.querySelector('#viewer [data-plane=axial] output');
  const box = canvas.getBoundingClientRect();
  const root = document.querySelector('#viewer .vv-root');
  const frames = [], waits = [], draws = [];
  let last = performance.now(), left = ticks;
  const tick = (now) => {
    frames.push(now - last);
    last = now;
    if (!left--) {
      done({ frames: frames.slice(1), waits, draws });
      return;
    }
    const [before, asked] = [output.value, performance.now()];
    canvas.dispatchEvent(new WheelEvent('wheel', {
      deltaY: 120, bubbles: true, cancelable: true,
      clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 }));
    new MutationObserver((_, observer) => {
      waits.push(performance.now() - asked);
      setTimeout(() => draws.push(Number(root.dataset.drawMs)));
      observer.disconnect();
    }).observe(output, { childList: true, characterData: true, subtree: true });
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
})"""


def make_scan(path: Path, shape: tuple[int, int, int]) -> None:
    """A round body with organs, 12 HU of noise and air around it, as int16 NIfTI."""
    depth, height, width = shape
    generator = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width]
    r = np.hypot((y - height / 2) / (0.38 * height), (x - width / 2) / (0.46 * width))
    plane = np.where(r < 1, 40, -1000) + np.where(np.hypot(r, 0) < 0.25, 120, 0)
    voxels = np.empty((width, height, depth), np.int16)
    for z in range(depth):
        noise = 12 * generator.standard_normal((height, width), np.float32)
        voxels[:, :, z] = (plane + np.where(r < 1, noise, 0)).T
    nib.save(nib.Nifti1Image(voxels, np.diag([-0.8, -0.8, 1.0, 1.0])), path)


@contextmanager
def running_app(folder: Path, *, look_s: float = 0.5) -> Iterator[tuple[str, psutil.Process]]:
    """`python app.py` of this checkout on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    settings = {"GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(folder / "gradio")}
    settings["MED3DVLM_LIBRARY"] = str(folder / "libraries")
    with (folder / "terminal.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=HERE.parent, env=os.environ | settings, stdout=log,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait_for(lambda: answers(url), look_s=look_s)
            yield url, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def answers(url: str) -> bool:
    """Whether the page is served."""
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def wait_for(met: Callable[[], bool], seconds: float = PATIENCE_S, *, look_s: float = 0.5) -> bool:
    """Check every so often until a condition holds; returns whether it did."""
    started = time.monotonic()
    while not met():
        if time.monotonic() - started > seconds:
            return False
        time.sleep(look_s)
    return True


def visit(browser: Any, url: str, scan: Path, server: psutil.Process) -> dict[str, float]:
    """Open the page, upload the scan, scroll, leave."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(1000 * PATIENCE_S)
    sent: list[int] = []
    page.on("response", lambda reply: sent.append(size_of(reply)))
    page.goto(url)
    page.locator("#viewer .vv-root").wait_for()
    yardstick = seconds(lambda: np.ones(64 * MEBI, np.int16).sum())
    busy, started = cpu_seconds(server), time.perf_counter()
    page.locator("#upload input[type=file]").first.set_input_files(scan)
    page.wait_for_function(PICTURE)
    first, busy = time.perf_counter() - started, cpu_seconds(server) - busy
    page.wait_for_function(WHOLE)
    whole = time.perf_counter() - started
    scrolled = page.evaluate(SCROLL, TICKS)
    held = server.memory_info().rss / MEBI
    page.close()
    return {
        "yardstick: 64 Mi int16 written and summed, s": yardstick,
        "first image after the start of the upload, s": first,
        "of that, CPU time of the server, s": busy,
        "whole scan after the start of the upload, s": whole,
        "scan data sent, MiB": sum(sent) / MEBI,
        "frames per second while scrolling": 1000 / statistics.mean(scrolled["frames"]),
        "slowest frame, ms": max(scrolled["frames"]),
        "drawing a frame, median ms": statistics.median(scrolled["draws"]),
        "event to pixels, median ms": statistics.median(scrolled["waits"]),
        "server memory with the scan open, MiB": held,
    }


def cpu_seconds(server: psutil.Process) -> float:
    """CPU seconds of the server since it started."""
    times = server.cpu_times()
    return float(times.user + times.system)


def size_of(reply: Any) -> int:
    """Bytes of a voxel file; 0 for every other response."""
    if not reply.url.endswith("/voxels.bin"):
        return 0
    return int(reply.headers.get("content-length", 0))


def needed_browser() -> Any:
    """What starts Debian's chromium.

    Raises:
        SystemExit: it, or the package, is not installed; the message says what to run.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise SystemExit(
            "This benchmark needs a browser: run pip install -e '.[dev]' first."
        ) from None
    if not CHROMIUM.exists():
        raise SystemExit("This benchmark needs Debian's chromium: run make debian-packages first.")
    return sync_playwright


def main() -> None:
    """Measure, print, and write a page next to this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.viewer", description=__doc__)
    parser.add_argument("--shape", type=int, nargs=3, default=(300, 512, 512), help="z y x")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the page")
    arguments = parser.parse_args()
    sync_playwright = needed_browser()
    depth, height, width = arguments.shape
    with tempfile.TemporaryDirectory() as name, running_app(Path(name)) as (url, server):
        scan = Path(name) / "scan.nii"
        make_scan(scan, (depth, height, width))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            # The first visit imports what reading and encoding need, so memory counts from there.
            visit(browser, url, scan, server)
            after_first = settled(server)
            rounds = [visit(browser, url, scan, server) for _ in range(arguments.rounds)]
            browser.close()
        after = settled(server)
    page = report(rounds, after_first, after, arguments.shape)
    print(page)
    day = datetime.now(UTC).date().isoformat()
    (arguments.out / f"viewer_{platform.machine()}-{os.cpu_count()}-cores_{day}.md").write_text(
        page
    )


def settled(server: psutil.Process) -> float:
    """Server memory in MiB once the visits are forgotten: the minimum of the last seconds."""
    time.sleep(FORGOTTEN_S)
    seen = []
    for _ in range(10):
        seen.append(server.memory_info().rss / MEBI)
        time.sleep(1)
    return min(seen)


def report(
    rounds: list[dict[str, float]], before: float, after: float, shape: tuple[int, int, int]
) -> str:
    """The figures as a Markdown page."""
    day = datetime.now(UTC).date().isoformat()
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    lines = [
        "# The viewer with a large scan",
        "",
        f"{day}, {platform.machine()}, {os.cpu_count()} cores, load {load}, int16 NIfTI of "
        f"{' x '.join(map(str, shape))} voxels, {len(rounds)} rounds.",
        "",
        "| what | median | best | worst |",
        "|---|---|---|---|",
    ]
    for name in rounds[0]:
        values = sorted(one[name] for one in rounds)
        cells = [f"{value:.3g}" for value in (statistics.median(values), values[0], values[-1])]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        f"Server memory after the first visit: {before:.0f} MiB; after all "
        f"{len(rounds) + 1}: {after:.0f} MiB.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
