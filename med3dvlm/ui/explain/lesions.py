"""The lesion lab: a lesion is painted, the scan encoded and the model asked while a slider moves.

lab = build(session, switches, services, panel)
lab.wire(tab)
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from med3dvlm.explain.lab.lesions import BALLS
from med3dvlm.explain.lab.trials import compared
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.explain.asking import TextVectors
from med3dvlm.ui.explain.lesion_steps import lesion_steps
from med3dvlm.ui.explain.painting import (
    OPEN_SCAN,
    PHANTOM,
    Painted,
    has_size,
    painted_as,
    sizes_of,
)
from med3dvlm.ui.explain.running import Opening, Work
from med3dvlm.ui.explain.said import kept
from med3dvlm.ui.explain.trial_files import AnyTrial, chosen_by, read_file
from med3dvlm.ui.explain.words import lesion
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE, QUICK
from med3dvlm.ui.page.notice import NOTHING, told
from med3dvlm.ui.page.session import Scan, SessionStates, opened
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.scan.looks import middle
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice

TASK = "lesion"
FIRST = next(iter(KINDS))
Voxel = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class LesionLab:
    """The components of the lab, and what happens in it."""

    session: SessionStates
    work: Work
    viewer: VolumeViewer
    source: gr.Radio
    kind: gr.Dropdown
    place: gr.Dropdown
    size: gr.Slider
    contrast: gr.Slider
    person: gr.Number
    another: gr.Button
    result: gr.HTML
    export: gr.DownloadButton
    again: gr.UploadButton
    repeated: gr.HTML
    crosshair: gr.State  # voxel of the open scan that the visitor went to
    began: gr.State  # whether anything was painted in this visit
    failed: gr.State
    texts: TextVectors = field(default_factory=dict)

    def choose(self, source: str, kind: str) -> Updates:
        """The controls of a kind: its places, its sizes."""
        known = KINDS[kind]
        *_, first = sizes_of(known)
        return self._controls(source, kind, known.places[0] if known.places else None, first) | {
            self.person: gr.Number(visible=source == PHANTOM)
        }

    def _controls(self, source: str, kind: str, place: str | None, size: float) -> Updates:
        known, phantom = KINDS[kind], source == PHANTOM
        smallest, largest, _ = sizes_of(known)
        sized = has_size(known) or not phantom
        return {
            self.place: gr.Dropdown(
                choices=list(known.places), value=place or None,
                visible=phantom and len(known.places) > 1,
            ),
            self.size: gr.Slider(minimum=smallest, maximum=largest, value=size, visible=sized),
            self.another: gr.Button(visible=phantom),
        }  # fmt: skip

    def turn_source(self, source: str, kind: str) -> Updates:
        """Another scan to paint in; into an open one only some kinds can be set."""
        kinds = list(KINDS) if source == PHANTOM else list(BALLS)
        kept = kind if kind in kinds else kinds[0]
        return {self.kind: gr.Dropdown(choices=kinds, value=kept), **self.choose(source, kept)}

    def next_person(self, person: float | None) -> int:
        """The seed of the next person."""
        return int(person or 0) + 1

    def look_in(
        self, request: gr.Request, began: bool, scan: Scan | None, voxel: Voxel | None, *chosen: Any
    ) -> Iterator[Updates]:
        """Paint as soon as the lab is looked at for the first time."""
        if not began:
            yield from self.paint(request, scan, voxel, *chosen)

    def paint(
        self, request: gr.Request, scan: Scan | None, voxel: Voxel | None, *chosen: Any
    ) -> Iterator[Updates]:
        """Paint what the controls say, encode it, ask the model."""
        yield from self._painted(request, scan, voxel, *chosen)

    def repeat(
        self, request: gr.Request, path: str, scan: Scan | None
    ) -> Iterator[Updates]:  # fmt: skip
        """Paint the trial of a file again, and say whether it is as it was."""
        earlier = read_file(Path(path))
        chosen, voxel = chosen_by(earlier, scan)
        yield self._set(chosen) | {self.crosshair: voxel}
        yield from self._painted(request, scan, voxel, *chosen, earlier=earlier)

    def _set(self, chosen: tuple[Any, ...]) -> Updates:
        """The controls as a trial has them."""
        source, kind, place, size, contrast, person = chosen
        kinds = list(KINDS) if source == PHANTOM else list(BALLS)
        return self._controls(source, kind, place, size) | {
            self.source: source,
            self.kind: gr.Dropdown(choices=kinds, value=kind),
            self.contrast: contrast,
            self.person: gr.Number(value=person, visible=source == PHANTOM),
        }

    def _painted(
        self, request: gr.Request, scan: Scan | None, voxel: Voxel | None, *chosen: Any,
        earlier: AnyTrial | None = None,
    ) -> Iterator[Updates]:  # fmt: skip
        source, kind, *_ = chosen
        if source == OPEN_SCAN:
            if held := self.work.held_back(request):
                yield held
                return
            scan = opened(scan)
            voxel = voxel or scan.center or middle(scan)
        painter = partial(painted_as, scan, voxel, *chosen)
        choice = scan.choice if scan and source == OPEN_SCAN else AS_TRAINED
        yield {self.began: True, self.repeated: NOTHING}
        told_of = partial(self._asked, painter, choice, kind, earlier)
        yield from self.work.run(request, "Painting.", told_of)

    def _asked(
        self, painter: Callable[[], Painted], choice: InputChoice, kind: str,
        earlier: AnyTrial | None, services: Services,
    ) -> Generator[Updates]:  # fmt: skip
        for step in lesion_steps(services, painter, choice, kind, self.texts):
            updates: Updates = {self.result: lesion(step.shown), self.work.notice: NOTHING}
            if step.trial:
                updates[self.export] = kept(self.export, "trial.json", step.trial)
            if earlier and (found := step.found):
                again = compared(earlier, weights=found.weights, with_lesion=found.with_lesion)
                updates[self.repeated] = told(again)
            yield updates

    def go(self, event: gr.SelectData) -> Updates:
        """The crosshair has come to rest elsewhere in the open scan."""
        z, y, x = (float(number) for number in event.index)
        return {self.crosshair: (z, y, x)}

    def follow(
        self, request: gr.Request, scan: Scan | None, voxel: Voxel | None, *chosen: Any
    ) -> Iterator[Updates]:
        """The lesion of the open scan moves with the crosshair."""
        if chosen[0] == OPEN_SCAN and scan is not None:
            yield from self.paint(request, scan, voxel, *chosen)

    def turn_to(self, source: str, request: gr.Request) -> Updates:
        """Another scan is open: what was painted in the one before is gone."""
        gone = {
            self.result: NOTHING, self.repeated: NOTHING,
            self.export: gr.DownloadButton(visible=False),
        }  # fmt: skip
        if source == PHANTOM:
            return {self.crosshair: None}
        return {self.crosshair: None, self.work.notice: NOTHING} | gone | self.work.drop(request)

    @property
    def chosen(self) -> list[Any]:
        """The controls, in the order in which `painted_as` takes them."""
        return [self.source, self.kind, self.place, self.size, self.contrast, self.person]

    def wire(self, tab: gr.Tab) -> None:
        """Connect the events."""
        controls = [self.place, self.size, self.person, self.another]
        given = [self.session.scan, self.crosshair, *self.chosen]
        shown = [self.result, self.repeated, self.export, self.began, *self.work.shown]
        how = IN_QUEUE | {"trigger_mode": "always_last"}

        paint = guarded(self.paint, self.work.refuse)
        tab.select(guarded(self.look_in, self.work.refuse), [self.began, *given], shown, **how)
        gr.on(
            [self.place.input, self.size.input, self.contrast.input, self.person.submit],
            paint, given, shown, **how,
        )  # fmt: skip
        for event in (
            self.kind.input(
                guarded(self.choose, self.work.refuse),
                [self.source, self.kind],
                [*controls, *self.work.shown],
                **QUICK,
            ),
            self.source.input(
                guarded(self.turn_source, self.work.refuse),
                [self.source, self.kind],
                [self.kind, *controls, *self.work.shown],
                **QUICK,
            ),
            self.another.click(self.next_person, self.person, self.person, **QUICK),
        ):
            event.then(paint, given, shown, **how)
        self.viewer.select(self.go, None, self.crosshair, **QUICK).then(
            guarded(self.follow, self.work.refuse), given, shown, **how
        )
        self.again.upload(
            guarded(self.repeat, self.work.refuse), [self.again, self.session.scan],
            [*self.chosen, self.another, self.crosshair, *shown], **IN_QUEUE,
        )  # fmt: skip
        turned = self.session.scan.change(
            self.turn_to, self.source, [self.crosshair, *shown], **QUICK
        )
        self.work.on_open(
            self.paint, given, shown,
            Opening(turned=turned, scan=self.session.scan, failed=self.failed),
        )  # fmt: skip


def build(
    session: SessionStates, switches: Switches, services: Loading[Services], panel: ScanPanel
) -> LesionLab:
    """Lay the lab out."""
    known = KINDS[FIRST]
    smallest, largest, first = sizes_of(known)
    source = gr.Radio(
        [PHANTOM, OPEN_SCAN], value=PHANTOM, label="Paint in", elem_id="lesion-source"
    )
    with gr.Row():
        kind = gr.Dropdown(
            list(KINDS), value=FIRST, label="Kind of finding", elem_id="lesion-kind", min_width=150
        )
        place = gr.Dropdown(
            list(known.places), value=known.places[0], label="Place", elem_id="lesion-place",
            min_width=150,
        )  # fmt: skip
    with gr.Row():
        size = gr.Slider(
            smallest, largest, first, step=1, label="Size (mm)", elem_id="lesion-size",
            min_width=150,
        )  # fmt: skip
        contrast = gr.Slider(
            0, 1, 1, step=0.05, label="Contrast", elem_id="lesion-contrast",
            min_width=150,
        )  # fmt: skip
    notice = gr.HTML(elem_id="lesion-told", elem_classes="explain-notice")
    repeated = gr.HTML(elem_id="lesion-repeated", elem_classes="explain-notice")
    result = gr.HTML(elem_id="lesion-result")
    with gr.Row(elem_id="lesion-person-row"):
        person = gr.Number(
            SHOWROOM.start, precision=0, label="Person (seed)",
            elem_id="lesion-person", min_width=120,
        )  # fmt: skip
        another = gr.Button("Another person", size="sm", elem_id="lesion-another", min_width=120)
        export = gr.DownloadButton(
            "Trial as JSON", visible=False, size="sm", elem_id="lesion-json", min_width=120
        )
        again = gr.UploadButton(
            "Repeat a trial", file_types=[".json"], size="sm", elem_id="lesion-again",
            min_width=120,
        )  # fmt: skip
    work = Work(switches=switches, services=services, task=TASK, notice=notice, counted=False)
    return LesionLab(
        session=session, work=work, viewer=panel.viewer, source=source, kind=kind, place=place,
        size=size, contrast=contrast, person=person, another=another, result=result,
        export=export, again=again, repeated=repeated, crosshair=gr.State(None),
        began=gr.State(False), failed=panel.failed,
    )  # fmt: skip
