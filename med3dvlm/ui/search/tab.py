"""The search: volumes by text, or by similarity to the open scan; a click opens a volume.

search = build(session, services, library)
search.wire(status, panel)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import gradio as gr

from med3dvlm.engine.search_terms import sought_in
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.retrieval import Library
from med3dvlm.ui.components.cards import Card, Cards
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.choosing import AFTER_CHOICES
from med3dvlm.ui.page.events import IN_QUEUE, QUICK, SHARED
from med3dvlm.ui.page.notice import NOTHING, busy, loading, problem, told
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates, features_of, opened
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.ui.search import plots as search_plots
from med3dvlm.ui.search.hits import Search, hit_cards, is_open, key_of_hit, said_of
from med3dvlm.ui.search.plots import SearchPlots

SHOWN = 12
EXAMPLES = (
    "kidney stone",
    "pneumothorax",
    "hip prosthesis",
    "right pleural effusion",
    "ascites",
    "bladder stone",
    "coronal CT of the pelvis",
)
HELD = "The search begins when the scan is open."
ITSELF = "The open scan itself is left out."
SIMILARITY = (
    "Similarity (a cosine) compares what the model makes of two things: 1 where it is the same, "
    "0 where it has nothing in common."
)


@dataclass(frozen=True, kw_only=True)
class SearchTab:
    """The components of the tab, and what happens in it."""

    session: SessionStates
    services: Loading[Services]
    library: Loading[Library]
    box: gr.Textbox
    search: gr.Button
    alike: gr.Button
    suggestions: Cards
    notice: gr.HTML
    hits: Cards
    plots: SearchPlots

    def find_text(self, text: str, scan: Scan | None = None) -> Iterator[Updates]:
        """Find the volumes that best match a text."""
        if not text.strip():
            yield {self.notice: told("Type what to search for.")}
            return
        yield from self._wait()
        yield {self.notice: busy("Searching.")}
        words = text.strip()
        services = self.services.value()
        own, scores = services.searched_for(words), services.search_scores
        vector, library = services.embed(own), self.library.value()
        mapped = f" (searched for: \u201c{own}\u201d)" if own != words else ""
        search = Search(
            vector, tuple(library.search(vector, SHOWN)), sought_in(own),
            least=scores.text if scores else None,
        )  # fmt: skip
        yield self._show(search, f"best match \u201c{words}\u201d{mapped}", scan)

    def find_alike(self, scan: Scan | None, encoded: Encoded | None) -> Iterator[Updates]:
        """Find the volumes that are most similar to the open scan."""
        scan = opened(scan)
        features = features_of(encoded, scan)
        yield from self._wait()
        scores = self.services.value().search_scores
        vector, library = features.embedding, self.library.value()
        search = Search(
            vector,
            tuple(library.search(vector, SHOWN, leaving_out=partial(is_open, scan=scan))),
            least=scores.volume if scores else None,
        )  # fmt: skip
        yield self._show(search, "are most similar to the open scan", scan, ITSELF)

    def mark_open(self, scan: Scan | None, search: Search | None) -> Updates:
        """The card of the open scan among the hits, wherever it was opened from."""
        return {self.hits: hit_cards(search, scan) if search else gr.skip()}

    def say(self, message: str) -> Updates:
        """Show an error; the hits of the previous search stay."""
        return {self.notice: problem(message)}

    def picked(self, event: gr.SelectData) -> str:
        """The suggested text that was clicked."""
        return str(event.value)

    def wire(self, status: ModelStatus, panel: ScanPanel) -> None:
        """Connect the events."""
        self.plots.wire()
        shown, how = (
            [self.notice, self.hits, self.plots.search],
            SHARED | {"concurrency_id": "search"},
        )
        picked = self.suggestions.select(self.picked, None, self.box, **QUICK)
        for start in (partial(gr.on, [self.box.submit, self.search.click]), picked.then):
            start(guarded(self.find_text, self.say), [self.box, self.session.scan], shown, **how)

        def wait(request: gr.Request) -> Iterator[Updates]:
            """Until the scan is open that was chosen before; what follows finds that one."""
            for _ in panel.opening.waiting(request):
                yield {self.notice: busy(HELD)}

        waited = self.alike.click(
            guarded(wait, self.say), None, self.notice, js=AFTER_CHOICES, **IN_QUEUE
        )
        status.read_after(waited.then).then(
            guarded(self.find_alike, self.say),
            [self.session.scan, self.session.encoded],
            shown,
            **how,
        )
        self._follow(panel)

    def _follow(self, panel: ScanPanel) -> None:
        """Have hits and points of the map open their volume, and mark which one is open."""
        for choice_of in (self.hits.select, self.plots.points.select):
            panel.open_on(choice_of, key_of_hit)
        for event in (self.session.scan.change, panel.failed.change):
            event(self.mark_open, [self.session.scan, self.plots.search], [self.hits], **QUICK)

    def _wait(self) -> Iterator[Updates]:
        for progress in self.services.waiting():
            yield {self.notice: loading(progress)}
        for progress in self.library.waiting():
            yield {self.notice: loading(progress)}

    def _show(self, search: Search, why: str, scan: Scan | None, more: str = "") -> Updates:
        library, hits = self.library.value(), search.hits
        count = f"The {len(hits)} of {len(library)} volumes that {why}."
        return {
            self.notice: said_of(search)
            + told(" ".join(filter(None, (count, more, SIMILARITY))))
            + (told(library.note) if library.note else NOTHING),
            self.hits: hit_cards(search, scan),
            self.plots.search: search,
        }


def build(
    session: SessionStates, services: Loading[Services], library: Loading[Library]
) -> SearchTab:
    """Lay the tab out."""
    with gr.Row(elem_id="search-row"):
        box = gr.Textbox(
            elem_id="query", show_label=False, container=False, scale=6, min_width=160,
            placeholder="Describe what to find", max_length=500, lines=1, max_lines=1,
        )  # fmt: skip
        search = gr.Button("Search", variant="primary", scale=1, min_width=84, elem_id="search")
        alike = gr.Button("Similar to the open scan", scale=2, min_width=150, elem_id="alike")
    suggestions = Cards(
        [Card(key=str(number), title=text) for number, text in enumerate(EXAMPLES)],
        label="Suggested searches", elem_id="searches", elem_classes="chips",
    )  # fmt: skip
    notice = gr.HTML(NOTHING, elem_id="search-notice")
    hits = Cards(label="Search results", elem_id="hits")
    plots = search_plots.build(session, library)
    return SearchTab(
        session=session, services=services, library=library, box=box, search=search, alike=alike,
        suggestions=suggestions, notice=notice, hits=hits, plots=plots,
    )  # fmt: skip
