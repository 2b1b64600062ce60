"""The Explain tab as a visitor feels it: from the slider to picture and probability, and to a map.

python -m benchmarks.explain --moves 20

Starts the app, opens its page in Debian's chromium and moves the size slider of the lesion lab:
the time from each move to the new picture with its bars, and to the answer in words. Then it draws
an occlusion map a few times: the time from the button to the first blocks over the scan. The load
of the machine stands in the page, since all of it is in these times.
"""

import argparse
import os
import platform
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.viewer import CHROMIUM, FLAGS, HERE, PATIENCE_S, WHOLE, needed_browser, running_app

PROMISED_S = {"slider": 0.5, "map": 3.0}
KIND = "lung nodule"
SETTLED = "() => document.querySelector('#lesion-result .explain-map img') !== null"
# Until the picture is another one; the answer is there when its dots are gone.
MOVE = """(value) => new Promise((done) => {
  const slider = document.querySelector('#lesion-size input[type=range]');
  const result = document.querySelector('#lesion-result');
  const picture = () => result.querySelector('img')?.src;
  const [before, started] = [picture(), performance.now()];
  let seen = 0;
  new MutationObserver((_, observer) => {
    if (!seen && picture() && picture() !== before) seen = performance.now() - started;
    const answer = [...result.querySelectorAll('p')].find((p) => p.innerText.startsWith('Answer'));
    if (seen && answer && !answer.innerText.endsWith('...')) {
      observer.disconnect();
      done([seen / 1000, (performance.now() - started) / 1000]);
    }
  }).observe(result, { childList: true, subtree: true, characterData: true });
  slider.value = value;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
})"""
DRAW = """() => new Promise((done) => {
  const told = document.querySelector('#map-told');
  const started = performance.now();
  new MutationObserver((_, observer) => {
    if (told.innerText.includes('blocks are measured')) {
      observer.disconnect();
      done((performance.now() - started) / 1000);
    }
  }).observe(told, { childList: true, subtree: true, characterData: true });
  document.querySelector('#map-draw').click();
})"""


def measured(page: Any, moves: int, maps: int) -> dict[str, list[float]]:
    """Seconds of each move and each map; the first of both isn't counted."""
    page.get_by_role("tab", name="Explain").click()
    page.locator("#map-wanted input").fill(KIND)
    page.locator("#map-wanted input").press("Enter")
    page.locator("#map-method").get_by_text("Occlusion").click()
    firsts = []
    for _ in range(maps + 1):
        firsts.append(page.evaluate(DRAW))
        page.locator("#map-stop").click()
        page.locator("#map-draw").wait_for()
    page.get_by_role("tab", name="Lesion lab").click()
    page.wait_for_function(SETTLED)
    times = [page.evaluate(MOVE, str(12 + 2 * (move % 15))) for move in range(moves + 1)]
    return {
        "slider to picture and probability": [seen for seen, _ in times[1:]],
        "slider to the answer in words": [said for _, said in times[1:]],
        "button to the first blocks of occlusion": firsts[1:],
    }


def report(times: dict[str, list[float]]) -> str:
    """The figures as a Markdown page."""
    day = datetime.now(UTC).date().isoformat()
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    lines = [
        "# The Explain tab",
        "",
        f"{day}, {platform.machine()}, {os.cpu_count()} cores, load {load}, shipped model. Wanted "
        f"on idle cores: {PROMISED_S['slider']} s in the median from the slider, "
        f"{PROMISED_S['map']:g} s to the first blocks.",
        "",
        "| seconds in the page | median | best | worst | times |",
        "|---|---|---|---|---|",
    ]
    for name, values in times.items():
        cells = (statistics.median(values), min(values), max(values))
        shown = " | ".join(f"{value:.2f}" for value in cells)
        lines.append(f"| {name} | {shown} | {len(values)} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, print, and write a page next to this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explain", description=__doc__)
    parser.add_argument("--moves", type=int, default=20, help="of the slider")
    parser.add_argument("--maps", type=int, default=5)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the page")
    arguments = parser.parse_args()
    sync_playwright = needed_browser()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder)) as (url, _),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(1000 * PATIENCE_S)
        page.goto(url)
        page.locator("#viewer .vv-root").wait_for()
        page.wait_for_function(WHOLE)
        times = measured(page, arguments.moves, arguments.maps)
        browser.close()
    page_text = report(times)
    print(page_text)
    day = datetime.now(UTC).date().isoformat()
    name = f"explain_{platform.machine()}-{os.cpu_count()}-cores_{day}.md"
    (arguments.out / name).write_text(page_text)


if __name__ == "__main__":
    main()
