"""The detectability curve of a kind: at which size, contrast and place the model sees it.

curve = build(switches, services)
curve.wire(lab.kind)
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import gradio as gr
import numpy as np

from med3dvlm.explain.lab.detectability import Axis, Outcome, axis_of, fit_curve, trials_of
from med3dvlm.explain.lab.places import rates_by_place, trials_by_place
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial, plant
from med3dvlm.phantoms.splits import TEST
from med3dvlm.ui.components.figure import drawn
from med3dvlm.ui.explain.asking import cell_mm, presence, without_image
from med3dvlm.ui.explain.curve.figure import Measured, curve_figure, curve_rows, said
from med3dvlm.ui.explain.curve.places_figure import place_rows, places_figure, said_of_places
from med3dvlm.ui.explain.running import Work, build_earlier
from med3dvlm.ui.explain.said import both_ways
from med3dvlm.ui.explain.saving import csv_of, kept
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import busy, told
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.volumes.grid import AS_TRAINED

TASK = "curve"
PEOPLE, STEPS = 12, 6
FEWEST_BY_PLACE = 4
DOING = "{kind}: {done} of {of} scans."
FEW = " With so few people the interval is wide; the command python -m train detect asks more."
MEANS = (
    "How sure the model is of this finding in painted phantoms, on average over people, as the "
    "size, the contrast or the place changes."
)
MEANS_NOT = (
    "Not what it would detect in a real scan: phantoms are simpler, and one person can lie far "
    "from the average."
)
Place = Literal["place"]
PLACE: Place = "place"
VARIED: dict[str, Axis | Place] = {
    "Size": "size_mm", "Contrast": "contrast", "Place": PLACE,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CurvePart:
    """The components of the curve, and what happens to them."""

    work: Work
    varied: gr.Radio
    plot: gr.Plot
    meaning: gr.HTML
    export: gr.DownloadButton
    people: int = PEOPLE
    steps: int = STEPS

    def draw(self, kind: str, varied: str, request: gr.Request) -> Iterator[Updates]:
        """Ask about a kind in many people, at all sizes, contrasts or places."""
        axis = VARIED[varied]
        trials = tuple(self._trials(kind, axis))
        measured = partial(self._measured, trials, varied)
        yield from self.work.run(request, f"{kind}: painting the first person.", measured)

    def _trials(self, kind: str, axis: Axis | Place) -> Iterator[Trial]:
        if axis == PLACE:
            places = max(1, len(KINDS[kind].places))
            people = max(FEWEST_BY_PLACE, self.people * self.steps // places)
            seeds = range(TEST.start, TEST.start + min(self.people, people))
            return trials_by_place(kind, seeds=seeds)
        # Where a kind is never small, its contrast is what can be varied.
        only = axis if axis == "contrast" else axis_of(KINDS[kind])
        seeds = range(TEST.start, TEST.start + self.people)
        return trials_of(kind, seeds=seeds, steps=self.steps, axis=only)

    def _measured(
        self, trials: tuple[Trial, ...], varied: str, services: Services
    ) -> Generator[Updates]:
        kind = trials[0].kind
        what = f"{kind}, {varied.lower()}"
        outcomes: list[Outcome] = []
        blind, cell, differences = 0.0, 0.0, []
        for trial in trials:
            pair = plant(trial)
            features = services.encode(pair.ill, AS_TRAINED)
            if not outcomes:
                blind = presence(services, without_image(features), kind)
                cell = cell_mm(pair.ill, features)
            if trial.contrast == 1 and pair.mask.any():
                differences.append(abs(pair.contrast_hu))
            outcomes.append(Outcome(trial, presence(services, features, kind)))
            done = len(outcomes)
            doing = DOING.format(kind=kind, done=done, of=len(trials))
            yield {self.work.notice: busy(doing, done / len(trials))}
        rng = np.random.default_rng(0)
        if VARIED[varied] == PLACE:
            rates = rates_by_place(outcomes, rng=rng)
            yield self._shown(
                what, said_of_places(rates, blind), places_figure(rates, blind),
                csv_of(place_rows(rates, blind)),
            )  # fmt: skip
            return
        hu = float(np.mean(differences)) if differences else None
        measured = Measured(curve=fit_curve(outcomes, rng=rng), blind=blind, cell_mm=cell, hu=hu)
        yield self._shown(
            what, said(measured), curve_figure(measured), csv_of(curve_rows(measured))
        )

    def _shown(self, what: str, words: str, figure: Any, table: str) -> Updates:
        return {
            self.work.notice: told(words + FEW),
            self.plot: gr.Plot(value=drawn(figure), visible=True),
            self.meaning: both_ways(MEANS, MEANS_NOT),
            self.export: kept(self.export, f"{what.replace(',', '').replace(' ', '-')}.csv", table),
            **self.work.found(what),
        }

    def wire(self, kind: gr.Dropdown) -> None:
        """Connect the events; `kind` says of which finding."""
        shown = [self.plot, self.meaning, self.export, *self.work.shown]
        self.work.on_start(self.draw, [kind, self.varied], shown)


def build(switches: Switches, services: Loading[Services]) -> CurvePart:
    """Lay the part out."""
    varied = gr.Radio(
        list(VARIED), value="Size", label="Detectability against", elem_id="curve-varied"
    )
    with gr.Row():
        start = gr.Button("Draw the detectability curve", elem_id="curve-draw", min_width=160)
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="curve-stop")
    notice = gr.HTML(elem_id="curve-told", elem_classes="explain-notice")
    earlier = build_earlier("curve")
    plot = gr.Plot(show_label=False, visible=False, elem_id="curve-plot")
    meant = gr.HTML(elem_id="curve-meaning")
    export = gr.DownloadButton("Curve as CSV", visible=False, size="sm", elem_id="curve-csv")
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, earlier=earlier,
        start=start, stop=stop,
    )  # fmt: skip
    return CurvePart(work=work, varied=varied, plot=plot, meaning=meant, export=export)
