"""The zero-shot bench: pairs of prompts on phantoms of known truth and on the open scan.

bench = build(session, switches, services, panel)
bench.wire(turning)
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape

import gradio as gr
import numpy as np

from med3dvlm.engine.understanding.own_words import presence_question
from med3dvlm.explain.prompt_pairs import (
    MEANS,
    MEANS_NOT,
    Floats,
    Prompts,
    bench_trials,
    read_pairs,
)
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial, plant
from med3dvlm.ui.components.figure import drawn
from med3dvlm.ui.explain.prompts.figure import Measured, bench_figure, bench_rows, said
from med3dvlm.ui.explain.running import Opening, Work, build_earlier
from med3dvlm.ui.explain.said import both_ways
from med3dvlm.ui.explain.saving import csv_of, kept
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.page.notice import NOTHING, busy, told
from med3dvlm.ui.page.session import Scan, SessionStates
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.volumes.grid import AS_TRAINED

TASK = "bench"
PEOPLE, MOST_IN_PAGE = 12, 40
OFTEN = 4  # people between two pictures
FIRST = "pleural effusion"
DONE = "{count} scans of {people} people are compared: each person with and without the finding."
ANOTHER = "Another scan is open. Compare again to try the prompts on it."
NO_SCAN = " Open a scan to try the same prompts on it."


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The components of the bench, and what happens in it."""

    session: SessionStates
    work: Work
    kind: gr.Dropdown
    states: gr.Textbox
    denies: gr.Textbox
    people: gr.Slider
    threshold: gr.Slider
    plot: gr.Plot
    result: gr.HTML
    export: gr.DownloadButton
    measured: gr.State  # a Measured, once there is one
    failed: gr.State

    def write(self, kind: object) -> Updates:
        """The usual prompts for a kind; whatever else is sent changes none."""
        if not isinstance(kind, str) or kind not in KINDS:
            return {self.states: gr.skip()}
        states, denies = usual_prompts(kind)
        return {self.states: states, self.denies: denies}

    def compare(  # noqa: PLR0913  (each is a control)
        self, kind: str, states: str, denies: str, people: float, threshold: float,
        scan: Scan | None, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Compare the prompts with phantoms and with the open scan."""
        if held := self.work.held_back(request):
            yield held
            return
        pairs = read_pairs(states or "", denies or "")
        trials = bench_trials(kind, people=int(people))
        work = partial(self._compared, kind, pairs, trials, threshold, scan)
        yield from self.work.run(request, "Painting the first person.", work)

    def _compared(
        self, kind: str, pairs: tuple[Prompts, ...], trials: Sequence[Trial], threshold: float,
        scan: Scan | None, services: Services,
    ) -> Generator[Updates]:  # fmt: skip
        opened = None
        if scan is not None:
            opened = next(services.insights.fits(pairs, (scan.volume,), scan.choice))
        rows: list[Floats] = []
        done: list[Trial] = []
        for trial in trials:
            rows += _both(services, pairs, trial)
            done.append(trial)
            doing = f"{len(done)} of {len(trials)} people are painted and compared."
            yield {self.work.notice: busy(doing, len(done) / len(trials))}
            if len(done) % OFTEN and len(done) < len(trials):
                continue
            measured = Measured(
                kind=kind, pairs=pairs, seeds=tuple(t.seed for t in done for _ in range(2)),
                ill=(True, False) * len(done), logits=np.stack(rows), opened=opened,
            )  # fmt: skip
            yield self._drawn(measured, threshold)
        hint = "" if scan is not None else NO_SCAN
        text = DONE.format(count=len(rows), people=len(done))
        yield {
            self.work.notice: told(text + hint),
            **self.work.found(f"{kind}, {len(done)} people"),
            self.export: kept(self.export, "prompts.csv", csv_of(bench_rows(measured))),
        }

    def _drawn(self, measured: Measured, threshold: float) -> Updates:
        return {
            self.measured: measured,
            self.plot: gr.Plot(
                value=drawn(bench_figure(measured, threshold=threshold)), visible=True
            ),
            self.result: told_of(measured, threshold),
        }

    def move(self, threshold: float, measured: Measured | None) -> Updates:
        """Another threshold: nothing is computed again."""
        return self._drawn(measured, threshold) if measured else {self.result: gr.skip()}

    def turn_to(self, threshold: float, measured: Measured | None, request: gr.Request) -> Updates:
        """Another scan: what was said of the one before is gone, the phantoms stay."""
        ended = {self.work.notice: NOTHING, **self.work.drop(request)}
        if measured is None or measured.opened is None:
            return ended
        kept_rows = replace(measured, opened=None)
        hidden = {self.export: gr.DownloadButton(visible=False), self.work.notice: told(ANOTHER)}
        return ended | self._drawn(kept_rows, threshold) | hidden

    def wire(self, turning: Turning) -> None:
        """Connect the events."""
        shown = [self.measured, self.plot, self.result]
        all_shown = [*shown, self.export, *self.work.shown]
        given = [
            self.kind, self.states, self.denies, self.people, self.threshold, self.session.scan
        ]  # fmt: skip
        self.kind.input(self.write, self.kind, [self.states, self.denies], **QUICK)
        self.work.on_start(self.compare, given, all_shown)
        how = QUICK | {"trigger_mode": "always_last"}
        self.threshold.input(self.move, [self.threshold, self.measured], shown, **how)
        turning.add(self.turn_to, [self.threshold, self.measured], all_shown)
        self.work.on_open(
            self.compare, given, all_shown, Opening(turning=turning, failed=self.failed)
        )


def _both(services: Services, pairs: tuple[Prompts, ...], trial: Trial) -> list[Floats]:
    """Logits of one person with and without the finding."""
    pair = plant(trial)
    return list(services.insights.fits(pairs, (pair.ill, pair.healthy), AS_TRAINED))


def usual_prompts(kind: str) -> tuple[str, str]:
    """A text that states a kind of finding and one that denies it."""
    verb, _, rest = presence_question(kind).rstrip("?").partition(" there ")
    bare = rest.removeprefix("a ").removeprefix("an ")
    return f"there {verb.lower()} {rest}", f"there {verb.lower()} no {bare}"


def told_of(measured: Measured, threshold: float) -> str:
    """The sentences below the figure, and what it means."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in said(measured, threshold))
    return f"<div class='explain-said'>{lines}</div>{both_ways(MEANS, MEANS_NOT)}"


def build(
    session: SessionStates, switches: Switches, services: Loading[Services], panel: ScanPanel
) -> Bench:
    """Lay the bench out."""
    states, denies = usual_prompts(FIRST)
    kind = gr.Dropdown(
        list(KINDS), value=FIRST, label="Finding in the phantoms", elem_id="bench-kind"
    )
    with gr.Row():
        stated = gr.Textbox(
            states, label="Prompts that state it (one per line)", lines=2, max_lines=6,
            elem_id="bench-states", min_width=240,
        )  # fmt: skip
        denied = gr.Textbox(
            denies, label="Prompts that deny it", lines=2, max_lines=6, elem_id="bench-denies",
            min_width=240,
        )  # fmt: skip
    people = gr.Slider(2, MOST_IN_PAGE, PEOPLE, step=1, label="People", elem_id="bench-people")
    with gr.Row():
        start = gr.Button(
            "Compare the prompts", variant="primary", elem_id="bench-go", min_width=140
        )
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="bench-stop")
    notice = gr.HTML(elem_id="bench-told", elem_classes="explain-notice")
    earlier = build_earlier("bench")
    threshold = gr.Slider(0, 1, 0.5, step=0.01, label="Threshold", elem_id="bench-threshold")
    plot = gr.Plot(show_label=False, visible=False, elem_id="bench-plot")
    result = gr.HTML(elem_id="bench-result")
    export = gr.DownloadButton("Scans as CSV", visible=False, size="sm", elem_id="bench-csv")
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, earlier=earlier,
        start=start, stop=stop,
    )  # fmt: skip
    return Bench(
        session=session, work=work, kind=kind, states=stated, denies=denied, people=people,
        threshold=threshold, plot=plot, result=result, export=export, measured=gr.State(None),
        failed=panel.failed,
    )  # fmt: skip
