"""Maps of what the model looks at, laid over the open scan, each with how far it can be believed.

maps = build(session, switches, services, panel)
maps.wire()
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import gradio as gr

from med3dvlm.errors import PromptError
from med3dvlm.explain.maps.map import Map
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.maps import GRADIENT, OCCLUSION, SPLIT, Method
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.ui.components.viewer import ViewerState, VolumeViewer
from med3dvlm.ui.explain.map_files import overlay_of, strongest, write_map
from med3dvlm.ui.explain.running import Work, not_opening
from med3dvlm.ui.explain.words import meaning
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.page.notice import NOTHING, busy, told
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates, opened
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.scan.looks import unmoved
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.volumes.window import ABDOMEN, auto_window

TASK = "map"
LABELS: dict[str, Method] = {
    "Text split": SPLIT,
    "Occlusion": OCCLUSION,
    "Gradient x input": GRADIENT,
}
ABOUT: dict[Method, str] = {
    SPLIT: "How much each part of the scan adds to its similarity with a text: exact.",
    OCCLUSION: "How much the probability of a finding falls when a block is covered: slow, "
    "coarse blocks first.",
    GRADIENT: "What speaks for a finding and against it, to first order: one step.",
}
NOTHING_WANTED = "Choose a finding, or type what to look for."
DONE = (
    "The map of {cells} cells lies over the scan, and the viewer went to the strongest one, in "
    "slice {slice}. Its panel (More) has the legend and the opacity."
)
READ_AS = " (read as: {kind})"
FILES = ("NIfTI", "PNG", "CSV")


@dataclass(frozen=True, kw_only=True)
class Maps:
    """The components of the part, and what happens in it."""

    session: SessionStates
    work: Work
    viewer: VolumeViewer
    method: gr.Radio
    about: gr.HTML
    wanted: gr.Dropdown
    meaning: gr.HTML
    downloads: tuple[gr.DownloadButton, ...]

    def describe(self, label: str) -> str:
        """One line on the chosen method."""
        return f"<p class='explain-note'>{ABOUT[LABELS[label]]}</p>"

    def draw(
        self, label: str, wanted: str | None, scan: Scan | None, encoded: Encoded | None,
        request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Draw one map over the open scan."""
        not_opening(self.work.switches, request)
        scan = opened(scan)
        if not (wanted or "").strip():
            raise PromptError(NOTHING_WANTED)
        told_of = partial(self._drawn, LABELS[label], str(wanted).strip(), scan, encoded)
        yield from self.work.run(request, "Drawing the map.", told_of)

    def _drawn(
        self, method: Method, wanted: str, scan: Scan, encoded: Encoded | None, services: Services
    ) -> Generator[Updates]:
        kind = known_kind(wanted, services)
        yield {self.meaning: NOTHING, **self._files(None)}
        shown: Map | None = None
        for step in services.map(method, scan.volume, scan.choice, kind or wanted):
            shown, share = step.map, step.done / step.of
            unfinished = f"{step.done} of {step.of} blocks are measured."
            yield {
                self.viewer: self._over(shown, scan, encoded),
                self.meaning: meaning(shown, services.certificates.get(method)),
                self.work.notice: busy(unfinished, share) if step.of > 1 else busy("Almost done."),
            }
        assert shown is not None, "a map has at least one step"
        cells = " x ".join(map(str, shown.values.shape))
        place = strongest(shown, scan.volume.shape)
        read_as = READ_AS.format(kind=kind) if kind and kind != wanted else ""
        yield {
            self.viewer: replace(self._over(shown, scan, encoded), crosshair=place),
            self.work.notice: told(DONE.format(cells=cells, slice=round(place[0]) + 1) + read_as),
        }
        yield self._files(shown, scan)

    def _over(self, shown: Map, scan: Scan, encoded: Encoded | None) -> ViewerState:
        return replace(unmoved(scan, encoded), overlay=overlay_of(shown))

    def _files(self, shown: Map | None, scan: Scan | None = None) -> Updates:
        """The buttons that save the map; hidden while there is none."""
        if shown is None or scan is None:
            return {button: gr.DownloadButton(visible=False) for button in self.downloads}
        fallback = ABDOMEN if scan.volume.unit == "HU" else auto_window(scan.volume)
        folder = Path(self.downloads[0].GRADIO_CACHE)
        paths = write_map(shown, scan.volume, scan.window or fallback, folder)
        return {
            button: gr.DownloadButton(value=str(path), visible=True)
            for button, path in zip(self.downloads, paths, strict=True)
        }

    def turn_to(self, request: gr.Request) -> Updates:
        """Another scan: the map of the one before is gone."""
        return {
            self.meaning: NOTHING, self.work.notice: NOTHING, **self._files(None),
            **self.work.drop(request),
        }  # fmt: skip

    def wire(self) -> None:
        """Connect the events."""
        scan, shown = self.session.scan, [self.meaning, *self.downloads, *self.work.shown]
        self.method.change(self.describe, self.method, self.about, **QUICK)
        self.work.on_start(
            self.draw, [self.method, self.wanted, scan, self.session.encoded],
            [self.viewer, *shown],
        )  # fmt: skip
        scan.change(self.turn_to, None, shown, **QUICK)


def known_kind(wanted: str, services: Services) -> str | None:
    """The kind of finding that is meant, in whichever words."""
    for words in (wanted, wanted.lower(), services.searched_for(wanted)):
        if words in KINDS:
            return words
    return None


def build(
    session: SessionStates, switches: Switches, services: Loading[Services], panel: ScanPanel
) -> Maps:
    """Lay the part out."""
    method = gr.Radio(
        list(LABELS), value="Text split", label="Method", elem_id="map-method", min_width=200
    )
    about = gr.HTML(f"<p class='explain-note'>{ABOUT[SPLIT]}</p>")
    wanted = gr.Dropdown(
        list(KINDS), value=next(iter(KINDS)), label="Finding, or any text for a text split",
        allow_custom_value=True, elem_id="map-wanted",
    )  # fmt: skip
    with gr.Row():
        start = gr.Button("Draw the map", variant="primary", elem_id="map-draw", min_width=120)
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="map-stop")
    notice = gr.HTML(elem_id="map-told", elem_classes="explain-notice")
    meant = gr.HTML(elem_id="map-meaning")
    with gr.Row():
        downloads = tuple(
            gr.DownloadButton(
                name, visible=False, size="sm", min_width=90, elem_id=f"map-{name.lower()}"
            )
            for name in FILES
        )
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, start=start, stop=stop
    )
    return Maps(
        session=session, work=work, viewer=panel.viewer, method=method, about=about,
        wanted=wanted, meaning=meant, downloads=downloads,
    )  # fmt: skip
