"""The report: written section by section, changed in place, kept as a file, compared.

report = build(session, switches, services)
report.wire(status, panel)
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

import gradio as gr

from med3dvlm.engine.features import VolumeFeatures
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
from med3dvlm.ui.page.stopping import OPEN, Signal, Switches
from med3dvlm.ui.report.compare import build_comparison, comparison
from med3dvlm.ui.report.export import Written, write_files
from med3dvlm.ui.scan.examples import truth_of
from med3dvlm.ui.scan.panel import ScanPanel

TASK = "report"
EMPTY = "Open a scan, then have the model write a report on it, section by section."
STOPPED = "Stopped. The report is incomplete."
HELD = "The report begins when the scan is open."
NOT_OPENED = "The scan could not be opened, so no report was begun."
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
    signal: gr.State
    written: gr.State
    waits: gr.State  # whether a report was asked for while its scan is being opened

    def begin(self, scan: Scan | None, request: gr.Request) -> Updates:
        """Say at once that it begins, and show the button that stops it."""
        if self.switches.current(request, OPEN):
            return {self.waits: True, self.notice: busy(HELD)}
        scan = opened(scan)
        return {
            self.waits: False,
            self.signal: self.switches.renew(request, TASK, scan.about),
            self.sheet: "",
            self.notice: busy(f"Asking about {STEPS[0]}.", 0.0),
            self.compared: NOTHING,
            **self._writing(going=True),
        }

    def begin_held(self, waits: bool, scan: Scan | None, request: gr.Request) -> Updates:
        """Begin the report that waited for a scan, now that one is open."""
        return self.begin(scan, request) if waits and scan is not None else {}

    def give_up(self, waits: bool) -> Updates:
        """The scan that a report waits for could not be opened."""
        return {self.waits: False, self.notice: told(NOT_OPENED)} if waits else {}

    def compose(
        self, signal: Signal | None, scan: Scan | None, encoded: Encoded | None,
        request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Stream the report."""
        if signal is None or not signal.take_up():
            return  # it was refused, or is being written already
        try:
            yield from self._composed(signal, opened(scan), encoded, request)
        finally:
            self.switches.done(request, TASK, signal)

    def _composed(
        self, signal: Signal, scan: Scan, encoded: Encoded | None, request: gr.Request
    ) -> Iterator[Updates]:
        state: ReportState | None = None
        if not signal.is_set():
            with self.switches.turn(request, TASK) as turn:
                for place in takewhile(lambda _: not signal.is_set(), turn.waiting()):
                    yield {self.notice: standing(place)}
                for state in self._states(features_of(encoded, scan), scan, signal):
                    yield {self.sheet: state, self.notice: progress_of(state)}
        # Where another report has taken over or another scan is open, nothing more is said.
        if not self.switches.is_current(request, TASK, signal):
            return
        if signal.is_set():
            # Again what the stop said: a piece of the report may have reached the page after it.
            yield {self.notice: told(STOPPED), **self._writing(going=False)}
            return
        assert state is not None, "a report has at least one state"
        yield self._finished(state, features_of(encoded, scan), scan)

    def _states(
        self, features: VolumeFeatures, scan: Scan, signal: Signal
    ) -> Iterator[ReportState]:
        """The report as it grows; ends early where it is stopped."""
        if signal.is_set():
            return
        with closing(self.services.value().report(features, scan.volume)) as states:
            yield from takewhile(lambda _: not signal.is_set(), states)

    def _finished(self, state: ReportState, features: VolumeFeatures, scan: Scan) -> Updates:
        provenance = provenance_of(
            self.services.value().card, features, scan.volume, made=datetime.now(UTC),
            choice=scan.choice,
        )  # fmt: skip
        written = Written(digest=scan.volume.digest, state=state, provenance=provenance)
        return {
            self.notice: NOTHING,
            **self._writing(going=False),
            **self._kept(written, scan),
        }

    def change(self, event: gr.EditData, written: Written | None, scan: Scan | None) -> Updates:
        """Put a reader's text in the place of a section's."""
        if written is None or scan is None or written.of(scan) is None:
            return {self.notice: told("This report belongs to a different scan.")}
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
        return {self.notice: told(STOPPED), **self._writing(going=False)}

    def turn_to(self, scan: Scan | None, written: Written | None, request: gr.Request) -> Updates:
        """Another scan: its report is not written yet; the one before is written again or lost.

        A report that was begun since the scan is open goes on.
        """
        running = self.switches.current(request, TASK)
        if scan is not None and running is not None and running.about == scan.about:
            return self._reference_of(scan)
        self.switches.supersede(request, TASK)
        known = written.of(scan) if written else None
        shown = {button: gr.DownloadButton(visible=known is not None) for button in self.downloads}
        return {
            self.sheet: known or ("" if scan else EMPTY),
            self.notice: NOTHING,
            self.compared: NOTHING,
            **self._reference_of(scan),
            **self._writing(going=False),
            **shown,
        }

    def _reference_of(self, scan: Scan | None) -> Updates:
        """No reference yet; of a phantom, the true report is offered."""
        phantom = scan is not None and scan.seed is not None
        return {self.reference: "", self.use_truth: gr.Button(visible=phantom)}

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
        return {self.notice: problem(message), **self._writing(going=False)}

    def refuse(self, message: str) -> Updates:
        """Why there can be no report, or why it can't be changed; what is there stays."""
        return {self.notice: problem(message)}

    def say_of_comparison(self, message: str) -> Updates:
        """Why there is no comparison."""
        return {self.compared: problem(message)}

    def wire(self, status: ModelStatus, panel: ScanPanel) -> None:
        """Connect the events."""
        session = self.session
        kept = [self.written, session.scan]
        turned = session.scan.change(
            guarded(self.turn_to, self.say), [session.scan, self.written],
            [*self._shown, self.reference, self.use_truth], **QUICK,
        )  # fmt: skip
        beginning = [self.waits, self.signal, *self._shown]
        for begun in (
            self.write.click(guarded(self.begin, self.refuse), session.scan, beginning, **QUICK),
            turned.then(
                guarded(self.begin_held, self.refuse), [self.waits, session.scan], beginning,
                **QUICK,
            ),
        ):  # fmt: skip
            status.read_after(begun.then).then(
                guarded(self.compose, self.say),
                [self.signal, session.scan, session.encoded],
                [*self._shown, self.written],
                **IN_QUEUE,
            )
        panel.failed.change(
            guarded(self.give_up, self.refuse), self.waits, [self.waits, self.notice], **QUICK
        )
        self.sheet.edit(
            guarded(self.change, self.refuse), kept, [*self._shown, self.written], **SHARED
        )
        self.stop.click(self.stop_writing, None, self._shown, **QUICK)
        self.use_truth.click(self.take_truth, session.scan, self.reference, **QUICK)
        self.compare.click(
            guarded(self.put_beside, self.say_of_comparison), [self.reference, *kept],
            self.compared, **SHARED,
        )  # fmt: skip

    @property
    def _shown(self) -> list[Any]:
        return [
            self.sheet, self.notice, self.write, self.stop, self.compared, *self.downloads,
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
    comparing = build_comparison()
    return ReportTab(
        session=session, switches=switches, services=services, write=write, stop=stop,
        notice=notice, sheet=sheet, downloads=downloads, **comparing, signal=gr.State(None),
        waits=gr.State(False), written=gr.State(None, time_to_live=LIFETIME_SECONDS),
    )  # fmt: skip


def progress_of(state: ReportState) -> str:
    """Which question is being asked, and how far the report is."""
    if state.done >= state.steps:
        return NOTHING
    return busy(f"Asking about {STEPS[state.done]}.", state.done / state.steps)
