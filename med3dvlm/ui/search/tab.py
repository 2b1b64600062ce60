"""The search: volumes by text, or by similarity to the open scan; a click opens a volume.

search = build(session, services, {"Phantoms": library})
search.wire(status, panel, turning)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import gradio as gr

from med3dvlm.engine.estimates import ranking_of
from med3dvlm.engine.scan_files import ScanFiles
from med3dvlm.engine.search import EMPTY, Wish, fitting_texts, nothing, split_negation, vector_of
from med3dvlm.engine.search import search as search_library
from med3dvlm.engine.search_terms import sought_in
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.retrieval.beside import Own
from med3dvlm.ui.components.cards import Card, Cards
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK, SHARED
from med3dvlm.ui.page.notice import NOTHING, busy, loading, problem, told
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates, features_of, opened
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.ui.search import matched as search_matched
from med3dvlm.ui.search import plots as search_plots
from med3dvlm.ui.search import refine as search_refine
from med3dvlm.ui.search import shelf as search_shelf
from med3dvlm.ui.search.hits import Search, hit_cards, is_open, said_of, words_of
from med3dvlm.ui.search.matched import Drawn, Matched
from med3dvlm.ui.search.once_open import Waits, once_open
from med3dvlm.ui.search.opening import OpensHits
from med3dvlm.ui.search.plots import SearchPlots
from med3dvlm.ui.search.refine import Refine, conditions
from med3dvlm.ui.search.shelf import Libraries, Shelf

SHOWN = 12
MOST = 120  # cards on one page
NOTHING_LEFT = "No volume of the library meets the filters. Take one of them away."
EXAMPLES = (
    "kidney stone",
    "pneumothorax",
    "hip prosthesis",
    "right pleural effusion",
    "ascites",
    "bladder stone",
    "coronal CT of the pelvis",
)
OPENED = "Searches now look in \u201c{place}\u201d: {count} volumes."
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
    shelf: Shelf
    box: gr.Textbox
    search: gr.Button
    alike: gr.Button
    texts: gr.Button
    refine: Refine
    more: gr.Button
    suggestions: Cards
    notice: gr.HTML
    hits: Cards
    matched: Matched
    plots: SearchPlots

    def find_text(  # noqa: PLR0913  (each is a component)
        self, text: str, scan: Scan | None = None, only: list[str] | None = None, since: str = "",
        without: str = "", like: bool = False, encoded: Encoded | None = None,
        place: str | None = None, own: Own | None = None,
    ) -> Iterator[Updates]:  # fmt: skip
        """Find the volumes that best match a text, or a text and the open scan."""
        if not text.strip() and not like:
            yield {self.notice: told(EMPTY)}
            return
        where = conditions(only, since)
        beside = features_of(encoded, opened(scan)).embedding if like else None
        yield from self._wait(place)
        yield {self.notice: busy("Searching.")}
        services, words = self.services.value(), text.strip()
        asked = Wish(text=words, without=without.strip(), scan=beside)
        wish, scores = asked.in_words_of(services.searched_for), services.search_scores
        plain, sought = beside is None, sought_in(wish.both)
        yield self._found(
            Search(
                vector_of(wish, services.embed), (), sought,
                least=scores.text if scores and plain else None,
                probability=services.pair_probability if plain else None,
                where=where, itself=not plain, said=f"best match {words_of(asked, wish)}",
                text=split_negation(wish.text)[0].strip(), ranking=ranking_of(sought, scores),
                place=place, library=self.shelf.reader(place, own),
            ),
            scan,
        )  # fmt: skip

    def find_alike(
        self, scan: Scan | None, encoded: Encoded | None, only: list[str] | None = None,
        since: str = "", place: str | None = None, own: Own | None = None,
    ) -> Iterator[Updates]:  # fmt: skip
        """Find the volumes that are most similar to the open scan."""
        where, scan = conditions(only, since), opened(scan)
        features = features_of(encoded, scan)
        yield from self._wait(place)
        scores = self.services.value().search_scores
        yield self._found(
            Search(
                features.embedding, (), least=scores.volume if scores else None, where=where,
                itself=True, said="are most similar to the open scan", place=place,
                library=self.shelf.reader(place, own),
            ),
            scan,
        )  # fmt: skip

    def find_texts(
        self, scan: Scan | None, encoded: Encoded | None, only: list[str] | None = None,
        since: str = "", place: str | None = None, own: Own | None = None,
    ) -> Iterator[Updates]:  # fmt: skip
        """Find the texts that best fit the open scan."""
        where, scan = conditions(only, since), opened(scan)
        features = features_of(encoded, scan)
        yield from self._wait(place)
        yield {self.notice: busy("Comparing texts with the scan.")}
        services, library = self.services.value(), self.shelf.reader(place, own)
        scores, vector = services.search_scores, features.embedding
        hits = fitting_texts(
            library, vector, SHOWN, embed=services.embed, where=where,
            leaving_out=partial(is_open, scan=scan),
        )  # fmt: skip
        yield self._show(
            Search(
                vector, tuple(hits), least=scores.text if scores else None,
                probability=services.pair_probability, where=where, itself=True, by_text=True,
                said="have the texts that best fit the open scan", place=place, library=library,
            ),
            scan,
        )  # fmt: skip

    def choose_library(self, place: str, own: Own | None) -> Iterator[Updates]:
        """Open another library, and offer what its entries can be narrowed by."""
        yield from self._wait(place)
        count = self.shelf.reader(place, own).count()
        yield {self.notice: told(OPENED.format(place=place, count=count))}
        yield {self.refine.only: gr.update(value=[])}
        yield self.refine.offer(place, own)

    def find_more(self, search: Search | None, scan: Scan | None) -> Updates:
        """The same search with as many hits again."""
        if search is None:
            return {self.notice: told(EMPTY)}
        return self._found(search, scan, count=len(search.hits) + SHOWN)

    def _found(self, search: Search, scan: Scan | None, count: int = SHOWN) -> Updates:
        """Run a search and show what it finds."""
        found = search_library(
            search.searched, search.vector, count, where=search.where, ranking=search.ranking,
            leaving_out=partial(is_open, scan=scan) if search.itself and scan else nothing,
        )  # fmt: skip
        alike = {f.hit.entry.id: tuple(hit.entry.title for hit in f.alike) for f in found}
        return self._show(replace(search, hits=tuple(f.hit for f in found), alike=alike), scan)

    def mark_open(
        self, scan: Scan | None, search: Search | None, drawn: Drawn | None = None
    ) -> Updates:
        """The card of the open scan among the hits, wherever it was opened from."""
        return {self.hits: (drawn or Drawn()).cards(search, scan) if search else gr.skip()}

    def say(self, message: str) -> Updates:
        """Show an error; the hits of the previous search stay."""
        return {self.notice: problem(message)}

    def picked(self, event: gr.SelectData) -> str:
        """The suggested text that was clicked."""
        return str(event.value)

    def wire(self, status: ModelStatus, panel: ScanPanel, turning: Turning) -> None:
        """Connect the events."""
        self.plots.wire()
        self.matched.wire()
        self.refine.wire()
        self.shelf.wire()
        shown, how = (
            [self.notice, self.hits, self.plots.search, self.more],
            SHARED | {"concurrency_id": "search"},
        )
        waits = Waits(self.notice, self.say)
        picked = self.suggestions.select(self.picked, None, self.box, **QUICK)
        for start in (partial(gr.on, [self.box.submit, self.search.click]), picked.then):
            once_open(start, status, panel, waits, only_if=self.refine.like)(
                guarded(self.find_text, self.say),
                [self.box, self.session.scan, *self.refine.inputs, self.session.encoded,
                 *self.shelf.inputs],
                shown,
                **how,
            )  # fmt: skip
        for button, find in ((self.alike, self.find_alike), (self.texts, self.find_texts)):
            once_open(button.click, status, panel, waits)(
                guarded(find, self.say),
                [self.session.scan, self.session.encoded, self.refine.only, self.refine.since,
                 *self.shelf.inputs],
                shown,
                **how,
            )  # fmt: skip
        once_open(self.shelf.add.click, status, panel, waits)(
            guarded(self.shelf.put_estimated, self.say),
            [
                self.session.scan, self.session.encoded, self.shelf.name, *self.shelf.inputs,
                self.shelf.kept,
            ],
            [*self.shelf.outputs, self.notice],
            **how,
        )  # fmt: skip
        self.shelf.box.input(
            guarded(self.choose_library, self.say), self.shelf.inputs,
            [self.notice, self.refine.only], **how,
        )  # fmt: skip
        self.more.click(
            guarded(self.find_more, self.say), [self.plots.search, self.session.scan], shown, **how
        )
        self._follow(panel, turning)

    def _follow(self, panel: ScanPanel, turning: Turning) -> None:
        """Have hits and points of the map open their volume, and mark which one is open."""
        opens = OpensHits(panel=panel, shelf=self.shelf)
        for choice_of in (
            self.hits.select, self.plots.points.select, self.plots.inside.select,
        ):  # fmt: skip
            opens.on(choice_of)
        known = [self.session.scan, self.plots.search, self.matched.drawn]
        turning.add(self.mark_open, known, [self.hits])
        panel.failed.change(self.mark_open, known, [self.hits], **QUICK)

    def _wait(self, place: str | None) -> Iterator[Updates]:
        for progress in self.services.waiting():
            yield {self.notice: loading(progress)}
        for progress in self.shelf.waiting(place):
            yield {self.notice: loading(progress)}

    def _show(self, search: Search, scan: Scan | None) -> Updates:
        hits, note = search.hits, self.shelf.note(search.place)
        size = search.searched.count(search.where)
        among = " that meet the filters" if search.where else ""
        count = f"The {len(hits)} of {size} volumes{among} that {search.said}."
        more = ITSELF if search.itself else ""
        return {
            self.notice: said_of(search)
            + told(" ".join(filter(None, (count, more, SIMILARITY))) if size else NOTHING_LEFT)
            + (told(note) if note else NOTHING),
            self.hits: hit_cards(search, scan),
            self.plots.search: search,
            self.more: gr.Button(visible=len(hits) < min(size, MOST) and not search.by_text),
        }


def build(
    session: SessionStates, services: Loading[Services], libraries: Libraries, *,
    files: Mapping[str, ScanFiles] | None = None, switches: Switches | None = None,
) -> SearchTab:  # fmt: skip
    """Lay the tab out over libraries by name, the app's own first, and the files of their scans."""
    switches = switches or Switches()
    with gr.Row(elem_id="search-row"):
        box = gr.Textbox(
            elem_id="query", show_label=False, container=False, scale=6, min_width=160,
            placeholder="Describe what to find", max_length=500, lines=1, max_lines=1,
        )  # fmt: skip
        search = gr.Button("Search", variant="primary", scale=1, min_width=84, elem_id="search")
    with gr.Row():
        alike = gr.Button("Like the open scan", min_width=150, elem_id="alike")
        texts = gr.Button("Texts that fit the open scan", min_width=150, elem_id="texts")
    shelf = search_shelf.build(libraries, files or {}, switches, services)
    refine = search_refine.build(shelf)
    suggestions = Cards(
        [Card(key=str(number), title=text) for number, text in enumerate(EXAMPLES)],
        label="Suggested searches", elem_id="searches", elem_classes="chips",
    )  # fmt: skip
    notice = gr.HTML(NOTHING, elem_id="search-notice")
    hits = Cards(label="Search results", elem_id="hits")
    more = gr.Button("More", visible=False, elem_id="more")
    found = gr.State(None)
    matched = search_matched.build(session, services, shelf, hits, found, switches)
    plots = search_plots.build(session, shelf, found)
    return SearchTab(
        session=session, services=services, shelf=shelf, box=box, search=search, alike=alike,
        texts=texts, refine=refine, more=more, suggestions=suggestions, notice=notice, hits=hits,
        matched=matched, plots=plots,
    )  # fmt: skip
