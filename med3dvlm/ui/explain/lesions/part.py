"""The lesion lab: a lesion is painted, the scan encoded and the model asked while a slider moves.

lab.wire(tab, turning)      # of the lab that layout.py has laid out
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import gradio as gr

from med3dvlm.explain.lab.lesions import BALLS
from med3dvlm.explain.lab.trials import compared
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.explain.asking import TextVectors
from med3dvlm.ui.explain.lesions.files import LesionFiles
from med3dvlm.ui.explain.lesions.painting import (
    OPEN_SCAN,
    PHANTOM,
    has_size,
    painted_as,
    sizes_of,
)
from med3dvlm.ui.explain.lesions.shown import lesion
from med3dvlm.ui.explain.lesions.steps import Step, lesion_steps
from med3dvlm.ui.explain.lesions.trial_files import (
    AnyTrial,
    chosen_by,
    read_file,
    said_of,
    says_same,
)
from med3dvlm.ui.explain.running import Opening, Work
from med3dvlm.ui.explain.saving import kept
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE, QUICK
from med3dvlm.ui.page.notice import NOTHING, told
from med3dvlm.ui.page.pointing import place_in
from med3dvlm.ui.page.session import Scan, SessionStates, opened
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan.looks import middle
from med3dvlm.volumes.grid import AS_TRAINED

TASK = "lesion"
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
    files: LesionFiles
    again: gr.UploadButton
    repeated: gr.HTML
    crosshair: gr.State  # voxel of the open scan that the visitor went to
    began: gr.State  # whether anything was painted in this visit
    unexplained: gr.State  # whether what is shown waits for its answer and its map
    earlier: gr.State  # the trial of a file, as long as the controls say it
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

    def look_in(self, request: gr.Request, began: bool, *given: Any) -> Iterator[Updates]:
        """Paint as soon as the lab is looked at for the first time."""
        if not began:
            yield from self.paint(request, *given)

    def restore(self, path: str, scan: Scan | None) -> Updates:
        """Set the controls as the trial of a file says; it is painted once they are."""
        earlier = read_file(Path(path))
        chosen, voxel = chosen_by(earlier, scan)
        return self.set_to(chosen) | {self.crosshair: voxel, self.earlier: earlier}

    def refuse_file(self, message: str) -> Updates:
        """Why a file can't be repeated; nothing is painted."""
        return {self.earlier: None, **self.work.refuse(message)}

    def repeat(
        self, request: gr.Request, earlier: AnyTrial | None, *given: Any
    ) -> Iterator[Updates]:
        """Paint the trial of a file, if there is one."""
        if earlier is not None:
            yield from self.paint(request, earlier, *given)

    def set_to(self, chosen: tuple[Any, ...]) -> Updates:
        """The controls as a trial has them."""
        source, kind, place, size, contrast, person = chosen
        kinds = list(KINDS) if source == PHANTOM else list(BALLS)
        return self._controls(source, kind, place, size) | {
            self.source: source,
            self.kind: gr.Dropdown(choices=kinds, value=kind),
            self.contrast: contrast,
            self.person: gr.Number(value=person, visible=source == PHANTOM),
        }

    def paint(
        self, request: gr.Request, earlier: AnyTrial | None, scan: Scan | None,
        voxel: Voxel | None, *chosen: Any,
    ) -> Iterator[Updates]:  # fmt: skip
        """Paint what the controls say, encode it, and show the probability."""
        source, *_ = chosen
        if source == OPEN_SCAN and (held := self.work.held_back(request)):
            yield held
            return
        place = self._place(source, scan, voxel)
        if earlier is not None and not says_same(earlier, chosen, place):
            earlier = None
        yield {
            self.began: True, self.unexplained: False, self.repeated: NOTHING,
            self.earlier: earlier, **self.files.stale(),
        }  # fmt: skip
        painted = partial(self._painted, scan, place, chosen)
        yield from self.work.run(request, "Painting.", painted)

    def _place(self, source: str, scan: Scan | None, voxel: Voxel | None) -> Voxel | None:
        if source == PHANTOM:
            return voxel
        scan = opened(scan)
        return voxel or scan.center or middle(scan)

    def _steps(
        self, scan: Scan | None, place: Voxel | None, chosen: tuple[Any, ...], services: Services
    ) -> Generator[Step]:
        source, kind, *_ = chosen
        choice = scan.choice if scan and source == OPEN_SCAN else AS_TRAINED
        painter = partial(painted_as, scan, place, *chosen)
        return lesion_steps(services, painter, choice, kind, self.texts)

    def _painted(
        self, scan: Scan | None, place: Voxel | None, chosen: tuple[Any, ...], services: Services
    ) -> Generator[Updates]:
        with closing(self._steps(scan, place, chosen, services)) as steps:
            yield {
                self.result: lesion(next(steps).shown), self.unexplained: True,
                self.work.notice: NOTHING, **self.work.found(said_of(chosen)),
            }  # fmt: skip

    def go_on(
        self, request: gr.Request, unexplained: bool, earlier: AnyTrial | None, scan: Scan | None,
        voxel: Voxel | None, *chosen: Any,
    ) -> Iterator[Updates]:  # fmt: skip
        """The answer, what it is held against, and the map of what was painted.

        An event of its own, so that the slider needn't wait for it. It tells nothing meanwhile:
        another event may have said something there.
        """
        source, *_ = chosen
        if not unexplained or (source == OPEN_SCAN and scan is None):
            return
        yield {self.unexplained: False}
        place = self._place(source, scan, voxel)
        more = partial(self._explained, scan, place, chosen, earlier)
        yield from self.work.run(request, "", more)

    def _explained(
        self, scan: Scan | None, place: Voxel | None, chosen: tuple[Any, ...],
        earlier: AnyTrial | None, services: Services,
    ) -> Generator[Updates]:  # fmt: skip
        for step in islice(self._steps(scan, place, chosen, services), 1, None):
            updates: Updates = {self.result: lesion(step.shown)} | self.files.of(step)
            if step.trial:
                updates[self.export] = kept(self.export, "trial.json", step.trial)
            if (found := step.found) and earlier and says_same(earlier, chosen, place):
                again = compared(earlier, weights=found.weights, with_lesion=found.with_lesion)
                updates[self.repeated] = told(again)
            yield updates

    def go(self, event: gr.SelectData) -> Updates:
        """The crosshair has come to rest elsewhere in the open scan."""
        return {self.crosshair: place_in(event)}

    def follow(self, request: gr.Request, *given: Any) -> Iterator[Updates]:
        """The lesion of the open scan moves with the crosshair."""
        _, scan, _, source, *_ = given
        if source == OPEN_SCAN and scan is not None:
            yield from self.paint(request, *given)

    def turn_to(self, source: str, request: gr.Request) -> Updates:
        """Another scan is open: what was painted in the one before is gone."""
        gone = {
            self.result: NOTHING, self.repeated: NOTHING, self.unexplained: False,
            self.export: gr.DownloadButton(visible=False), **self.files.gone(),
            **self.work.found(""),
        }  # fmt: skip
        if source == PHANTOM:
            return {self.crosshair: None}
        return {self.crosshair: None, self.work.notice: NOTHING} | gone | self.work.drop(request)

    @property
    def chosen(self) -> list[Any]:
        """The controls, in the order in which `painted_as` takes them."""
        return [self.source, self.kind, self.place, self.size, self.contrast, self.person]

    @property
    def shown(self) -> list[Any]:
        """What painting changes."""
        return [
            self.result, self.repeated, self.export, self.began, self.unexplained, self.earlier,
            *self.files.shown, *self.work.shown,
        ]  # fmt: skip

    def wire(self, tab: gr.Tab, turning: Turning) -> None:
        """Connect the events: after each that paints, what takes longer follows."""
        given = [self.earlier, self.session.scan, self.crosshair, *self.chosen]
        refuse, how = self.work.refuse, IN_QUEUE | {"trigger_mode": "always_last"}

        def painting(event: Any, handler: Any, *more: Any) -> Any:
            return event(guarded(handler, refuse), [*more, *given], self.shown, **how)

        moved = [self.place.input, self.size.input, self.contrast.input, self.person.submit]
        went = self.viewer.select(self.go, None, self.crosshair, **QUICK)
        turning.add(self.turn_to, [self.source], [self.crosshair, *self.shown])
        opening = Opening(turning=turning, failed=self.failed)
        for painted in (
            painting(tab.select, self.look_in, self.began),
            painting(partial(gr.on, moved), self.paint),
            *(painting(event.then, self.paint) for event in self._choices()),
            painting(went.then, self.follow),
            painting(self._restored().then, self.repeat),
            self.work.on_open(self.paint, given, self.shown, opening),
        ):
            painted.then(
                guarded(self.go_on, refuse), [self.unexplained, *given], self.shown, **IN_QUEUE
            )

    def _choices(self) -> tuple[Any, ...]:
        """Events after which the controls are others."""
        controls = [self.place, self.size, self.person, self.another, *self.work.shown]
        chosen, refuse = [self.source, self.kind], self.work.refuse
        return (
            self.kind.input(guarded(self.choose, refuse), chosen, controls, **QUICK),
            self.source.input(
                guarded(self.turn_source, refuse), chosen, [self.kind, *controls], **QUICK
            ),
            self.another.click(self.next_person, self.person, self.person, **QUICK),
        )

    def _restored(self) -> Any:
        """The event after which the controls say the trial of a file."""
        return self.again.upload(
            guarded(self.restore, self.refuse_file), [self.again, self.session.scan],
            [*self.chosen, self.another, self.crosshair, self.earlier, *self.work.shown], **QUICK,
        )  # fmt: skip
