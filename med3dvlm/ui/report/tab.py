"""The report: written section by section, changed in place, kept as a file, compared.

report = build(session, switches, services)

Its events are connected in med3dvlm/ui/report/wiring.py.
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
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import NOTHING, busy, problem, standing, told
from med3dvlm.ui.page.pointing import NOWHERE, number_in
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
from med3dvlm.values import whole_text

TASK = "report"
EMPTY = "Open a scan, then have the model write a report on it, section by section."
STOPPED = "Stopped. The report is incomplete."
HELD = "The report begins when the scan is open."
NOT_OPENED = "The scan could not be opened, so no report was begun."
EDITED = "This report holds changes of yours. Press again to have a new one written in its place."
LONGEST_SECTION = 20_000  # characters
TOO_LONG = (
    f"A section has {LONGEST_SECTION:,} characters at most, so this change is not kept. Copy and "
    "shorten it."
)
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
    warned: gr.State  # the edited report that was to be written anew, until that is asked for again
    offered: gr.State  # the true report that was put in as the reference

    def begin(
        self, scan: Scan | None, request: gr.Request, written: Written | None = None,
        warned: Written | None = None,
    ) -> Updates:  # fmt: skip
        """Say at once that it begins, and show the button that stops it.

        One that was edited is given up only where that is asked for twice.
        """
        if self.switches.current(request, OPEN):
            return {self.waits: True, self.notice: busy(HELD)}
        scan = opened(scan)
        if written and written.of(scan) and written.is_edited and warned is not written:
            return {self.warned: written, self.notice: told(EDITED)}
        return {
            self.waits: False,
            self.warned: None,
            self.signal: self.switches.renew(request, TASK, scan.about),
            self.sheet: "",
            self.notice: busy(f"Asking about {STEPS[0]}.", 0.0),
            self.compared: NOTHING,
            **self._writing(going=True),
        }

    def begin_held(
        self, waits: bool, scan: Scan | None, request: gr.Request, written: Written | None = None
    ) -> Updates:
        """Begin the report that waited for a scan, now that one is open."""
        if not waits or scan is None:
            return {}
        return {self.waits: False} | self.begin(scan, request, written)

    def give_up(self, waits: bool) -> Updates:
        """The scan that a report waits for could not be opened."""
        return {self.waits: False, self.notice: told(NOT_OPENED)} if waits else {}

    def compose(
        self, signal: Signal | None, scan: Scan | None, encoded: Encoded | None,
        request: gr.Request, written: Written | None = None,
    ) -> Iterator[Updates]:  # fmt: skip
        """Stream the report; those on other scans that were `written` are kept."""
        if signal is None or not signal.take_up():
            return  # it was refused, or is being written already
        try:
            yield from self._composed(signal, opened(scan), encoded, request, written)
        finally:
            self.switches.done(request, TASK, signal)

    def _composed(
        self, signal: Signal, scan: Scan, encoded: Encoded | None, request: gr.Request,
        kept: Written | None,
    ) -> Iterator[Updates]:  # fmt: skip
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
        yield self._finished(state, features_of(encoded, scan), scan, kept)

    def _states(
        self, features: VolumeFeatures, scan: Scan, signal: Signal
    ) -> Iterator[ReportState]:
        """The report as it grows; ends early where it is stopped."""
        if signal.is_set():
            return
        with closing(self.services.value().report(features, scan.volume)) as states:
            yield from takewhile(lambda _: not signal.is_set(), states)

    def _finished(
        self, state: ReportState, features: VolumeFeatures, scan: Scan, kept: Written | None
    ) -> Updates:
        provenance = provenance_of(
            self.services.value().card, features, scan.volume, made=datetime.now(UTC),
            choice=scan.choice,
        )  # fmt: skip
        written = Written(digest=scan.volume.digest, state=state, provenance=provenance)
        return {
            self.notice: NOTHING,
            **self._writing(going=False),
            **self._kept(written.beside(kept), scan),
        }

    def change(self, event: gr.EditData, written: Written | None, scan: Scan | None) -> Updates:
        """Put a reader's text in the place of a section's."""
        if written is None or scan is None or written.of(scan) is None:
            return {self.notice: told("This report belongs to a different scan.")}
        number = number_in(event)
        if not 0 <= number < len(written.state.sections):
            return {self.notice: told(NOWHERE)}
        text = whole_text(str(event.value))
        if len(text) > LONGEST_SECTION:
            return {self.notice: told(TOO_LONG)}
        changed = written.edited(number, text)
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

    def turn_to(
        self, scan: Scan | None, written: Written | None, request: gr.Request, reference: str = "",
        offered: str = "",
    ) -> Updates:  # fmt: skip
        """Another scan: the report on it, if there is one; the one before is kept.

        A report that was begun since the scan is open goes on.
        """
        running = self.switches.current(request, TASK)
        if scan is not None and running is not None and running.about == scan.about:
            return self._reference_of(scan, reference, offered)
        self.switches.supersede(request, TASK)
        known = written.about(scan) if written else None
        hidden = {button: gr.DownloadButton(visible=False) for button in self.downloads}
        return {
            self.sheet: "" if scan else EMPTY,
            self.notice: NOTHING,
            self.compared: NOTHING,
            **self._reference_of(scan, reference, offered),
            **self._writing(going=False),
            **(self._kept(known, scan) if known and scan else hidden),
        }

    def _reference_of(self, scan: Scan | None, reference: str, offered: str) -> Updates:
        """No reference but what was typed; of a phantom, the true report is offered."""
        phantom = scan is not None and scan.seed is not None
        typed = not offered or reference != offered
        return {
            self.reference: gr.skip() if typed else "",
            self.use_truth: gr.Button(visible=phantom),
        }

    def take_truth(self, scan: Scan | None) -> Updates:
        """What is really in a phantom, as the reference."""
        truth = "" if scan is None or scan.seed is None else truth_of(scan.seed)
        return {self.reference: truth, self.offered: truth}

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

    @property
    def shown(self) -> list[Any]:
        """What a report changes."""
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
        waits=gr.State(False), warned=gr.State(None), offered=gr.State(""),
        written=gr.State(None, time_to_live=LIFETIME_SECONDS),
    )  # fmt: skip


def progress_of(state: ReportState) -> str:
    """Which question is being asked, and how far the report is."""
    if state.done >= state.steps:
        return NOTHING
    return busy(f"Asking about {STEPS[state.done]}.", state.done / state.steps)
