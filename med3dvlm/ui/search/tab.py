"""The search: volumes by text, or by similarity to the open scan; a click opens a volume.

search = build(session, services, library)
search.wire(status)
panel.open_on(search.hits.select, seed_of_hit)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from med3dvlm.engine.starter_library import seed_of
from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.retrieval import Hit, Library
from med3dvlm.ui.components.cards import Card, Cards
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK, SHARED
from med3dvlm.ui.page.notice import NOTHING, busy, loading, problem, told
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates, features_of, opened
from med3dvlm.ui.search import plots as search_plots
from med3dvlm.ui.search.plots import Search, SearchPlots

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
NOT_A_PHANTOM = "This volume can't be opened here: it is not a phantom that the app can make."


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

    def find_text(self, text: str) -> Iterator[Updates]:
        """Find the volumes that best match a text."""
        if not text.strip():
            yield {self.notice: told("Type what to search for.")}
            return
        yield from self._wait()
        yield {self.notice: busy("Searching.")}
        words = text.strip()
        own = self.services.value().searched_for(words)
        vector = self.services.value().embed(own)
        mapped = f" (searched for: \u201c{own}\u201d)" if own != words else ""
        yield self._show(vector, f"best match \u201c{words}\u201d{mapped}")

    def find_alike(self, scan: Scan | None, encoded: Encoded | None) -> Iterator[Updates]:
        """Find the volumes that are most similar to the open scan."""
        scan = opened(scan)
        features = features_of(encoded, scan)
        yield from self._wait()
        yield self._show(features.embedding, "are most similar to the open scan")

    def say(self, message: str) -> Updates:
        """Show an error; the hits of the previous search stay."""
        return {self.notice: problem(message)}

    def picked(self, event: gr.SelectData) -> str:
        """The suggested text that was clicked."""
        return str(event.value)

    def wire(self, status: ModelStatus) -> None:
        """Connect the events."""
        self.plots.wire()
        shown, how = (
            [self.notice, self.hits, self.plots.search],
            SHARED | {"concurrency_id": "search"},
        )
        picked = self.suggestions.select(self.picked, None, self.box, **QUICK)
        for start in (partial(gr.on, [self.box.submit, self.search.click]), picked.then):
            start(guarded(self.find_text, self.say), self.box, shown, **how)
        status.read_after(self.alike.click).then(
            guarded(self.find_alike, self.say),
            [self.session.scan, self.session.encoded],
            shown,
            **how,
        )

    def _wait(self) -> Iterator[Updates]:
        for progress in self.services.waiting():
            yield {self.notice: loading(progress)}
        for progress in self.library.waiting():
            yield {self.notice: loading(progress)}

    def _show(self, vector: NDArray[np.float32], why: str) -> Updates:
        library = self.library.value()
        hits = library.search(vector, SHOWN)
        count = f"The {len(hits)} of {len(library)} volumes that {why}, by cosine similarity."
        return {
            self.notice: told(count) + (told(library.note) if library.note else NOTHING),
            self.hits: hit_cards(hits),
            self.plots.search: Search(vector, tuple(hits)),
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


def hit_cards(hits: Sequence[Hit]) -> list[Card]:
    """Rank, score, picture and report of each hit; the key says how to open it."""
    return [
        Card(
            key=hit.entry.source,
            title=hit.entry.title,
            text=hit.entry.text,
            picture=hit.entry.thumbnail,
            note=f"{rank}.  similarity {hit.score:.2f}",
            share=max(hit.score, 0.0),
        )
        for rank, hit in enumerate(hits, start=1)
    ]


def seed_of_hit(event: gr.SelectData) -> int:
    """The seed of the hit that was clicked.

    Raises:
        PromptError: it is not a phantom.
    """
    seed = seed_of(str(event.index))
    if seed is None:
        raise PromptError(NOT_A_PHANTOM)
    return seed
