"""The lesion lab: a lesion is painted, the scan encoded and the model asked while a slider moves.

lab = build(session, switches, services, panel)
lab.wire(tab)
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr
from gradio import processing_utils

from med3dvlm.choices import YES_NO
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.dialogue import GREEDY
from med3dvlm.engine.understanding.own_words import presence_question
from med3dvlm.explain.lab.lesions import BALLS
from med3dvlm.explain.lab.trials import DECIMALS
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.explain.asking import ModelReader
from med3dvlm.ui.explain.painting import (
    Found,
    Painted,
    exported,
    has_size,
    in_phantom,
    in_scan,
    sizes_of,
)
from med3dvlm.ui.explain.running import Work, not_opening
from med3dvlm.ui.explain.slices import two_slices
from med3dvlm.ui.explain.words import Lesion, lesion
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE, QUICK
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Scan, SessionStates, opened
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.volumes.grid import AS_TRAINED

TASK = "lesion"
PHANTOM, OPEN_SCAN = "A phantom", "The open scan, at the crosshair"
LONGEST = 60  # tokens of the answer
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
    crosshair: gr.State  # voxel of the open scan that the visitor went to
    began: gr.State  # whether anything was painted in this visit

    def choose(self, source: str, kind: str) -> Updates:
        """The controls of a kind: its places, its sizes."""
        known, phantom = KINDS[kind], source == PHANTOM
        smallest, largest, first = sizes_of(known)
        sized = has_size(known) or not phantom
        return {
            self.place: gr.Dropdown(
                choices=list(known.places), value=known.places[0] if known.places else None,
                visible=phantom and len(known.places) > 1,
            ),
            self.size: gr.Slider(minimum=smallest, maximum=largest, value=first, visible=sized),
            self.person: gr.Number(visible=phantom),
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
        source, kind, *_ = chosen
        if source == OPEN_SCAN:
            not_opening(self.work.switches, request)
            scan = opened(scan)
            voxel = voxel or scan.center or middle(scan)
        painter = partial(painted_as, scan, voxel, *chosen)
        yield {self.began: True}
        told = partial(self._asked, painter, scan if source == OPEN_SCAN else None, kind)
        yield from self.work.run(request, "Painting.", told)

    def _asked(
        self, painter: Callable[[], Painted], scan: Scan | None, kind: str, services: Services
    ) -> Generator[Updates]:
        started, question = time.perf_counter(), presence_question(kind)
        painted = painter()
        reader = ModelReader(services, scan.choice if scan else AS_TRAINED)
        shares = reader.choose(painted.volume, question, YES_NO)
        seconds = time.perf_counter() - started
        shown = Lesion(
            picture=picture_of(painted), told=painted.told, question=question, seconds=seconds,
            options=dict(zip(YES_NO, map(float, shares), strict=True)),
        )  # fmt: skip
        yield {self.result: lesion(shown), self.work.notice: NOTHING}
        features = reader.features(painted.volume)
        decoding, said = replace(GREEDY, max_new_tokens=LONGEST), ""
        with closing(services.answer(features, Conversation(), question, decoding)) as events:
            for event in events:
                said += event.text
        yield {self.result: lesion(replace(shown, answer=said.strip()))}
        with_it, without, blind = (
            round(float(one), DECIMALS)
            for one in (
                shares[0],
                reader.choose(painted.healthy, question, YES_NO)[0],
                reader.choose(None, question, YES_NO)[0],
            )
        )
        found = Found(
            question=question, weights=services.card.digest, with_lesion=with_it,
            without=without, blind=blind,
        )  # fmt: skip
        yield {
            self.result: lesion(replace(shown, answer=said.strip(), others=(without, blind))),
            self.export: self._kept(exported(painted, found)),
        }

    def _kept(self, trial: str) -> Any:
        """The button that saves a trial."""
        cache = self.export.GRADIO_CACHE
        path = processing_utils.save_bytes_to_cache(trial.encode(), "trial.json", cache)
        return gr.DownloadButton(value=str(path), visible=True)

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
        gone = {self.result: NOTHING, self.export: gr.DownloadButton(visible=False)}
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
        shown = [self.result, self.export, self.began, *self.work.shown]
        how = IN_QUEUE | {"trigger_mode": "always_last"}

        paint = guarded(self.paint, self.work.refuse)
        tab.select(guarded(self.look_in, self.work.refuse), [self.began, *given], shown, **how)
        gr.on(
            [self.place.input, self.size.input, self.contrast.input, self.person.submit],
            paint, given, shown, **how,
        )  # fmt: skip
        for event in (
            self.kind.input(self.choose, [self.source, self.kind], controls, **QUICK),
            self.source.input(
                self.turn_source, [self.source, self.kind], [self.kind, *controls], **QUICK
            ),
            self.another.click(self.next_person, self.person, self.person, **QUICK),
        ):
            event.then(paint, given, shown, **how)
        self.viewer.select(self.go, None, self.crosshair, **QUICK).then(
            guarded(self.follow, self.work.refuse), given, shown, **how
        )
        self.session.scan.change(self.turn_to, self.source, [self.crosshair, *shown], **QUICK)


def painted_as(scan: Scan | None, voxel: Voxel | None, *chosen: Any) -> Painted:
    """What the controls say."""
    source, kind, place, size, contrast, person = chosen
    known = KINDS[kind]
    if source == OPEN_SCAN and scan is not None and voxel is not None:
        return in_scan(scan, voxel, kind, size_mm=size, contrast=contrast)
    return in_phantom(
        Trial(
            seed=int(person or 0),
            kind=kind,
            place=(place or "") if known.places else "",
            size_mm=round(size) if has_size(known) else known.size_mm[0],
            contrast=contrast,
        )
    )


def picture_of(painted: Painted) -> bytes:
    """The slices through the lesion, or through the middle where there is none."""
    volume = painted.volume
    center = painted.center or tuple((n - 1) / 2 for n in volume.shape)
    z, y, x = center
    ring = painted.size_mm if painted.center else 0
    return two_slices(volume, painted.window, (z, y, x), ring_mm=ring)


def middle(scan: Scan) -> Voxel:
    """The middle of a scan, where the viewer begins."""
    z, y, x = ((n - 1) / 2 for n in scan.volume.shape)
    return z, y, x


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
    work = Work(switches=switches, services=services, task=TASK, notice=notice, counted=False)
    return LesionLab(
        session=session, work=work, viewer=panel.viewer, source=source, kind=kind, place=place,
        size=size, contrast=contrast, person=person, another=another, result=result,
        export=export, crosshair=gr.State(None), began=gr.State(False),
    )  # fmt: skip
