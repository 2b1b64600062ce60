"""The truth of a phantom: where each finding was painted, and what the model says of it.

Nothing is shown before it is asked for, so that nobody sees the answer before the question.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import gradio as gr
import numpy as np

from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.dialogue import GREEDY
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.case import Case, make_case
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.components.viewer.state import MARK, Overlay, ViewerState
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE, QUICK, SHARED
from med3dvlm.ui.page.notice import NOTHING, busy, problem, standing, told
from med3dvlm.ui.page.pointing import number_in
from med3dvlm.ui.page.session import (
    LIFETIME_SECONDS,
    Encoded,
    Scan,
    SessionStates,
    features_of,
    opened,
)
from med3dvlm.ui.page.stopping import OPEN, Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan import examples
from med3dvlm.ui.scan.looks import with_overlay
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.ui.scan.verdicts import Row, judged, table_of, true_rows
from med3dvlm.volumes.grid import GridMap

TASK = "truth"
QUESTION = "Describe the findings."
LONGEST = 300  # tokens
REAL = "This is a real scan: nobody painted its findings, so there is no truth to hold against it."
HIDDEN = "What was painted into this phantom, and whether the model finds it. Ask your own first."
HELD = "The truth is shown when the scan is open."
SAID = 'The model was asked: "{}" Findings are compared, not words. It said: {}'
# A click on the name of a finding, told to the handlers of `select`.
CLICKS = """
element.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]")?.dataset.row;
  if (row !== undefined) trigger("select", { index: Number(row), value: row });
});
"""


@dataclass(frozen=True, slots=True, eq=False)
class Revealed:
    """The truth of the open phantom, once it was asked for.

    Attributes:
        digest: of the phantom's volume.
        rows: the findings.
        overlay: where they were painted.
        asked: whether the model has said what it makes of them.
    """

    digest: str
    rows: tuple[Row, ...]
    overlay: Overlay | None
    asked: bool = False


@dataclass(frozen=True, kw_only=True)
class TruthTab:
    """The components of the tab, and what happens in it."""

    session: SessionStates
    switches: Switches
    services: Loading[Services]
    viewer: VolumeViewer
    reveal: gr.Button
    notice: gr.HTML
    table: gr.HTML
    revealed: gr.State
    waits: gr.State  # whether the truth was asked for while its scan is being opened

    def turn_to(
        self, scan: Scan | None, encoded: Encoded | None, revealed: Revealed | None
    ) -> Updates:
        """Another scan: its truth is not shown yet; the same one prepared anew keeps it."""
        if scan and revealed and revealed.digest == scan.volume.digest:
            return {self.viewer: look(scan, encoded, revealed)}
        phantom = scan is not None and scan.seed is not None
        return {
            self.reveal: gr.Button(visible=phantom),
            self.notice: told(HIDDEN if phantom else REAL) if scan else NOTHING,
            self.table: NOTHING,
            self.revealed: None,
        }

    def show(self, scan: Scan | None, encoded: Encoded | None, request: gr.Request) -> Updates:
        """What was painted, as a table and over the scan."""
        if self.switches.current(request, OPEN):
            return {self.waits: True, self.notice: busy(HELD)}
        scan = opened(scan)
        if scan.seed is None:
            return {self.notice: told(REAL)}
        case = make_case(scan.seed, shape=examples.SHAPE, masked=True)
        revealed = Revealed(scan.volume.digest, true_rows(case), overlay_of(case))
        return {
            self.reveal: gr.Button(visible=False),
            self.notice: busy(f"Asking the model: {QUESTION}"),
            self.table: table_of(revealed.rows),
            self.revealed: revealed,
            self.viewer: look(scan, encoded, revealed),
        }

    def show_held(
        self, waits: bool, scan: Scan | None, encoded: Encoded | None, request: gr.Request
    ) -> Updates:
        """The truth that waited for a scan, now that one is open."""
        if not waits or scan is None:
            return {}
        return {self.waits: False, **self.show(scan, encoded, request)}

    def give_up(self, waits: bool) -> Updates:
        """The scan whose truth is waited for could not be opened."""
        return {self.waits: False, self.notice: told(HIDDEN)} if waits else {}

    def judge(
        self, scan: Scan | None, encoded: Encoded | None, revealed: Revealed | None,
        request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """What the model says of each finding, in its turn with the model."""
        if scan is None or revealed is None or revealed.digest != scan.volume.digest:
            return
        if revealed.asked:
            return
        signal, text = self.switches.renew(request, TASK, scan.about), ""
        features = features_of(encoded, scan)
        with self.switches.turn(request, TASK) as turn:
            for place in takewhile(lambda _: not signal.is_set(), turn.waiting()):
                yield {self.notice: standing(place)}
            decoding = replace(GREEDY, max_new_tokens=LONGEST)
            stream = self.services.value().answer(features, Conversation(), QUESTION, decoding)
            with closing(stream) as events:
                for event in takewhile(lambda _: not signal.is_set(), events):
                    text += event.text
        if signal.is_set():
            return
        rows = judged(revealed.rows, text)
        yield {
            self.table: table_of(rows),
            self.notice: told(SAID.format(QUESTION, text.strip())),
            self.revealed: replace(revealed, rows=rows, asked=True),
        }

    def go(
        self, event: gr.SelectData, scan: Scan | None, encoded: Encoded | None,
        revealed: Revealed | None,
    ) -> Updates:  # fmt: skip
        """To the finding whose name was clicked, in the window in which it is seen."""
        number = number_in(event)
        if scan is None or revealed is None or not 0 <= number < len(revealed.rows):
            return {self.viewer: gr.skip()}
        row = revealed.rows[number]
        shown = with_overlay(
            scan, encoded, revealed.overlay, window=row.window, crosshair=row.center
        )
        return {self.viewer: shown}

    def say(self, message: str) -> Updates:
        """What went wrong."""
        return {self.notice: problem(message), self.reveal: gr.Button(visible=True)}

    def wire(self, status: ModelStatus, panel: ScanPanel, turning: Turning) -> None:
        """Connect the events."""
        scan, encoded = self.session.scan, self.session.encoded
        shown = [self.reveal, self.notice, self.table, self.revealed]
        told_first = [*shown, self.waits, self.viewer]
        turning.add(self.turn_to, [scan, encoded, self.revealed], [*shown, self.viewer], self.say)
        for revealed in (
            self.reveal.click(
                guarded(self.show, self.say), [scan, encoded], told_first, **SHARED
            ),
            turning.resuming(bool, [self.waits])(
                guarded(self.show_held, self.say), [self.waits, scan, encoded], told_first,
                **SHARED,
            ),
        ):  # fmt: skip
            status.read_after(revealed.then).then(
                guarded(self.judge, self.say), [scan, encoded, self.revealed], shown, **IN_QUEUE
            )
        panel.failed.change(
            guarded(self.give_up, self.say), self.waits, [self.waits, *shown], **QUICK
        )
        self.table.select(
            guarded(self.go, self.say), [scan, encoded, self.revealed],
            [self.viewer, *shown], **QUICK,
        )  # fmt: skip


def look(scan: Scan, encoded: Encoded | None, revealed: Revealed) -> ViewerState:
    """The open scan with what was painted over it; the place and the window stay."""
    return with_overlay(scan, encoded, revealed.overlay)


def overlay_of(case: Case) -> Overlay | None:
    """All findings in one colour; None where there are none."""
    if not case.masks:
        return None
    painted = np.logical_or.reduce(case.masks)
    grid = painted.shape
    return Overlay(
        values=np.where(painted, np.uint8(255), np.uint8(0)),
        mapping=GridMap(start=(0, 0, 0), stop=grid, grid=grid),
        legend="What was painted", ends=("", "painted"), colours=MARK, smooth=False,
    )  # fmt: skip


def build(
    session: SessionStates, switches: Switches, services: Loading[Services], panel: ScanPanel
) -> TruthTab:
    """Lay the tab out, below the viewer."""
    with panel.tabs, gr.Tab("Truth", id="truth", elem_id="truth"):
        notice = gr.HTML(elem_id="truth-notice")
        reveal = gr.Button(
            "Show the truth and ask the model", variant="primary", size="sm", visible=False,
            elem_id="reveal",
        )  # fmt: skip
        table = gr.HTML(elem_id="verdicts", js_on_load=CLICKS)
    parts: dict[str, Any] = {"reveal": reveal, "notice": notice, "table": table}
    return TruthTab(
        session=session, switches=switches, services=services, viewer=panel.viewer,
        revealed=gr.State(None, time_to_live=LIFETIME_SECONDS), waits=gr.State(False), **parts,
    )  # fmt: skip
