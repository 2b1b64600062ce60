"""The page as a visitor waits for it: start, opening, the first picture and the whole of a scan.

python -m benchmarks.page --rounds 7

Starts the app a few times (seconds until it answers, and which imports they go to). Then it opens
the page, until a question can be typed, and uploads a packed scan of 512 x 512 x 300 voxels: the
time from the end of the upload to the first picture and to the whole volume, as the line allows and
again with 10 Mbit/s from the server, and how much was sent by then. The load of the machine stands
in the page, since all of it is in these times.
"""

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from isal import igzip

from benchmarks.speed.scans import write_scan
from benchmarks.viewer import (
    CHROMIUM,
    FLAGS,
    HERE,
    MEBI,
    PATIENCE_S,
    PICTURE,
    WHOLE,
    needed_browser,
    running_app,
)

MBIT = 1_000_000 / 8
SLOW_MBIT = 10
WANTED_S = {
    "start of the app to its page": 10, "opening the page until a question can be typed": 2,
    "end of the upload to the first picture": 1,
    f"end of the upload to the first picture, {SLOW_MBIT} Mbit/s": 1,
}  # fmt: skip
IMPORTED = "import app, med3dvlm.ui.app, med3dvlm.ui.mcp_answers, med3dvlm.volumes.limits"
IMPORT_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)")
SHOWN_PACKAGES = 10
USABLE = """() => {
  const box = document.querySelector('#question textarea');
  const file = document.querySelector('#upload input[type=file]');
  return box && !box.disabled && file && document.querySelector('#viewer .vv-root') !== null;
}"""
OFFSETS_OF_X = (268, 292)  # in a NIfTI header: of the quaternion, and of the first row
PACKING = 2  # level of isal; packs like gzip's first
Times = dict[str, list[float]]


def starts(rounds: int) -> list[float]:
    """Seconds from `python app.py` until it answers."""
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            with running_app(Path(folder), look_s=0.05):
                found.append(time.perf_counter() - started)
    return found


def imports() -> Counter[str]:
    """Milliseconds that packages take to be imported before the page is served, by package."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", IMPORTED], cwd=HERE.parent, text=True,
        stderr=subprocess.PIPE, check=True,
    ).stderr  # fmt: skip
    spent: Counter[str] = Counter()
    for micro, module in IMPORT_LINE.findall(told):
        spent[module.split(".")[0]] += int(micro) / 1000  # type: ignore[assignment]
    return spent


def other_scans(folder: Path, slices: int) -> Iterator[Path]:
    """One scan again and again, each time at another place, so that nothing of it is known."""
    path = folder / "scan.nii.gz"
    content = bytearray(igzip.decompress(write_scan(path, slices=slices).read_bytes()))
    for number in count(1):
        for place in OFFSETS_OF_X:
            content[place : place + 4] = np.float32(number).tobytes()
        path = folder / f"scan_{number}.nii.gz"
        path.write_bytes(igzip.compress(content, PACKING))
        yield path


def visit(browser: Any, url: str, scan: Path, times: Times, *, mbit: float | None = None) -> None:
    """Open the page, upload the scan, see it; adds what was measured to `times`."""
    line = f", {mbit:g} Mbit/s" if mbit else ""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(1000 * PATIENCE_S)
    started = time.perf_counter()
    page.goto(url)
    page.wait_for_function(USABLE)
    opened = time.perf_counter() - started
    page.wait_for_function(WHOLE)  # the page's own example
    network = page.context.new_cdp_session(page)
    sent: list[float] = []
    network.on("Network.dataReceived", lambda event: sent.append(event["encodedDataLength"]))
    network.send("Network.enable")
    if mbit:
        network.send("Network.emulateNetworkConditions", {
            "offline": False, "latency": 20, "downloadThroughput": mbit * MBIT,
            "uploadThroughput": -1,
        })  # fmt: skip
    before = page.locator("#viewer .vv-name strong").inner_text()
    with page.expect_event(
        "requestfinished", lambda request: "/upload" in request.url and request.method == "POST"
    ):
        page.locator("#upload input[type=file]").first.set_input_files(scan)
    uploaded = time.perf_counter()
    page.wait_for_function(f"(before) => ({OTHER})(before) && ({PICTURE})()", arg=before)
    first, by_then = time.perf_counter() - uploaded, sum(sent) / MEBI
    page.wait_for_function(WHOLE)
    whole, in_all = time.perf_counter() - uploaded, sum(sent) / MEBI
    page.close()
    measured = {
        "" if mbit else "opening the page until a question can be typed": opened,
        f"end of the upload to the first picture{line}": first,
        f"end of the upload to the whole volume{line}": whole,
        f"sent until the first picture{line}, MiB": by_then,
        f"sent until the whole volume{line}, MiB": in_all,
    }
    for name, value in measured.items():
        if name:
            times.setdefault(name, []).append(value)


OTHER = """(before) => {
  const name = document.querySelector('#viewer .vv-name strong');
  return name && name.innerText !== before;
}"""


def report(times: Times, spent: Counter[str], load: str) -> str:
    """The figures as a Markdown page."""
    day = datetime.now(UTC).date().isoformat()
    lines = [
        "# The page, from its start to the whole scan", "",
        f"`python -m benchmarks.page`, {day}, {platform.machine()}, {os.cpu_count()} cores, load "
        f"before {load}; a phantom of 512 x 512 x 300 voxels as .nii.gz. The line of "
        f"{SLOW_MBIT} Mbit/s is chromium's own, from the server, with 20 ms.", "",
        "| seconds, where no other unit stands | median | best | worst | times | wanted |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, values in times.items():
        cells = (statistics.median(values), min(values), max(values))
        shown = " | ".join(f"{value:.2f}" for value in cells)
        lines.append(f"| {name} | {shown} | {len(values)} | {WANTED_S.get(name, '')} |")
    packages = spent.most_common(SHOWN_PACKAGES)
    others = sum(spent.values()) - sum(ms for _, ms in packages)
    lines += [
        "", "Imports before the page is served, by package, in one process "
        "(`python -X importtime`, which itself takes time):", "", "| package | ms |", "|---|---|",
        *(f"| {name} | {ms:.0f} |" for name, ms in packages),
        f"| all others | {others:.0f} |", "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write a page next to this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the page")
    arguments = parser.parse_args()
    sync_playwright = needed_browser()
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    spent = imports()
    times: Times = {"start of the app to its page": starts(arguments.rounds)}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder)) as (url, _),
        sync_playwright() as playwright,
    ):
        scans = other_scans(Path(folder), arguments.slices)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        visit(browser, url, next(scans), {})  # imports what reading and encoding need
        for _ in range(arguments.rounds):
            visit(browser, url, next(scans), times)
            visit(browser, url, next(scans), times, mbit=SLOW_MBIT)
        browser.close()
    text = report(times, spent, load)
    print(text)
    day = datetime.now(UTC).date().isoformat()
    (arguments.out / f"page_{platform.machine()}-{os.cpu_count()}-cores_{day}.md").write_text(text)


if __name__ == "__main__":
    main()
