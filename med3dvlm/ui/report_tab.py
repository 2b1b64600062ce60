"""The report: written by the model section by section, shown as it comes, copied or downloaded.

report = build(session, switches, services)
report.wire(status)
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio import processing_utils

from med3dvlm.engine.report import ReportState
from med3dvlm.hosting.services import Services
from med3dvlm.hosting.slot import Slot
from med3dvlm.ui.boundary import Updates, guarded
from med3dvlm.ui.events import IN_LINE, QUICK
from med3dvlm.ui.model_status import PURPOSE, ModelStatus
from med3dvlm.ui.notice import NOTHING, busy, problem, standing, told
from med3dvlm.ui.session import Encoded, Scan, SessionStates, features_of, opened
from med3dvlm.ui.stopping import Switches

TASK = "report"
FILE_NAME = "report.md"
EMPTY = "Open a scan, then have the model write a report of it, section by section."
STOPPED = "Stopped. The report is not complete."
STEPS = ("the acquisition plane", "the contrast phase", "the findings", "the impression")


@dataclass(frozen=True, kw_only=True)
class ReportTab:
    """The components of the tab, and what happens in it."""

    session: SessionStates
    switches: Switches
    services: Slot[Services]
    write: gr.Button
    stop: gr.Button
    notice: gr.HTML
    text: gr.Markdown
    download: gr.DownloadButton
    going: gr.State

    def begin(self, scan: Scan | None, request: gr.Request) -> Updates:
        """Say at once that it begins, and show the button that stops it."""
        opened(scan)
        self.switches.renew(request, TASK)
        return {
            self.going: True,
            self.text: "",
            self.notice: busy(f"Asking about {STEPS[0]}.", 0.0),
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
                    yield {self.text: state.markdown(), self.notice: progress_of(state)}
        assert state is not None, "a report has at least one state"
        whole = f"{state.markdown()}\n\n*{written_by(services)}*\n"
        yield {
            self.text: whole,
            self.notice: NOTHING,
            self.going: False,
            self.download: gr.DownloadButton(value=self._file(whole), visible=True),
            **self._writing(going=False),
        }

    def stop_writing(self, request: gr.Request) -> Updates:
        """End the report; what is written stays."""
        self.switches.stop(request, TASK)
        return {self.notice: told(STOPPED), self.going: False, **self._writing(going=False)}

    def turn_to(self, scan: Scan | None) -> Updates:
        """Another scan: its report is not written yet."""
        return {
            self.text: "" if scan else EMPTY,
            self.notice: NOTHING,
            self.going: False,
            self.download: gr.DownloadButton(value=None, visible=False),
            **self._writing(going=False),
        }

    def say(self, message: str) -> Updates:
        """What went wrong."""
        return {self.notice: problem(message), self.going: False, **self._writing(going=False)}

    def wire(self, status: ModelStatus) -> None:
        """Connect the events."""
        session = self.session
        begun = self.write.click(guarded(self.begin, self.say), session.scan, self._shown, **QUICK)
        read = status.read_after(begun.then)
        written = read.then(
            guarded(self.compose, self.say),
            [self.going, session.scan, session.encoded],
            self._shown,
            concurrency_id="answer", **IN_LINE,
        )  # fmt: skip
        self.stop.click(self.stop_writing, None, self._shown, cancels=[read, written], **QUICK)
        session.scan.change(self.turn_to, session.scan, self._shown, cancels=[written], **QUICK)

    @property
    def _shown(self) -> list[Any]:
        return [self.text, self.notice, self.going, self.write, self.stop, self.download]

    def _writing(self, *, going: bool) -> Updates:
        shown = {self.write: gr.Button(visible=not going), self.stop: gr.Button(visible=going)}
        return shown | ({self.download: gr.DownloadButton(visible=False)} if going else {})

    def _file(self, text: str) -> str:
        """In Gradio's cache, from which it expires; only who has the address can fetch it."""
        data = text.encode()
        cache = self.download.GRADIO_CACHE
        return str(processing_utils.save_bytes_to_cache(data, FILE_NAME, cache))


def build(session: SessionStates, switches: Switches, services: Slot[Services]) -> ReportTab:
    """Lay the tab out."""
    with gr.Row(elem_id="report-row"):
        write = gr.Button("Write a report", variant="primary", elem_id="write-report")
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="stop-report")
        download = gr.DownloadButton("Download", visible=False, elem_id="download-report")
    notice = gr.HTML(elem_id="report-notice")
    text = gr.Markdown(
        EMPTY, elem_id="report", buttons=["copy"], latex_delimiters=[], show_label=False
    )
    return ReportTab(
        session=session, switches=switches, services=services, write=write, stop=stop,
        notice=notice, text=text, download=download, going=gr.State(value=False),
    )  # fmt: skip


def progress_of(state: ReportState) -> str:
    """Which question is being asked, and how far the report is."""
    if state.done >= state.steps:
        return NOTHING
    return busy(f"Asking about {STEPS[state.done]}.", state.done / state.steps)


def written_by(services: Services) -> str:
    """The last line of every report."""
    card = services.card
    return f"Written by {card.info.name} ({card.digest}). {PURPOSE}"
