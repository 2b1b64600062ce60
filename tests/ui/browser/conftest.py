"""The whole app in a process of its own, as `python app.py` starts it, and a browser on it."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect

from med3dvlm.config import ASSETS
from med3dvlm.retrieval import Library
from med3dvlm.ui.scan.examples import EXAMPLE_SEEDS
from tests.engine_maker import make_checkpoints

SLOW_WORDS = "tests/ui/browser/slow_words.py"
ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 120_000  # ms; for conditions, so a quick machine never waits so long
FURTHER = "Five scans"
START_PATIENCE = 500  # seconds; of a crowded machine
STILL_MS = 800
SIZE: ViewportSize = {"width": 1440, "height": 1000}
UNTIL_STILL = """(still) => new Promise((done) => {
  let changed = performance.now();
  const seen = new MutationObserver(() => { changed = performance.now(); });
  seen.observe(document.body, { subtree: true, childList: true, characterData: true });
  const look = setInterval(() => {
    if (performance.now() - changed < still) return;
    clearInterval(look);
    seen.disconnect();
    done();
  }, 20);
})"""
LOADED = """() => {
  const root = document.querySelector('#viewer .vv-root');
  return root && !root.hasAttribute('data-empty') && !root.hasAttribute('data-loading');
}"""
DROP = """([name, bytes]) => {
  const dropped = new DataTransfer();
  dropped.items.add(new File([new Uint8Array(bytes)], name));
  const how = { bubbles: true, cancelable: true, dataTransfer: dropped };
  document.querySelector("#chat").dispatchEvent(new DragEvent("drop", how));
}"""


@dataclass(frozen=True)
class App:
    """A running app: where its page is, and what it said in the terminal."""

    url: str
    log: Path
    seconds: float


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


def start(folder: Path, *, script: str = "app.py", **settings: str) -> Iterator[App]:
    """`python app.py`, or a script that starts it, on a port of Gradio's own setting."""
    port, log = free_port(), folder / "terminal.txt"
    settings |= {"GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(folder / "gradio")}
    settings["PYTHONPATH"] = str(ROOT)  # this checkout, whichever is installed
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, script], cwd=ROOT, env=os.environ | settings, stdout=stream,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        started, url = time.monotonic(), f"http://127.0.0.1:{port}/"
        try:
            while not answers(url):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() - started < START_PATIENCE, log.read_text()
                time.sleep(0.2)
            yield App(url, log, time.monotonic() - started)
        finally:
            process.terminate()
            process.wait(120)


@pytest.fixture(scope="package")
def default_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app as it is shipped, with tools for MCP clients, and further libraries."""
    folder = tmp_path_factory.mktemp("app")
    with (
        closing(Library.open_any(ASSETS / "library")) as shipped,
        closing(Library.create(folder / "further", dim=shipped.dim, model=shipped.model)) as own,
    ):
        ids, vectors = shipped.vectors(shipped.ids()[:5])
        own.add(list(shipped.get(ids).values()), vectors)
    libraries = f"{FURTHER}={folder / 'further'}; Gone={folder / 'nowhere'}"
    yield from start(folder, MED3DVLM_MCP="1", MED3DVLM_LIBRARIES=libraries)


@pytest.fixture(scope="package")
def slow_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a random model, which speaks slowly and on to the longest answer allowed."""
    folder = tmp_path_factory.mktemp("slow_app")
    named = {"MED3DVLM_MODEL": str(make_checkpoints(folder / "model"))}
    named["MED3DVLM_LIBRARY"] = str(folder / "libraries")
    yield from start(folder, script=SLOW_WORDS, **named)


class Visitor:
    """What a person does on the page, and what the person sees."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def settled(self) -> "Visitor":
        """What was pressed has been done: nothing on the page changes any more."""
        self.page.evaluate(UNTIL_STILL, STILL_MS)
        return self

    def upload(self, *paths: Path) -> "Visitor":
        self.page.locator("#upload input[type=file]").first.set_input_files(list(paths))
        return self

    def drop(self, path: Path) -> "Visitor":
        """Drop a file on the chat, as on any part of the page."""
        self.page.evaluate(DROP, [path.name, list(path.read_bytes())])
        return self

    def wait_for_scan(self, title: str) -> "Visitor":
        expect(self.page.locator("#viewer .vv-name strong")).to_have_text(title)
        self.page.wait_for_function(LOADED)
        self.frame()
        return self

    def frame(self) -> None:
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def open_example(self, words: str) -> "Visitor":
        """Until it is open; what is pressed earlier has tests of its own (test_too_early)."""
        facts, viewer = self.page.locator("#facts"), self.page.locator("#viewer .vv-root")
        expect(facts).to_contain_text("phantom")  # the page's own example
        before = viewer.get_attribute("data-message")
        card = self.page.locator("#examples button", has_text=words)
        seed = EXAMPLE_SEEDS[int(card.get_attribute("data-place") or 0)]
        card.click()
        expect(viewer).not_to_have_attribute("data-message", before or "none yet")
        expect(facts).to_contain_text(f"phantom {seed}")  # comes with the scan, after its picture
        return self.wait_for_scan_of(re.compile(f"^Phantom {seed}$"))

    def wait_for_scan_of(self, title: re.Pattern[str]) -> "Visitor":
        expect(self.page.locator("#viewer .vv-name strong")).to_have_text(title)
        self.page.wait_for_function(LOADED)
        self.frame()
        return self

    def slice_text(self, plane: str) -> str:
        self.frame()
        return self.page.locator(f"#viewer [data-plane={plane}] output").inner_text()

    def ask(self, question: str) -> None:
        asked = self.page.locator("#chat .user")
        before = asked.count()
        self.page.locator("#question textarea").fill(question)
        self.page.locator("#ask").click()
        if self.page.locator("#viewer .vv-root").get_attribute("data-empty") is None:
            expect(asked).to_have_count(before + 1)

    def begun(self, number: int) -> None:
        """Something was said to so many questions; the random model may say it all in one word.

        A piece of an answer that was on its way may hide the next question for a tenth of a second.
        """
        answers = self.page.locator("#chat .bot")
        expect(answers).to_have_count(number)
        expect(answers.nth(number - 1)).to_have_text(re.compile(".{12}"))

    def answered(self) -> str:
        """The last answer, once it is complete."""
        expect(self.page.locator("#ask")).to_be_visible()
        return self.page.locator("#chat .bot").last.inner_text().strip()

    def tab(self, name: str) -> "Visitor":
        self.page.get_by_role("tab", name=name).click()
        return self

    def scan_tab(self, name: str) -> "Visitor":
        """One of the tabs below the scan."""
        tabs = self.page.locator("#scan-tabs > .tab-wrapper")
        tabs.get_by_role("tab", name=name).click()
        return self

    def canvas(self, plane: str) -> str:
        """The picture of a plane, as a PNG's data address."""
        self.frame()
        picture = self.page.locator(f"#viewer [data-plane={plane}] canvas")
        return str(picture.evaluate("(canvas) => canvas.toDataURL()"))


@pytest.fixture
def visit(browser: Browser, window: Page) -> Iterator[Callable[..., Visitor]]:
    """Opens the page of an app in a window of its own; `welcomed`: with its first example open."""
    with visits(browser, window) as open_page:
        yield open_page


@contextmanager
def visits(browser: Browser, *windows: Page) -> Iterator[Callable[..., Visitor]]:
    """For fixtures that outlast a test, too; new windows are opened where there are too few."""
    free = list(windows)
    new: list[Page] = []
    errors: list[str] = []
    outside: list[str] = []
    listening: list[tuple[Page, Callable[[Request], None]]] = []

    def open_page(app: App, *, welcomed: bool = True) -> Visitor:
        if free:
            page = free.pop()
        else:
            page = browser.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            new.append(page)
        page.set_viewport_size(SIZE)
        page.set_default_timeout(PATIENCE)
        listener = partial(_note_outside, app.url, outside)
        page.on("request", listener)
        listening.append((page, listener))
        visitor = Visitor(page)
        page.goto(app.url)
        page.locator("#viewer .vv-root").wait_for()
        if welcomed:
            page.wait_for_function(LOADED)
        return visitor

    expect.set_options(timeout=PATIENCE)
    yield open_page
    for page, listener in listening:
        page.remove_listener("request", listener)
    for page in new:
        page.close()
    assert not errors
    assert not outside, "the page asked for something from outside"


def _note_outside(own: str, outside: list[str], request: Request) -> None:
    if not request.url.startswith((own, "data:", "blob:")):
        outside.append(request.url)
