"""How the model is built: its convolutions, what it reads, what its cells see, its spaces.

part = build(session, switches, services, panel, library)
part.wire(tab, turning)
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from med3dvlm.explain.structure.convolution import Layer
from med3dvlm.explain.structure.receptive import NO_CERTIFICATE
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.retrieval import Library
from med3dvlm.ui.components.figure import drawn
from med3dvlm.ui.explain.model import topics
from med3dvlm.ui.explain.model.convolution_controls import (
    FIRST,
    OWN,
    Convolution,
    build_convolution,
    own_layer,
)
from med3dvlm.ui.explain.model.topics import Shown
from med3dvlm.ui.explain.overlaid import Overlaid, build_overlaid, lifted
from med3dvlm.ui.explain.running import Opening, Work, build_earlier
from med3dvlm.ui.explain.said import both_ways
from med3dvlm.ui.explain.saving import csv_of, kept
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.page.notice import NOTHING, loading
from med3dvlm.ui.page.pointing import place_in
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates, opened
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan.panel import ScanPanel

TASK, PART = "built", "Model"
CONVOLUTION, STEM, CELL = "A convolution", "What the stem reads", "What a cell sees"
JOURNEY, TWELVE, LIBRARY = "From scan to words", "Twelve scans and texts", "Map of the library"
TOPICS = (CONVOLUTION, STEM, CELL, JOURNEY, TWELVE, LIBRARY)
OF_THE_LIBRARY = (TWELVE, LIBRARY)
ABOUT = {
    CONVOLUTION: "Three 1-D kernels stand for one of k x k x k. Move the sliders, or take a layer "
    "of the loaded model.",
    STEM: "The first layer skips most voxels: the ones it reads, on the open scan.",
    CELL: "The cell at the crosshair, and what it really sees: click into the scan, then show it.",
    JOURNEY: "The shapes of all that the loaded model makes of the open scan.",
    TWELVE: "Twelve scans of the library against the texts of all twelve.",
    LIBRARY: "The scans of the library by what the model finds alike, with the open scan.",
}
GRIDS = {"Low grid": 3, "High grid": 4}
Voxel = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class BuiltPart:
    """The components of the part, and what happens in it."""

    session: SessionStates
    work: Work
    library: Loading[Library]
    topic: gr.Radio
    about: gr.HTML
    convolution: Convolution
    grid: gr.Radio
    words: gr.HTML
    plot: gr.Plot
    table: gr.DownloadButton
    picture: gr.DownloadButton
    overlaid: Overlaid
    crosshair: gr.State  # voxel of the open scan that the visitor went to
    failed: gr.State

    def look_in(
        self, request: gr.Request, topic: str, scan: Scan | None, *chosen: Any
    ) -> Updates:  # fmt: skip
        """A convolution is counted as soon as the part is opened; anything else stays there."""
        return self.turn_topic(request, topic, scan, *chosen) if topic == CONVOLUTION else {}

    def turn_topic(
        self, request: gr.Request, topic: str, scan: Scan | None, *chosen: Any
    ) -> Updates:
        """Another topic: its controls; a convolution is counted at once."""
        counted, bare = topic == CONVOLUTION, lifted(PART, scan)
        controls: Updates = {
            self.about: note(ABOUT[topic]),
            self.convolution.group: gr.Column(visible=counted),
            self.grid: gr.Radio(visible=topic == CELL),
            **self.work.drop(request), **self.work.found(""),
            self.work.notice: NOTHING,
        }  # fmt: skip
        if bare:
            controls[self.overlaid.viewer] = bare
        if counted:
            controls[self.work.start] = gr.Button(visible=False)
        shown = self._shown(self._counted(*chosen)) if counted else self._nothing()
        return controls | shown

    def count(self, *chosen: Any) -> Updates:
        """Count what the sliders say."""
        return self._shown(self._counted(*chosen))

    def take(self, name: str) -> Updates:
        """The sliders of a layer of the loaded model."""
        layer = next((one for one in self.layers() if one.name == name), FIRST)
        controls = self.convolution
        return {
            controls.kernel: layer.kernel,
            controls.channels: layer.outputs,
            controls.apart: layer.groups > 1,
            controls.edge: gr.Slider(visible=name == OWN),
            **self._shown(topics.convolution(layer)),
        }

    def offer(self) -> Updates:
        """The layers of the loaded model, once it is there."""
        names = [OWN, *(layer.name for layer in self.layers())]
        return {self.convolution.layer: gr.Dropdown(choices=names)}

    def own(self) -> Updates:
        """A slider was moved: no layer of the model any more."""
        return {self.convolution.layer: OWN, self.convolution.edge: gr.Slider(visible=True)}

    def layers(self) -> list[Layer]:
        """The layers of the loaded model; none while it isn't there."""
        services = self.work.services
        known = services.ready and not services.failed
        return services.value().insights.layers() if known else []

    def _counted(
        self, name: str, kernel: float, channels: float, apart: bool, edge: float
    ) -> Shown:  # fmt: skip
        known = next((one for one in self.layers() if one.name == name), None)
        layer = known or own_layer(kernel, channels, edge, apart=apart)
        return topics.convolution(layer)

    def show(
        self, topic: str, grid: str, voxel: Voxel | None, scan: Scan | None,
        encoded: Encoded | None, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Compute and show a topic."""
        if held := self.work.held_back(request):
            yield held
            return
        if topic in OF_THE_LIBRARY:
            made = partial(self._of_library, topic, scan, encoded)
        else:
            made = partial(self._of_scan, topic, grid, voxel, opened(scan), encoded)
        yield from self.work.run(request, "Computing.", made)

    def _of_scan(
        self, topic: str, grid: str, voxel: Voxel | None, scan: Scan, encoded: Encoded | None,
        services: Services,
    ) -> Generator[Updates]:  # fmt: skip
        if topic == STEM:
            shown = topics.of_stem(services, scan)
        elif topic == CELL:
            z, y, x = voxel or scan.center or tuple((n - 1) / 2 for n in scan.volume.shape)
            shown = topics.of_cell(services, scan, (z, y, x), GRIDS[grid])
        else:
            shown = topics.of_journey(services, scan)
        yield {self.work.notice: NOTHING, **self._shown(shown), **self.work.found(topic)}
        if shown.map is not None:
            meant = both_ways(shown.map.means, shown.map.means_not, NO_CERTIFICATE)
            yield self.overlaid.showing(shown.map, scan, encoded, meant)

    def _of_library(
        self, topic: str, scan: Scan | None, encoded: Encoded | None, services: Services
    ) -> Generator[Updates]:
        for progress in self.library.waiting():
            yield {self.work.notice: loading(progress)}
        library = self.library.value()
        if topic == TWELVE:
            shown = topics.twelve(services, library)
        else:
            features = encoded.of(scan) if encoded else None
            if features is None and scan is not None:
                features = services.encode(scan.volume, scan.choice)
            shown = topics.of_library(library, features.embedding if features else None)
        yield {self.work.notice: NOTHING, **self._shown(shown), **self.work.found(topic)}

    def _shown(self, shown: Shown) -> Updates:
        figure = drawn(shown.figure) if shown.figure is not None else None
        return {
            **self.overlaid.gone(),
            self.words: shown.words,
            self.plot: gr.Plot(value=figure, visible=figure is not None),
            self.table: kept(self.table, "numbers.csv", csv_of(shown.rows)),
            self.picture: kept(self.picture, "picture.png", shown.picture)
            if shown.picture
            else gr.DownloadButton(visible=False),
        }

    def _nothing(self) -> Updates:
        hidden = gr.DownloadButton(visible=False)
        return {
            **self.overlaid.gone(), self.words: NOTHING, self.plot: gr.Plot(visible=False),
            self.table: hidden, self.picture: hidden,
        }  # fmt: skip

    def go(self, event: gr.SelectData) -> Updates:
        """The crosshair has come to rest elsewhere."""
        return {self.crosshair: place_in(event)}

    def turn_to(self, topic: str, request: gr.Request) -> Updates:
        """Another scan: what was shown of the one before is gone."""
        if topic in (CONVOLUTION, TWELVE):
            return {self.crosshair: None}
        return (
            self._nothing()
            | {self.crosshair: None, self.work.notice: NOTHING, **self.work.found("")}
            | self.work.drop(request)
        )

    @property
    def _results(self) -> list[Any]:
        return [self.words, self.plot, self.table, self.picture, *self.overlaid.shown]

    def wire(self, tab: gr.Tab, turning: Turning) -> None:
        """Connect the events."""
        controls = self.convolution
        last = QUICK | {"trigger_mode": "always_last"}
        refused = self.work.refuse
        shown = [*self._results, *self.work.shown]
        scan, encoded = self.session.scan, self.session.encoded
        turned = [self.overlaid.viewer, self.about, controls.group, self.grid, *shown]
        now = [self.topic, scan, *controls.chosen]
        tab.select(self.offer, None, controls.layer, **QUICK).then(
            guarded(self.look_in, refused), now, turned, **QUICK
        )
        self.topic.input(guarded(self.turn_topic, refused), now, turned, **QUICK)
        controls.layer.input(
            guarded(self.take, refused), controls.layer,
            [controls.kernel, controls.channels, controls.apart, controls.edge, *shown], **QUICK,
        )  # fmt: skip
        for moved in (controls.kernel, controls.channels, controls.apart):
            moved.input(self.own, None, [controls.layer, controls.edge], **QUICK).then(
                guarded(self.count, refused), controls.chosen, shown, **last
            )
        controls.edge.input(guarded(self.count, refused), controls.chosen, shown, **last)
        given = [self.topic, self.grid, self.crosshair, scan, encoded]
        self.work.on_start(self.show, given, [self.overlaid.viewer, *shown])
        self.overlaid.viewer.select(self.go, None, self.crosshair, **QUICK)
        turning.add(self.turn_to, [self.topic], [self.crosshair, *shown])
        self.work.on_open(
            self.show, given, [self.overlaid.viewer, *shown],
            Opening(turning=turning, failed=self.failed),
        )  # fmt: skip


def note(text: str) -> str:
    """One line on a topic."""
    return f"<p class='explain-note'>{text}</p>"


def build(
    session: SessionStates, switches: Switches, services: Loading[Services], panel: ScanPanel,
    library: Loading[Library],
) -> BuiltPart:  # fmt: skip
    """Lay the part out."""
    topic = gr.Radio(list(TOPICS), value=CONVOLUTION, label="Topic", elem_id="built-topic")
    about = gr.HTML(note(ABOUT[CONVOLUTION]))
    controls = build_convolution()
    grid = gr.Radio(
        list(GRIDS), value="Low grid", label="Cells", visible=False, elem_id="built-grid"
    )
    with gr.Row():
        start = gr.Button(
            "Show it", variant="primary", visible=False, elem_id="built-go", min_width=120
        )
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="built-stop")
    notice = gr.HTML(elem_id="built-told", elem_classes="explain-notice")
    earlier = build_earlier("built")
    words = gr.HTML(elem_id="built-words")
    plot = gr.Plot(show_label=False, visible=False, elem_id="built-plot")
    with gr.Row():
        table = gr.DownloadButton(
            "Numbers as CSV", visible=False, size="sm", min_width=90, elem_id="built-table"
        )
        picture = gr.DownloadButton(
            "Picture as PNG", visible=False, size="sm", min_width=90, elem_id="built-picture"
        )
    overlaid = build_overlaid(PART, panel.viewer, "built")
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, earlier=earlier,
        start=start, stop=stop,
    )  # fmt: skip
    return BuiltPart(
        session=session, work=work, library=library, topic=topic, about=about,
        convolution=controls, grid=grid, words=words, plot=plot, table=table, picture=picture,
        overlaid=overlaid, crosshair=gr.State(None), failed=panel.failed,
    )  # fmt: skip
