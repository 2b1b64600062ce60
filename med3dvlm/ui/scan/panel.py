"""The scan panel: upload, examples, the viewer, and the facts from the file.

panel = build(session, switches)
panel.wire(page, turning)
panel.open_on(hits.select, key_of_hit)      # another way to open a scan
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from med3dvlm.hosting.operations.memory import Holder
from med3dvlm.ui.components.cards import Cards
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK, SHARED
from med3dvlm.ui.page.notice import NOTHING, busy, problem
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.page.visitor import holder_of, query_of
from med3dvlm.ui.scan.examples import example_cards, open_example
from med3dvlm.ui.scan.facts import cautions_line, facts_table
from med3dvlm.ui.scan.linked import first_scan
from med3dvlm.ui.scan.looks import picture_of, unmoved
from med3dvlm.ui.scan.opening import Handler, Opening, key_of_card
from med3dvlm.ui.scan.series import frame_slider, series_cards
from med3dvlm.ui.scan.upload import VisitorUpload
from med3dvlm.volumes import Limits, SeriesInfo
from med3dvlm.volumes.limits import DEFAULT_LIMITS

VIEWER_HEIGHT = "420px"  # where no style sheet gives it the rest of the screen
SCROLL_TO_VIEWER = """() => {
  const viewer = document.querySelector("#viewer");
  if (viewer.getBoundingClientRect().top < 0) viewer.scrollIntoView({ behavior: "smooth" });
}"""


TASKS_OF_A_SCAN = ("read", "truth", "labels")  # chat and report end their own


@dataclass(frozen=True, kw_only=True)
class ScanPanel:
    """The components of the panel, and what happens in it."""

    session: SessionStates
    switches: Switches
    limits: Limits
    files: gr.File
    folder: gr.UploadButton
    examples: Cards
    notice: gr.HTML
    upload: gr.State
    series: Cards
    chosen: gr.State
    frame: gr.Slider
    viewer: VolumeViewer
    cautions: gr.HTML
    tabs: gr.Tabs
    facts: gr.HTML
    failed: gr.State  # changes each time a scan could not be opened

    @property
    def outputs(self) -> list[Any]:
        """Everything that opening a scan changes."""
        return [
            self.session.scan, self.files, self.notice, self.upload, self.series, self.chosen,
            self.frame, self.viewer, self.cautions, self.facts,
            self.failed,
        ]  # fmt: skip

    def open_files(
        self, paths: list[str] | None, request: gr.Request | None = None
    ) -> Iterator[Updates]:
        """Read an upload; of several series, open the largest and offer the others."""
        if not paths:
            return
        # The field is emptied at once: what is dropped next would be added to what stands there.
        yield {self.notice: busy("Reading the files."), self.files: None}
        reading = self.switches.reading_for(request)
        upload = VisitorUpload([Path(path) for path in paths], self.limits, reading)
        info = upload.series[0]
        scan = self._read(upload, info)
        several = len(upload.series) > 1
        if not several and info.frames == 1:
            upload.close()
        yield from self._show(
            scan,
            {
                self.upload: upload,
                self.series: Cards(series_cards(upload, info.key, {}), visible=several),
                self.chosen: info.key,
                self.frame: frame_slider(info),
            },
            upload.holder,
        )
        if several:
            previews = upload.previews()
            yield {self.series: Cards(series_cards(upload, info.key, previews))}

    def choose_series(
        self,
        key: str | None,
        upload: VisitorUpload | None,
        request: gr.Request | None = None,
    ) -> Iterator[Updates]:
        """Read another series of the same upload."""
        if upload is None or key is None:
            return
        yield {self.notice: busy("Reading the series.")}
        info = upload.info(key)
        chosen = {self.chosen: info.key, self.frame: frame_slider(info)}
        yield from self._show(self._read(upload, info), chosen, holder_of(request))

    def choose_frame(
        self,
        number: float,
        key: str | None,
        upload: VisitorUpload | None,
        request: gr.Request | None = None,
    ) -> Iterator[Updates]:
        """Read another volume (time point) of the same series."""
        if upload is None or key is None:
            return
        yield {self.notice: busy(f"Reading volume {number:.0f}.")}
        scan = self._read(upload, upload.info(key), round(number) - 1)
        yield from self._show(scan, {}, holder_of(request))

    def open_example(self, key: str | None, request: gr.Request | None = None) -> Iterator[Updates]:
        """Show an example, or another phantom by its seed."""
        if key is None:
            return
        phantom = key[:1].isdecimal()
        yield {self.notice: busy("Generating the phantom." if phantom else "Opening it.")}
        yield from self.show_alone(open_example(key), request)

    def show_alone(self, scan: Scan, request: gr.Request | None = None) -> Iterator[Updates]:
        """Show a scan that is not of the upload, which is closed."""
        closed = {
            self.files: None, self.upload: None, self.series: Cards(visible=False),
            self.chosen: None, self.frame: gr.Slider(visible=False),
        }  # fmt: skip
        yield from self._show(scan, closed, holder_of(request))

    def welcome(self, scan: Scan | None, request: gr.Request | None = None) -> Iterator[Updates]:
        """Show a visitor who has just come the scan of the page's link, or the first example."""
        if scan is None:
            first, missed = first_scan(query_of(request))
            yield from self._show(first, {}, holder_of(request))
            if missed:
                yield self.say(missed)

    def say(self, message: str) -> Updates:
        """Show an error below the upload; the open scan stays open."""
        failed = {self.failed: time.monotonic_ns()}
        return {self.notice: problem(message), self.files: None} | failed

    def mark_open(self, scan: Scan | None) -> Updates:
        """The card of the open scan among the examples, wherever it was opened from."""
        return {self.examples: example_cards(scan)}

    def show_cells(self, scan: Scan | None, encoded: Encoded | None) -> Updates:
        """The model's grid in the viewer's readout, once the model has read the scan."""
        if scan is None or encoded is None or encoded.of(scan) is None:
            return {self.viewer: gr.skip()}
        return {self.viewer: unmoved(scan, encoded)}

    def stop_tasks(self, scan: Scan | None, request: gr.Request) -> Updates:
        """End tasks that concern another scan than the one that is open now."""
        for task in TASKS_OF_A_SCAN:
            self.switches.supersede(request, task, but_about=scan and scan.about)
        return {}

    def open_on(
        self, event: Callable[..., Any], key_of: Callable[[gr.SelectData], Any] = key_of_card,
        handler: Handler | None = None, inputs: Sequence[Any] = (),
    ) -> None:  # fmt: skip
        """Open what `key_of` gives on the event: an example or phantom, if no handler is given."""
        self.opening.on_choice(
            event, key_of, handler or self.open_example, list(inputs), self._how
        ).then(None, None, None, js=SCROLL_TO_VIEWER, **QUICK)

    @property
    def opening(self) -> Opening:
        """How a choice becomes the open scan."""
        said = [self.notice, self.files, self.failed]
        return Opening(switches=self.switches, outputs=self.outputs, said=said, say=self.say)

    def wire(self, page: gr.Blocks, turning: Turning) -> None:
        """Connect the panel's own events, and those of the page."""
        opening = self.opening
        opening.on(page.load, self.welcome, [self.session.scan], self._how, made=None)
        for box in (self.files, self.folder):
            opening.on(box.upload, self.open_files, [box], self._reading)
        opening.on_choice(
            self.series.select, key_of_card, self.choose_series, [self.upload], self._reading
        )
        opening.on(
            self.frame.release, self.choose_frame, [self.frame, self.chosen, self.upload],
            self._reading,
        )  # fmt: skip
        self.open_on(self.examples.select)
        turning.add(self.stop_tasks, [self.session.scan], [])
        turning.add(self.mark_open, [self.session.scan], [self.examples])
        self.failed.change(self.mark_open, self.session.scan, [self.examples], **QUICK)
        self.session.encoded.change(
            guarded(self.show_cells, self.say), [self.session.scan, self.session.encoded],
            [self.viewer, *opening.said], **QUICK,
        )  # fmt: skip

    @property
    def _reading(self) -> dict[str, Any]:
        """Readings wait for a process of their own, and not here for one that hangs."""
        return SHARED | {"concurrency_id": "files", "concurrency_limit": 40}

    @property
    def _how(self) -> dict[str, Any]:
        return SHARED | {"concurrency_id": "open"}

    def _read(self, upload: VisitorUpload, info: SeriesInfo, frame: int = 0) -> Scan:
        self.switches.budget.check_unread(info.voxels, upload.holder)
        return Scan(volume=upload.open(info, frame), name=upload.name)

    def _show(self, scan: Scan, more: Updates, holder: Holder | None) -> Iterator[Updates]:
        """Show the scan first, coarse and then in full, and then everything else."""
        self.switches.budget.hold(scan.volume.voxels, holder)
        yield {self.viewer: picture_of(scan, draft=True)}
        phantom = scan.seed is not None
        yield {
            self.viewer: picture_of(scan, draft=False),
            self.session.scan: scan,
            self.notice: NOTHING,
            self.cautions: cautions_line(scan) if not phantom else NOTHING,
            self.facts: facts_table(scan),
            **more,
        }


def build(session: SessionStates, switches: Switches, limits: Limits = DEFAULT_LIMITS) -> ScanPanel:
    """Lay the panel out; `limits` apply to uploads."""
    with gr.Column(elem_id="bench"):
        with gr.Row(elem_id="open-row"):
            with gr.Column(scale=1, min_width=150, elem_id="upload-column"):
                files = gr.File(
                    label="NIfTI, DICOM, NRRD, MHA or zip",
                    file_count="multiple",
                    elem_id="upload",
                    height=42,
                )
                folder = gr.UploadButton(
                    "Open a folder", file_count="directory", size="sm", elem_id="folder"
                )
            with gr.Column(scale=6, min_width=200):
                examples = Cards(
                    example_cards(), label="Examples", elem_id="examples", elem_classes="strip"
                )
        notice = gr.HTML(elem_id="scan-notice")
        series = Cards(
            label="Series in this upload", elem_id="series", elem_classes="strip", visible=False
        )
        frame = gr.Slider(
            1, 2, value=1, step=1, visible=False, interactive=True, elem_id="frame",
            label="Volume",
        )  # fmt: skip
        viewer = VolumeViewer(elem_id="viewer", height=VIEWER_HEIGHT)
        cautions = gr.HTML(elem_id="cautions")
    with gr.Tabs(elem_id="scan-tabs", overflow_behavior="wrap") as tabs:
        with gr.Tab("About this scan", id="about", elem_id="about"):
            facts = gr.HTML(elem_id="facts")
    return ScanPanel(
        session=session, switches=switches, limits=limits, files=files, folder=folder,
        examples=examples, notice=notice, upload=gr.State(None), series=series, viewer=viewer,
        chosen=gr.State(None), frame=frame,
        cautions=cautions, tabs=tabs, facts=facts, failed=gr.State(0),
    )  # fmt: skip
