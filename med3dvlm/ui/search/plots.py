"""Plots for the search: scores of all volumes, and a map of the library with the open scan.

plots = build(session, library)
plots.wire()
panel.open_on(plots.points.select, key_of_hit)
"""

from dataclasses import dataclass
from pathlib import Path

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from med3dvlm.hosting.models.loading import Loading
from med3dvlm.retrieval import Library
from med3dvlm.retrieval.projection import principal_projection
from med3dvlm.ui.components.figure import drawn
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK, SHARED
from med3dvlm.ui.page.notice import NOTHING, problem
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates
from med3dvlm.ui.search.figures import Mark, Points, map_figure, score_figure
from med3dvlm.ui.search.hits import Search, is_open

# What the points can be coloured by, and the fact of an entry that says it.
COLOURINGS = (
    ("Region", "region"), ("Finding", "kinds"), ("Plane", "plane"), ("Contrast", "phase"),
)  # fmt: skip
OPEN_SCAN = "open scan"
ABOUT_MAP = (
    "Each point is a volume of the library. The axes are the two directions in which the "
    "embeddings of the library (the numbers by which the model compares volumes) vary most: its "
    "principal components. Volumes that lie close together "
    "look similar to the model, but two axes show only part of the embedding. Click a point to "
    "open its volume. A ring marks a volume that the last search found."
)
CLICKS = Path(__file__).with_name("map_clicks.js")
TELL_CLICKS = "() => { document.dispatchEvent(new Event('med3dvlm-map')); }"


@dataclass(frozen=True, kw_only=True)
class SearchPlots:
    """The plots, and what fills them."""

    session: SessionStates
    library: Loading[Library]
    search: gr.State
    scores_fold: gr.Accordion
    scores: gr.Plot
    map_fold: gr.Accordion
    map_open: gr.State
    colour: gr.Radio
    notice: gr.HTML
    map: gr.Plot
    points: gr.HTML

    def show_scores(self, search: Search | None, scan: Scan | None = None) -> Updates:
        """Show the hits among the scores of all volumes, and which of them is open."""
        if search is None or not search.hits:
            return {self.scores_fold: gr.Accordion(visible=False), self.scores: None}
        _, vectors = self.library.value().vectors()
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

    def show_map(
        self,
        opened: bool,
        colour: str,
        scan: Scan | None,
        encoded: Encoded | None,
        search: Search | None,
    ) -> Updates:
        """Draw the map if the fold is open and the library is ready."""
        if not opened or not self.library.ready:
            return {self.map: gr.skip()}
        library = self.library.value()
        _, vectors = library.vectors()
        projection = principal_projection(vectors)
        marks = []
        features = encoded.of(scan) if encoded else None
        if features is not None and features.embedding.size:
            marks.append(_mark(OPEN_SCAN, projection.places(features.embedding[None])))
        hits = search.hits if search else ()
        points = Points(library.entries(), projection.places(vectors), projection.shares)
        figure = map_figure(points, colour_by=colour, marks=marks, hits=hits)
        return {self.map: drawn(figure), self.notice: NOTHING}

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
        ], [self.map, self.notice]  # fmt: skip
        self.map_fold.expand(lambda: True, None, self.map_open, **QUICK).then(*shown, **how)
        self.map_fold.collapse(lambda: False, None, self.map_open, **QUICK)
        for event in (self.colour.input, self.session.encoded.change, self.search.change):
            event(*shown, **how)
        self.map.change(None, None, None, js=TELL_CLICKS, **QUICK)


def _mark(name: str, places: NDArray[np.float64]) -> Mark:
    return Mark(name, (float(places[0, 0]), float(places[0, 1])))


def build(session: SessionStates, library: Loading[Library]) -> SearchPlots:
    """Lay the plots out, below the hits."""
    with gr.Accordion(
        "Scores of all volumes", open=False, visible=False, elem_id="scores-fold"
    ) as scores_fold:
        scores = gr.Plot(show_label=False, elem_id="scores")
    with gr.Accordion("Map of the library", open=False, elem_id="map-fold") as map_fold:
        colour = gr.Radio(
            list(COLOURINGS), value=COLOURINGS[0][1], show_label=False, container=False,
            elem_id="map-colour",
        )  # fmt: skip
        notice = gr.HTML(elem_id="map-notice")
        library_map = gr.Plot(show_label=False, elem_id="library-map")
        points = gr.HTML(
            f'<p class="about">{ABOUT_MAP}</p>', elem_id="map-points",
            js_on_load=CLICKS.read_text(encoding="utf-8"),
        )  # fmt: skip
    return SearchPlots(
        session=session, library=library, search=gr.State(None), scores_fold=scores_fold,
        scores=scores, map_fold=map_fold, map_open=gr.State(False), colour=colour, notice=notice,
        map=library_map, points=points,
    )  # fmt: skip
