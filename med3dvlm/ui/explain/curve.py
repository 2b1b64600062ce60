"""The detectability curve of a kind: from which size on the model sees it, in many phantoms.

curve = build(switches, services)
curve.wire(lab.kind)
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial

import gradio as gr
import numpy as np
from gradio import processing_utils

from med3dvlm.explain.lab.detectability import Outcome, fit_curve, trials_of
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.planted import plant
from med3dvlm.phantoms.splits import TEST
from med3dvlm.ui.components.figure import drawn
from med3dvlm.ui.explain.asking import cell_mm, presence, without_image
from med3dvlm.ui.explain.curve_figure import Measured, csv_of, curve_figure, said
from med3dvlm.ui.explain.running import Work
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import busy, told
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.volumes.grid import AS_TRAINED

TASK = "curve"
PEOPLE, STEPS = 12, 6
DOING = "{kind}: {done} of {of} scans."
FEW = " So few people make a wide interval; `python -m train detect` asks more."


@dataclass(frozen=True, kw_only=True)
class CurvePart:
    """The components of the curve, and what happens to them."""

    work: Work
    plot: gr.Plot
    export: gr.DownloadButton
    people: int = PEOPLE
    steps: int = STEPS

    def draw(self, kind: str, request: gr.Request) -> Iterator[Updates]:
        """Ask about a kind in many people, at all sizes."""
        yield from self.work.run(
            request, f"{kind}: painting the first person.", partial(self._measured, kind)
        )

    def _measured(self, kind: str, services: Services) -> Generator[Updates]:
        seeds = range(TEST.start, TEST.start + self.people)
        trials = tuple(trials_of(kind, seeds=seeds, steps=self.steps))
        outcomes: list[Outcome] = []
        blind, cell = 0.0, 0.0
        for trial in trials:
            volume = plant(trial).ill
            features = services.encode(volume, AS_TRAINED)
            if not outcomes:
                blind = presence(services, without_image(features), kind)
                cell = cell_mm(volume, features)
            outcomes.append(Outcome(trial, presence(services, features, kind)))
            done = len(outcomes)
            doing = DOING.format(kind=kind, done=done, of=len(trials))
            yield {self.work.notice: busy(doing, done / len(trials))}
        curve = fit_curve(outcomes, rng=np.random.default_rng(0))
        yield from self._drawn(Measured(curve=curve, blind=blind, cell_mm=cell))

    def _drawn(self, measured: Measured) -> Generator[Updates]:
        name = f"{measured.curve.kind.replace(' ', '-')}.csv"
        path = processing_utils.save_bytes_to_cache(
            csv_of(measured).encode(), name, self.export.GRADIO_CACHE
        )
        yield {
            self.work.notice: told(said(measured) + FEW),
            self.plot: gr.Plot(value=drawn(curve_figure(measured)), visible=True),
            self.export: gr.DownloadButton(value=str(path), visible=True),
        }

    def wire(self, kind: gr.Dropdown) -> None:
        """Connect the events; `kind` says of which finding."""
        self.work.on_start(self.draw, [kind], [self.plot, self.export, *self.work.shown])


def build(switches: Switches, services: Loading[Services]) -> CurvePart:
    """Lay the part out."""
    with gr.Row():
        start = gr.Button("Draw the detectability curve", elem_id="curve-draw", min_width=160)
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="curve-stop")
    notice = gr.HTML(elem_id="curve-told", elem_classes="explain-notice")
    plot = gr.Plot(show_label=False, visible=False, elem_id="curve-plot")
    export = gr.DownloadButton("Curve as CSV", visible=False, size="sm", elem_id="curve-csv")
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, start=start, stop=stop
    )
    return CurvePart(work=work, plot=plot, export=export)
