"""Plots for the search: scores of all volumes, and a map of the library with the open scan.

plots = build(session, shelf, found)
plots.wire()
panel.open_on(plots.points.select, key_of_hit)
panel.open_on(plots.inside.select, key_of_hit)
"""

from dataclasses import dataclass
from pathlib import Path

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from med3dvlm.retrieval.beside import Own
from med3dvlm.retrieval.neighbour_map import read_neighbour_map
from med3dvlm.retrieval.vector_store import VectorReader
from med3dvlm.ui.components.cards import Card, Cards
from med3dvlm.ui.components.figure import drawn
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK, SHARED
from med3dvlm.ui.page.notice import NOTHING, problem, told
from med3dvlm.ui.page.pointing import numbers_in
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates
from med3dvlm.ui.search.figures import Mark, Points, map_figure, score_figure
from med3dvlm.ui.search.hits import Search, is_open, volume_card
from med3dvlm.ui.search.map_axes import CHOICES, COMPONENTS, Laid, lay_out
from med3dvlm.ui.search.shelf import Shelf

# What the points can be coloured by, and the fact of an entry that says it.
COLOURINGS = (
    ("Region", "region"), ("Finding", "kinds"), ("Plane", "plane"), ("Contrast", "phase"),
)  # fmt: skip
OPEN_SCAN, SOUGHT = "open scan", "what was searched for"
MOST_SCORES, MOST_POINTS, MOST_LISTED = 5_000, 100_000, 60
PART = "The map shows {shown} of the {count} volumes, spread evenly over the library."
INSIDE = "{count} volumes lie within the line. {listed}A double click on the map clears it."
LISTED = "The first {shown} are listed. "
ABOUT_MAP = (
    "Each point is a volume of the library. At first the axes are the two directions in which the "
    "embeddings of the library (the numbers by which the model compares volumes) vary most: its "
    "principal components (PCA). Volumes that lie close together "
    "look similar to the model, but two axes show only part of the embedding. Click a point to "
    "open its volume; draw a line around points to list them. A ring marks a volume that the last "
    "search found, a star the open scan and the text that was searched for."
)
CLICKS = Path(__file__).with_name("map_clicks.js")
LASSO = Path(__file__).with_name("map_lasso.js")
# Drawing a line is what the mouse does at first; the bar has zooming, moving, and the whole again.
BAR = {"displayModeBar": True, "modeBarButtons": [["lasso2d", "zoom2d", "pan2d", "resetScale2d"]]}
TELL_CLICKS = "() => { document.dispatchEvent(new Event('med3dvlm-map')); }"


@dataclass(frozen=True, kw_only=True)
class SearchPlots:
    """The plots, and what fills them."""

    session: SessionStates
    shelf: Shelf
    search: gr.State
    scores_fold: gr.Accordion
    scores: gr.Plot
    map_fold: gr.Accordion
    map_open: gr.State
    colour: gr.Radio
    axes: gr.Radio
    notice: gr.HTML
    map: gr.Plot
    points: gr.HTML
    line: gr.HTML
    within: gr.HTML
    inside: Cards

    def show_scores(self, search: Search | None, scan: Scan | None = None) -> Updates:
        """Show the hits among the scores of all volumes, and which of them is open."""
        if search is None or not search.hits or search.by_text:
            return {self.scores_fold: gr.Accordion(visible=False), self.scores: None}
        _, vectors = spread(search.searched, MOST_SCORES)
        scores = vectors.astype(np.float64) @ search.vector
        return {
            self.scores_fold: gr.Accordion(visible=True),
            self.scores: drawn(
                score_figure(
                    scores,
                    search.hits,
                    least=search.least,
                    opened=[hit for hit in search.hits if scan and is_open(hit.entry, scan)],
                )
            ),
        }

    def show_map(  # noqa: PLR0913  (each is a component)
        self, opened: bool, colour: str, scan: Scan | None, encoded: Encoded | None,
        search: Search | None, place: str | None = None, own: Own | None = None,
        axes: str = COMPONENTS,
    ) -> Updates:  # fmt: skip
        """Draw the map if the fold is open and the library is ready."""
        loading = self.shelf.loading(place)
        if not opened or not loading.ready:
            return {self.map: gr.skip()}
        library = self.shelf.reader(place, own)
        ids, vectors = spread(library, MOST_POINTS)
        laid = lay_out(library, ids, vectors, axes)
        marks = []
        features = encoded.of(scan) if encoded else None
        if features is not None and features.embedding.size:
            marks.append(_mark(OPEN_SCAN, laid, features.embedding))
        if search is not None and search.sought is not None:
            marks.append(_mark(SOUGHT, laid, search.vector))
        known = {glance.id: glance for glance in library.glances(colour)}
        there = [n for n, number in enumerate(ids) if number in known]
        points = Points(
            [known[ids[n]] for n in there], laid.places[there], laid.shares, place
        )  # fmt: skip
        figure = map_figure(points, marks=marks, hits=search.hits if search else ())
        figure.update_layout(dragmode="lasso")
        part = PART.format(shown=len(ids), count=library.count()) if len(ids) == MOST_POINTS else ""
        about = " ".join(filter(None, (laid.about, part)))
        return {
            self.map: drawn(figure, BAR),
            self.notice: told(about) if about else NOTHING,
        }

    def offer(self, place: str | None, own: Own | None) -> Updates:
        """What the entries of the library can be coloured by, and how they can be laid out."""
        loading = self.shelf.loading(place)
        if not loading.ready or loading.failed:
            return {self.colour: gr.skip()}
        library = self.shelf.reader(place, own)
        keys = library.keys()
        named = [(label, key) for label, key in COLOURINGS if key in keys]
        others = sorted(set(keys) - {key for _, key in COLOURINGS})
        return {
            self.colour: gr.Radio([*named, *((key, key) for key in others)]),
            self.axes: gr.Radio(visible=read_neighbour_map(library) is not None),
        }

    def list_inside(
        self, event: gr.SelectData, place: str | None = None, own: Own | None = None
    ) -> Updates:
        """The volumes within the line that was drawn on the map."""
        ids = numbers_in(event)[:MOST_LISTED]
        entries = self.shelf.reader(place, own).get(ids).values()
        said = str(event.value)[:9]
        count = int(said) if said.isascii() and said.isdigit() else len(entries)
        listed = LISTED.format(shown=len(entries)) if count > len(entries) else ""
        cards: list[Card] = [volume_card(entry, place) for entry in entries]
        return {
            self.inside: cards,
            self.within: told(INSIDE.format(count=count, listed=listed)) if count else NOTHING,
        }

    def say(self, message: str) -> Updates:
        """What went wrong."""
        return {self.notice: problem(message)}

    def wire(self) -> None:
        """Connect the events."""
        how = SHARED | {"concurrency_id": "plots", "trigger_mode": "always_last"}
        for changed in (self.search.change, self.session.scan.change):
            changed(
                guarded(self.show_scores, self.say), [self.search, self.session.scan],
                [self.scores_fold, self.scores, self.notice], **how,
            )  # fmt: skip
        shown = guarded(self.show_map, self.say), [
            self.map_open, self.colour, self.session.scan, self.session.encoded, self.search,
            *self.shelf.inputs, self.axes,
        ], [self.map, self.notice]  # fmt: skip
        self.map_fold.expand(lambda: True, None, self.map_open, **QUICK).then(
            self.offer, self.shelf.inputs, [self.colour, self.axes], **QUICK
        ).then(*shown, **how)
        self.map_fold.collapse(lambda: False, None, self.map_open, **QUICK)
        for event in (
            self.colour.input, self.axes.input, self.session.encoded.change, self.search.change,
            self.shelf.box.change, self.shelf.own.change,
        ):  # fmt: skip
            event(*shown, **how)
        self.line.select(
            guarded(self.list_inside, self.say), self.shelf.inputs,
            [self.inside, self.within, self.notice], **QUICK,
        )  # fmt: skip
        self.map.change(None, None, None, js=TELL_CLICKS, **QUICK)


def spread(library: VectorReader, most: int) -> tuple[list[int], NDArray[np.float32]]:
    """Ids and vectors of all entries, or, of more than `most`, of a part spread evenly."""
    ids = library.ids()
    if len(ids) <= most:
        return library.vectors()
    steps = np.linspace(0, len(ids) - 1, most).astype(int)
    return library.vectors([ids[step] for step in steps])


def _mark(name: str, laid: Laid, vector: NDArray[np.float32]) -> Mark:
    across, up = laid.place(vector)
    return Mark(name, (float(across), float(up)))


def build(session: SessionStates, shelf: Shelf, search: gr.State) -> SearchPlots:
    """Lay the plots out, below the hits; `search` holds the last `Search`."""
    with gr.Accordion(
        "Scores of all volumes", open=False, visible=False, elem_id="scores-fold"
    ) as scores_fold:
        scores = gr.Plot(show_label=False, elem_id="scores")
    with gr.Accordion("Map of the library", open=False, elem_id="map-fold") as map_fold:
        colour = gr.Radio(
            list(COLOURINGS), value=COLOURINGS[0][1], show_label=False, container=False,
            elem_id="map-colour",
        )  # fmt: skip
        axes = gr.Radio(
            list(CHOICES), value=COMPONENTS, show_label=False, container=False, visible=False,
            elem_id="map-axes",
        )  # fmt: skip
        notice = gr.HTML(elem_id="map-notice")
        library_map = gr.Plot(show_label=False, elem_id="library-map")
        points = gr.HTML(
            f'<p class="about">{ABOUT_MAP}</p>', elem_id="map-points",
            js_on_load=CLICKS.read_text(encoding="utf-8"),
        )  # fmt: skip
        line = gr.HTML("<span></span>", js_on_load=LASSO.read_text(encoding="utf-8"))
        within = gr.HTML(NOTHING, elem_id="map-within")
        inside = Cards(label="Volumes within the line", elem_id="map-inside")
    return SearchPlots(
        session=session, shelf=shelf, search=search, scores_fold=scores_fold,
        scores=scores, map_fold=map_fold, map_open=gr.State(False), colour=colour, axes=axes,
        notice=notice,
        map=library_map, points=points, line=line, within=within, inside=inside,
    )  # fmt: skip
