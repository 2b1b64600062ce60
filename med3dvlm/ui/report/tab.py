"""The report: written section by section, changed in place, kept as a file, compared.

report = build(session, switches, services)
report.wire(status)
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from med3dvlm.engine.provenance import provenance_of
from med3dvlm.engine.report import ReportState
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.components.sheet import Sheet
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE, QUICK, SHARED
from med3dvlm.ui.page.notice import NOTHING, busy, problem, standing, told
from med3dvlm.ui.page.session import (
    LIFETIME_SECONDS,
    Encoded,
    Scan,
    SessionStates,
    features_of,
    opened,
)
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.report.compare import comparison
from med3dvlm.ui.report.export import Written, write_files
from med3dvlm.ui.scan.examples import truth_of

TASK = "report"
EMPTY = "Open a scan, then have the model write a report of it, section by section."
STOPPED = "Stopped. The report is not complete."
STEPS = ("the acquisition plane", "the contrast phase", "the findings", "the impression")
FILES = ("Markdown", "PDF", "JSON")


@dataclass(frozen=True, kw_only=True)
class ReportTab:
    """The components of the tab, and what happens in it."""

    session: SessionStates
    switches: Switches
    services: Loading[Services]
    write: gr.Button
    stop: gr.Button
    notice: gr.HTML
    sheet: Sheet
    downloads: tuple[gr.DownloadButton, ...]
    reference: gr.Textbox
    use_truth: gr.Button
    compare: gr.Button
    compared: gr.HTML
    going: gr.State
    written: gr.State

    def begin(self, scan: Scan | None, request: gr.Request) -> Updates:
        """Say at once that it begins, and show the button that stops it."""
        opened(scan)
        self.switches.renew(request, TASK)
        return {
            self.going: True,
            self.sheet: "",
            self.notice: busy(f"Asking about {STEPS[0]}.", 0.0),
            self.compared: NOTHING,
            **self._writing(going=True),
        }

    def compose(
        self, going: object, scan: Scan | None, encoded: Encoded | None, request: gr.Request
    ) -> Iterator[Updates]:
        """Stream the report."""
        stopped = self.switches.current(request, TASK)
        if not going or stopped.is_set():
            return
        scan = opened(scan)
        features = features_of(encoded, scan)
        services = self.services.value()
        state: ReportState | None = None
        with self.switches.turn(request, TASK) as turn:
            for place in turn.waiting():
                if stopped.is_set():
                    return
                yield {self.notice: standing(place)}
            with closing(services.report(features, scan.volume)) as states:
                for state in states:
                    if stopped.is_set():
                        return
                    yield {self.sheet: state, self.notice: progress_of(state)}
        assert state is not None, "a report has at least one state"
        provenance = provenance_of(
            services.card, features, scan.volume, made=datetime.now(UTC), choice=scan.choice
        )
        written = Written(digest=scan.volume.digest, state=state, provenance=provenance)
        yield {
            self.notice: NOTHING,
            self.going: False,
            **self._writing(going=False),
            **self._kept(written, scan),
        }

    def change(self, event: gr.EditData, written: Written | None, scan: Scan | None) -> Updates:
        """Put a reader's text in the place of a section's."""
        if written is None or scan is None or written.of(scan) is None:
            return {self.notice: told("This report is not of the open scan any more.")}
        changed = written.edited(int(str(event.index)), str(event.value))
        return self._kept(changed, scan) | {self.notice: NOTHING, self.compared: NOTHING}

    def _kept(self, written: Written, scan: Scan) -> Updates:
        """The report as it is now, and its files."""
        paths = write_files(written, scan, self.downloads[0].GRADIO_CACHE)
        shown = {
            button: gr.DownloadButton(value=path, visible=True)
            for button, path in zip(self.downloads, paths, strict=True)
        }
        return {self.written: written, self.sheet: written.state, **shown}

    def stop_writing(self, request: gr.Request) -> Updates:
        """End the report; what is written stays."""
        self.switches.stop(request, TASK)
        return {self.notice: told(STOPPED), self.going: False, **self._writing(going=False)}

    def turn_to(self, scan: Scan | None, written: Written | None) -> Updates:
        """Another scan: its report is not written yet; the one before is written again or lost."""
        known = written.of(scan) if written else None
        shown = {button: gr.DownloadButton(visible=known is not None) for button in self.downloads}
        return {
            self.sheet: known or ("" if scan else EMPTY),
            self.notice: NOTHING,
            self.going: False,
            self.compared: NOTHING,
            self.reference: "",
            self.use_truth: gr.Button(visible=scan is not None and scan.seed is not None),
            **self._writing(going=False),
            **shown,
        }

    def take_truth(self, scan: Scan | None) -> Updates:
        """What is really in a phantom, as the reference."""
        if scan is None or scan.seed is None:
            return {self.reference: ""}
        return {self.reference: truth_of(scan.seed)}

    def put_beside(self, reference: str, written: Written | None, scan: Scan | None) -> Updates:
        """Compare the report of the open scan with the reference."""
        state = written.of(scan) if written else None
        return {self.compared: comparison(state.text if state else "", reference)}

    def say(self, message: str) -> Updates:
        """What went wrong."""
        return {self.notice: problem(message), self.going: False, **self._writing(going=False)}

    def say_of_comparison(self, message: str) -> Updates:
        """Why there is no comparison."""
        return {self.compared: problem(message)}

    def wire(self, status: ModelStatus) -> None:
        """Connect the events."""
        session = self.session
        kept = [self.written, session.scan]
        begun = self.write.click(guarded(self.begin, self.say), session.scan, self._shown, **QUICK)
        read = status.read_after(begun.then)
        written = read.then(
            guarded(self.compose, self.say),
            [self.going, session.scan, session.encoded],
            [*self._shown, self.written],
            **IN_QUEUE,
        )  # fmt: skip
        self.sheet.edit(
            guarded(self.change, self.say), kept, [*self._shown, self.written], **SHARED
        )
        self.stop.click(self.stop_writing, None, self._shown, cancels=[read, written], **QUICK)
        session.scan.change(
            self.turn_to, [session.scan, self.written],
            [*self._shown, self.reference, self.use_truth], cancels=[written], **QUICK,
        )  # fmt: skip
        self.use_truth.click(self.take_truth, session.scan, self.reference, **QUICK)
        self.compare.click(
            guarded(self.put_beside, self.say_of_comparison), [self.reference, *kept],
            self.compared, **SHARED,
        )  # fmt: skip

    @property
    def _shown(self) -> list[Any]:
        return [
            self.sheet, self.notice, self.going, self.write, self.stop, self.compared,
            *self.downloads,
        ]  # fmt: skip

    def _writing(self, *, going: bool) -> Updates:
        shown = {self.write: gr.Button(visible=not going), self.stop: gr.Button(visible=going)}
        hidden = {button: gr.DownloadButton(visible=False) for button in self.downloads}
        return shown | (hidden if going else {})


def build(session: SessionStates, switches: Switches, services: Loading[Services]) -> ReportTab:
    """Lay the tab out."""
    with gr.Row(elem_id="report-row"):
        write = gr.Button("Write a report", variant="primary", elem_id="write-report")
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="stop-report")
    notice = gr.HTML(elem_id="report-notice")
    sheet = Sheet(EMPTY, elem_id="report")
    with gr.Row(elem_id="report-files"):
        downloads = tuple(
            gr.DownloadButton(
                name,
                visible=False,
                size="sm",
                min_width=90,
                elem_id=f"download-{name.lower()}",
            )
            for name in FILES
        )
    with gr.Accordion("Compare with a reference", open=False, elem_id="compare-box"):
        reference = gr.Textbox(
            label="Reference report", lines=4, max_lines=12, max_length=20_000,
            elem_id="reference", placeholder="Paste findings and impression of a known report",
        )  # fmt: skip
        with gr.Row():
            use_truth = gr.Button("Use the true report", visible=False, elem_id="use-truth")
            compare = gr.Button("Compare", variant="primary", elem_id="compare")
        compared = gr.HTML(elem_id="compared")
    return ReportTab(
        session=session, switches=switches, services=services, write=write, stop=stop,
        notice=notice, sheet=sheet, downloads=downloads, reference=reference,
        use_truth=use_truth, compare=compare, compared=compared, going=gr.State(value=False),
        written=gr.State(None, time_to_live=LIFETIME_SECONDS),
    )  # fmt: skip


def progress_of(state: ReportState) -> str:
    """Which question is being asked, and how far the report is."""
    if state.done >= state.steps:
        return NOTHING
    return busy(f"Asking about {STEPS[state.done]}.", state.done / state.steps)
