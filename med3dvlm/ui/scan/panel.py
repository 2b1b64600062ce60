"""The scan panel: upload, examples, the viewer, and the facts from the file.

panel = build(session, switches)
panel.wire()
panel.open_on(hits.select, seed_of_hit)     # another way to open a phantom
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from med3dvlm.hosting.operations.memory import Holder
from med3dvlm.ui.components.cards import Card, Cards
from med3dvlm.ui.components.viewer import ViewerState, VolumeViewer
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK, SHARED
from med3dvlm.ui.page.notice import NOTHING, busy, problem
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.visitor import holder_of
from med3dvlm.ui.scan.examples import example_cards, open_phantom, truth_of
from med3dvlm.ui.scan.facts import about_label, caption, cautions_line, facts_table
from med3dvlm.ui.scan.upload import VisitorUpload
from med3dvlm.volumes import Limits, SeriesInfo
from med3dvlm.volumes.limits import DEFAULT_LIMITS
from med3dvlm.volumes.series import Preview

LEAST_VOXEL_BYTES = 2
VIEWER_HEIGHT = "clamp(440px, calc(100vh - 330px), 900px)"
SCROLL_TO_VIEWER = """() => {
  const viewer = document.querySelector("#viewer");
  if (viewer.getBoundingClientRect().top < 0) viewer.scrollIntoView({ behavior: "smooth" });
}"""


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
    about: gr.Accordion
    facts: gr.HTML
    truth_box: gr.Accordion
    truth: gr.HTML

    @property
    def outputs(self) -> list[Any]:
        """Everything that opening a scan changes."""
        return [
            self.session.scan, self.files, self.notice, self.upload, self.series, self.chosen,
            self.frame, self.viewer, self.cautions, self.about, self.facts, self.truth_box,
            self.truth,
        ]  # fmt: skip

    def open_files(
        self, paths: list[str] | None, request: gr.Request | None = None
    ) -> Iterator[Updates]:
        """Read an upload; of several series, open the largest and offer the others."""
        if not paths:
            return
        yield {self.notice: busy("Reading the files.")}
        reading = self.switches.reading_for(request)
        upload = VisitorUpload([Path(path) for path in paths], self.limits, reading)
        yield {self.files: None}
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
                self.frame: _frames(info),
            },
            upload.holder,
        )
        if several:
            previews = upload.previews()
            yield {self.series: Cards(series_cards(upload, info.key, previews))}

    def choose_series(
        self, upload: VisitorUpload | None, event: gr.SelectData
    ) -> Iterator[Updates]:
        """Read another series of the same upload."""
        if upload is None:
            return
        yield {self.notice: busy("Reading the series.")}
        info = upload.info(str(event.index))
        chosen = {self.chosen: info.key, self.frame: _frames(info)}
        yield from self._show(self._read(upload, info), chosen, upload.holder)

    def choose_frame(
        self, number: float, key: str | None, upload: VisitorUpload | None
    ) -> Iterator[Updates]:
        """Read another volume (time point) of the same series."""
        if upload is None or key is None:
            return
        yield {self.notice: busy(f"Reading volume {number:.0f}.")}
        scan = self._read(upload, upload.info(key), round(number) - 1)
        yield from self._show(scan, {}, upload.holder)

    def open_seed(self, seed: int | None, request: gr.Request | None = None) -> Iterator[Updates]:
        """Make a phantom and show it."""
        if seed is None:
            return
        yield {self.notice: busy("Generating the phantom.")}
        closed = {
            self.upload: None, self.series: Cards(visible=False), self.chosen: None,
            self.frame: gr.Slider(visible=False),
        }  # fmt: skip
        yield from self._show(open_phantom(seed), closed, holder_of(request))

    def chosen_example(self, event: gr.SelectData) -> int:
        """The seed of the example that was clicked."""
        return int(event.index)

    def say(self, message: str) -> Updates:
        """Show an error below the upload; the open scan stays open."""
        return {self.notice: problem(message), self.files: None}

    def show_cells(self, scan: Scan | None, encoded: Encoded | None) -> Updates:
        """The model's grid in the viewer's readout, once the model has read the scan."""
        features = encoded.of(scan) if encoded else None
        if scan is None or features is None:
            return {self.viewer: gr.skip()}
        seen = replace(_picture(scan, draft=False), window=None, crosshair=None)
        return {self.viewer: replace(seen, cells=features.mapping)}

    def stop_tasks(self, request: gr.Request) -> None:
        """End tasks that concern the previous scan."""
        self.switches.supersede(request)

    def open_on(
        self, event: Callable[..., Any], seed_of: Callable[[gr.SelectData], int | None]
    ) -> None:
        """Open the phantom whose seed `seed_of` gives when the event happens."""
        seed = gr.State(None)

        def chosen(choice: gr.SelectData) -> Updates:
            return {seed: seed_of(choice)}

        def refused(message: str) -> Updates:
            return {seed: None} | self.say(message)

        event(
            guarded(chosen, refused), None, [seed, self.notice, self.files], **QUICK,
        ).then(
            guarded(self.open_seed, self.say), seed, self.outputs, **self._how
        ).then(None, None, None, js=SCROLL_TO_VIEWER, **QUICK)  # fmt: skip

    def wire(self) -> None:
        """Connect the panel's own events."""
        for box in (self.files, self.folder):
            box.upload(guarded(self.open_files, self.say), box, self.outputs, **self._reading)
        self.series.select(
            guarded(self.choose_series, self.say), self.upload, self.outputs, **self._reading
        )
        self.frame.release(
            guarded(self.choose_frame, self.say), [self.frame, self.chosen, self.upload],
            self.outputs, **self._reading,
        )  # fmt: skip
        self.open_on(self.examples.select, self.chosen_example)
        self.session.scan.change(self.stop_tasks, None, None, **QUICK)
        self.session.encoded.change(
            guarded(self.show_cells, self.say), [self.session.scan, self.session.encoded],
            [self.viewer, self.notice, self.files], **QUICK,
        )  # fmt: skip

    @property
    def _reading(self) -> dict[str, Any]:
        """Readings wait for a process of their own, and not here for one that hangs."""
        return SHARED | {"concurrency_id": "files", "concurrency_limit": 40}

    @property
    def _how(self) -> dict[str, Any]:
        return SHARED | {"concurrency_id": "open"}

    def _read(self, upload: VisitorUpload, info: SeriesInfo, frame: int = 0) -> Scan:
        # What is packed small may be large inside: it counts before it is read.
        self.switches.budget.check(LEAST_VOXEL_BYTES * info.voxels, upload.holder)
        return Scan(volume=upload.open(info, frame), name=upload.name)

    def _show(self, scan: Scan, more: Updates, holder: Holder | None) -> Iterator[Updates]:
        """Show the scan first, coarse and then in full, and then everything else."""
        self.switches.budget.hold(scan.volume.voxels, holder)
        yield {self.viewer: _picture(scan, draft=True)}
        phantom = scan.seed is not None
        yield {
            self.viewer: _picture(scan, draft=False),
            self.session.scan: scan,
            self.notice: NOTHING,
            self.cautions: cautions_line(scan) if not phantom else NOTHING,
            self.about: gr.Accordion(visible=True, label=about_label(scan)),
            self.facts: facts_table(scan),
            self.truth_box: gr.Accordion(visible=phantom, open=False),
            self.truth: f"<p>{escape(truth_of(scan.seed))}</p>" if scan.seed is not None else "",
            **more,
        }


def build(session: SessionStates, switches: Switches, limits: Limits = DEFAULT_LIMITS) -> ScanPanel:
    """Lay the panel out; `limits` apply to uploads."""
    with gr.Row(elem_id="open-row"):
        with gr.Column(scale=2, min_width=230, elem_id="upload-column"):
            files = gr.File(
                label="NIfTI DICOM NRRD MHA zip",
                file_count="multiple",
                elem_id="upload",
                height=132,
            )
            folder = gr.UploadButton(
                "Choose a DICOM folder", file_count="directory", size="sm", elem_id="folder"
            )
        with gr.Column(scale=5, min_width=300):
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
    with gr.Accordion("About this scan", open=False, visible=False, elem_id="about") as about:
        facts = gr.HTML(elem_id="facts")
    with gr.Accordion(
        "What this phantom really contains", open=False, visible=False, elem_id="truth"
    ) as truth_box:
        truth = gr.HTML()
    return ScanPanel(
        session=session, switches=switches, limits=limits, files=files, folder=folder,
        examples=examples, notice=notice, upload=gr.State(None), series=series, viewer=viewer,
        chosen=gr.State(None), frame=frame,
        cautions=cautions, about=about, facts=facts, truth_box=truth_box, truth=truth,
    )  # fmt: skip


def series_cards(
    upload: VisitorUpload, current: str, previews: Mapping[str, Preview]
) -> list[Card]:
    """One card for each series of an upload; pictures and guesses where there are previews."""
    return [
        Card(
            key=info.key,
            title=info.description,
            note=_note(info, previews.get(info.key)),
            picture=previews[info.key].picture if info.key in previews else b"",
            current=info.key == current,
        )
        for info in upload.series
    ]


def _note(info: SeriesInfo, preview: Preview | None) -> str:
    """Modality and size; a modality that the file doesn't state is a guess, or left out."""
    kind = "" if info.modality == "unknown" else info.modality
    if preview is not None and not kind and preview.modality != "unknown":
        kind = f"probably {preview.modality}"
    slices, rows, columns = info.shape
    more = f", {info.frames} volumes" if info.frames > 1 else ""
    return f"{kind}{', ' if kind else ''}{columns} x {rows} x {slices}{more}"


def _frames(info: SeriesInfo) -> gr.Slider:
    """The choice among the volumes of a series, where there are several."""
    return gr.Slider(
        minimum=1, maximum=max(2, info.frames), value=1, visible=info.frames > 1,
        label=f"Volume ({info.frames} in this series)",
    )  # fmt: skip


def _picture(scan: Scan, *, draft: bool) -> ViewerState:
    return ViewerState(
        volume=scan.volume, window=scan.window, title=scan.name, caption=caption(scan),
        crosshair=scan.center, draft=draft,
    )  # fmt: skip
