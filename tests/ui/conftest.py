"""The page's parts without a browser: handlers to call, and a small random model behind them."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services, services_of
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.retrieval import Entry, Library
from med3dvlm.ui.api import build_api
from med3dvlm.ui.chat import tab as chat_tab
from med3dvlm.ui.chat import wiring as chat_wiring
from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.components.cards import Card
from med3dvlm.ui.explain import tab as explain_tab
from med3dvlm.ui.explain.tab import ExplainTab
from med3dvlm.ui.learn import tab as learn_tab
from med3dvlm.ui.learn.tab import LearnTab
from med3dvlm.ui.model import status as model_status
from med3dvlm.ui.model import view as model_view
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.model.view import ModelView
from med3dvlm.ui.page.session import Encoded, Scan, session_states
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.report import tab as report_tab
from med3dvlm.ui.report import wiring as report_wiring
from med3dvlm.ui.report.tab import ReportTab
from med3dvlm.ui.scan import examples
from med3dvlm.ui.scan import labels as scan_labels
from med3dvlm.ui.scan import panel as scan_panel
from med3dvlm.ui.scan import truth as scan_truth
from med3dvlm.ui.scan.labels import LabelTab
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.ui.scan.truth import TruthTab
from med3dvlm.ui.search import tab as search_tab
from med3dvlm.ui.search.shelf import FIRST
from med3dvlm.ui.search.tab import SearchTab
from med3dvlm.volumes import Limits
from tests.ui.whole_page import whole_page

__all__ = ["whole_page"]

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
TINY = (16, 32, 32)
SEED, OTHER_SEED = SHOWROOM[700], SHOWROOM[701]
BRIEF = 12  # tokens of an answer; the random model never ends one by itself
ENTRIES = 14


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all browser tests: Playwright's loop can't run twice in a thread."""
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def one_window(browser: Browser) -> Iterator[Page]:
    """For tests to open their page in: a new window takes four times as long."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def window(one_window: Page) -> Iterator[Page]:
    """As good as new: nothing is left of the test before, or of the visitor in it."""
    page, errors = one_window, list[str]()

    def note(error: Error) -> None:
        errors.append(str(error))

    page.on("pageerror", note)
    page.emulate_media(color_scheme="null", reduced_motion="null")
    page.context.clear_cookies()
    page.mouse.move(0, 0)
    yield page
    page.unroute_all()
    page.goto("about:blank")
    page.remove_listener("pageerror", note)
    assert not errors


@pytest.fixture(scope="package")
def services(random_model: Path) -> Services:
    """The random model behind the page's functions, saying little."""
    from med3dvlm.engine.decoding import Decoding
    from med3dvlm.engine.engine import Engine
    from med3dvlm.model.checkpoint import load_dual_encoder, load_vlm

    class BriefEngine(Engine):
        def answer(self, *args: Any, **kwargs: Any) -> Any:
            decoding = replace(kwargs.get("decoding", Decoding()), max_new_tokens=BRIEF)
            return super().answer(*args, **kwargs | {"decoding": decoding})

        def sample(self, *args: Any, **kwargs: Any) -> Any:
            decoding = replace(kwargs["decoding"], max_new_tokens=BRIEF)
            return super().sample(*args, **kwargs | {"decoding": decoding})

    vlm = load_vlm(random_model / "vlm")
    return services_of(BriefEngine(vlm, load_dual_encoder(random_model / "dual_encoder")))


@pytest.fixture(scope="package")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Gradio's cache."""
    folder = tmp_path_factory.mktemp("gradio")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        yield folder


@pytest.fixture(scope="package")
def cards() -> list[Card]:
    """The example cards, drawn once."""
    return examples.example_cards()


@dataclass(frozen=True)
class Parts:
    """Every part of one page, wired."""

    page: gr.Blocks
    panel: ScanPanel
    status: ModelStatus
    view: ModelView
    chat: ChatTab
    report: ReportTab
    search: SearchTab
    truth: TruthTab
    labels: LabelTab
    explain: ExplainTab
    learn: LearnTab


def empty(name: str) -> Loading[Any]:
    return Loading(name, lambda tell: None)


async def build_parts() -> Parts:
    """In a loop that runs, or Gradio makes one of its own and leaves it open."""
    switches, services, library = Switches(), empty("The model"), empty("The library")
    page: gr.Blocks
    with gr.Blocks() as page:
        session = session_states()
        turning, at_hand = Turning(session.scan), Turning(session.scan)
        tabs = gr.Tabs()
        status = model_status.build_status(session, switches, services, model_status.build_badge())
        panel = scan_panel.build(session, switches)
        parts = Parts(
            page=page,
            panel=panel,
            status=status,
            view=model_view.build(session, services, panel.tabs),
            chat=chat_tab.build(session, switches, services),
            report=report_tab.build(session, switches, services),
            search=search_tab.build(session, services, {FIRST: library}),
            truth=scan_truth.build(session, switches, services, panel),
            labels=scan_labels.build(session, switches, panel),
            explain=explain_tab.build(session, switches, services, panel, library),
            learn=learn_tab.build(session, switches, services, library),
        )
        parts.panel.wire(page, turning)
        status.wire()
        parts.view.wire(parts.panel.viewer)
        chat_wiring.wire(parts.chat, status, panel, at_hand)
        report_wiring.wire(parts.report, status, panel, at_hand)
        parts.truth.wire(status, panel, turning)
        parts.labels.wire(turning)
        parts.search.wire(status, panel, at_hand)
        parts.explain.wire(tabs, turning)
        parts.learn.wire(page, tabs)
        at_hand.wire()
        turning.wire()
    return parts


@pytest.fixture(scope="package")
def parts(cache: Path, cards: list[Card]) -> Parts:
    """Laid out once; tests give them a model, and switches of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("med3dvlm.ui.scan.panel.example_cards", lambda: cards)
        # In a thread of its own: where browser tests ran before, this one has a loop already.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(build_parts())).result()


@pytest.fixture
def loaded(services: Services) -> Loading[Services]:
    return Loading("The model", lambda tell: services)


@pytest.fixture
def switches() -> Switches:
    return Switches()


@pytest.fixture
def panel(parts: Parts, switches: Switches) -> ScanPanel:
    return replace(parts.panel, switches=switches)


@pytest.fixture
def status(parts: Parts, loaded: Loading[Services]) -> ModelStatus:
    return replace(parts.status, services=loaded)


@pytest.fixture
def view(parts: Parts, loaded: Loading[Services]) -> ModelView:
    return replace(parts.view, services=loaded)


@pytest.fixture
def chat(parts: Parts, loaded: Loading[Services], switches: Switches) -> ChatTab:
    return replace(parts.chat, services=loaded, switches=switches)


@pytest.fixture
def report(parts: Parts, loaded: Loading[Services], switches: Switches) -> ReportTab:
    return replace(parts.report, services=loaded, switches=switches)


@pytest.fixture
def search(parts: Parts, loaded: Loading[Services], library: Library) -> SearchTab:
    return searching(parts.search, Loading("The library", lambda tell: library), loaded)


def searching(tab: SearchTab, loading: Loading[Any], loaded: Loading[Services]) -> SearchTab:
    """The tab over another library."""
    shelf = replace(tab.shelf, libraries={FIRST: loading}, services=loaded)
    return replace(
        tab, services=loaded, shelf=shelf, refine=replace(tab.refine, shelf=shelf),
        plots=replace(tab.plots, shelf=shelf),
        matched=replace(tab.matched, shelf=shelf, services=loaded, switches=Switches()),
    )  # fmt: skip


def tiny_phantom(seed: int) -> Scan:
    volume = make_case(seed, shape=TINY).volume
    return Scan(volume=volume, name=f"Phantom {seed}", seed=seed)


@pytest.fixture(scope="package")
def scan() -> Scan:
    """A phantom, in very few voxels."""
    return tiny_phantom(SEED)


@pytest.fixture(scope="package")
def other_scan() -> Scan:
    return tiny_phantom(OTHER_SEED)


@pytest.fixture
def real_scan(other_scan: Scan) -> Scan:
    """As if a visitor had uploaded it."""
    return Scan(volume=other_scan.volume, name="Mary Shelley.nii")


@pytest.fixture(scope="package")
def encoded(services: Services, scan: Scan) -> Encoded:
    """What the model has read of `scan`."""
    features = services.encode(scan.volume, scan.choice)
    return Encoded(scan.volume.digest, features, scan.choice, services.card.digest)


@pytest.fixture(scope="package")
def library(
    services: Services, scan: Scan, encoded: Encoded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Library]:
    """More phantoms than a search shows, with vectors that mean nothing; the last is `scan`."""
    width = len(encoded.features.embedding)
    vectors = np.random.default_rng(0).normal(size=(ENTRIES, width)).astype(np.float32)
    vectors[-1] = encoded.features.embedding
    entries = [
        Entry(title=f"Case {n}", text="A report.", digest=f"digest {n}", source=f"phantom:{n}")
        for n in range(1, ENTRIES)
    ]
    own = Entry(title="The scan", text="", digest=scan.volume.digest, source=f"phantom:{scan.seed}")
    folder = tmp_path_factory.mktemp("library")
    with Library.create(folder, dim=width, model="random") as made:
        made.add([*entries, own], vectors)
        yield made


@pytest.fixture
def visitor() -> gr.Request:
    return gr.Request(session_hash="visitor")


@pytest.fixture
def other_visitor() -> gr.Request:
    return gr.Request(session_hash="other visitor")


@pytest.fixture
def after() -> Callable[[Iterable[dict[Any, Any]]], dict[Any, Any]]:
    """What the components hold when a stream of updates has ended."""
    return lambda stream: reduce(dict.__or__, stream, {})


@pytest.fixture
def clicked() -> Callable[..., gr.SelectData]:
    """The event of a card that was chosen."""
    return lambda key, title="": gr.SelectData(None, {"index": key, "value": title})


@pytest.fixture
def endpoints(loaded: Loading[Services]) -> dict[str, Callable[..., dict[str, Any]]]:
    """What scripts may call, by name."""

    async def laid_out() -> gr.Blocks:
        page: gr.Blocks
        with gr.Blocks() as page:
            build_api(loaded, empty("The library"), Limits(), Switches())
        return page

    with ThreadPoolExecutor(1) as thread:  # browser tests leave a loop in this one
        page = thread.submit(lambda: asyncio.run(laid_out())).result()
    return {str(known.api_name): known.fn for known in page.fns.values()}
