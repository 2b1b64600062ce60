"""The perturbation lab: the open scan is changed, and the model asked before, after and without it.

lab = build(session, switches, services, panel)
lab.wire(turning)
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import gradio as gr

from med3dvlm.choices import YES_NO, Choices
from med3dvlm.engine.understanding import own_words
from med3dvlm.errors import PromptError
from med3dvlm.explain.lab.behaviour import Behaviour, Watch, shift, stability
from med3dvlm.explain.lab.perturbations import (
    CHANGES,
    WITHOUT_ORGAN,
    change_of,
    without_organ,
)
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.acquisition import PHASES, PLANES
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.painted import masks_of
from med3dvlm.ui.explain.asking import ModelReader, TextVectors, check_size
from med3dvlm.ui.explain.changes.columns import Column, column_rows, columns
from med3dvlm.ui.explain.running import Opening, Work, build_earlier
from med3dvlm.ui.explain.saving import csv_of, kept
from med3dvlm.ui.explain.slices import two_slices
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.page.notice import NOTHING, busy, told
from med3dvlm.ui.page.session import Labelled, Scan, SessionStates, opened
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan.looks import window_of
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.volumes.volume import Volume

TASK = "perturb"
COARSE = (32, 64, 64)  # voxels, enough to tell which organs a phantom shows
NO_MASKS = (
    "Nothing says which voxels are an organ: add a label map under Labels, open a phantom, or "
    "choose another change."
)
ABOUT = (
    "The same questions about the open scan, about the scan after a change, and without any image. "
    "An answer that needs the image changes with it."
)
FIRST = next(iter(KINDS))
BEFORE, AFTER, BLIND = "Before", "After", "Without an image"
FOUND = (
    "{stayed} of {asked} likeliest answers stayed the same; on average {moved:.0f} % of the "
    "probability moved to other options."
)
RANKED = " Of {count} findings by likeness to the scan, \u201c{kind}\u201d {moved}."


@dataclass(frozen=True, kw_only=True)
class PerturbationLab:
    """The components of the lab, and what happens in it."""

    session: SessionStates
    work: Work
    change: gr.Dropdown
    kind: gr.Dropdown
    organ: gr.Dropdown
    result: gr.HTML
    export: gr.DownloadButton
    failed: gr.State
    texts: TextVectors = field(default_factory=dict)

    def compare(
        self, change: str, kind: str, organ: str | None, scan: Scan | None,
        labelled: Labelled | None, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Ask the same questions of the open scan, of the changed one, and without an image."""
        if held := self.work.held_back(request):
            yield held
            return
        scan = opened(scan)
        check_size(scan.volume)
        changed = partial(changed_scan, scan, change, organ, labelled)
        asked = partial(self._compared, change, kind, organ, scan, changed)
        yield from self.work.run(request, "Reading the scan as it is.", asked)

    def _compared(
        self, change: str, kind: str, organ: str | None, scan: Scan,
        change_it: Callable[[], Volume], services: Services,
    ) -> Generator[Updates]:  # fmt: skip
        done = f"{organ} taken out" if change == WITHOUT_ORGAN else change
        reader = ModelReader(services, scan.choice, self.texts)
        watch = Watch(reader=reader, options=questions_about(kind), texts=tuple(KINDS))
        before = watch.of(scan.volume)
        blind = watch.blind()
        yield {self.work.notice: busy(f"Reading it after the change: {change}.", 0.5)}
        changed = change_it()
        after = watch.of(changed)
        shown = (
            Column(BEFORE, before.answers, _picture(scan, scan.volume)),
            Column(AFTER, after.answers, _picture(scan, changed), done),
            Column(BLIND, blind.answers),
        )
        yield {
            self.export: kept(
                self.export,
                "changes.csv",
                csv_of([*column_rows(shown), *rank_rows(kind, before, after)]),
            ),
            self.result: columns(shown, f"the scan, {done}"),
            self.work.notice: told(verdict(kind, before, after)),
            **self.work.found(f"{done}, asked about {kind}"),
        }

    def choose(self, change: str, scan: Scan | None, labelled: Labelled | None = None) -> Updates:
        """The choice of an organ is only there where one that is known is to be taken out."""
        names = names_of(scan, labelled) if scan and change == WITHOUT_ORGAN else ()
        if not names:
            return {self.organ: gr.Dropdown(visible=False)}
        return {self.organ: gr.Dropdown(choices=list(names), value=names[0], visible=True)}

    def turn_to(
        self, scan: Scan | None, change: str, kind: str, labelled: Labelled | None,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Another scan: nothing is compared yet; of a phantom, its own finding is asked about."""
        findings = draw_facts(scan.seed).findings if scan and scan.seed is not None else ()
        return {
            self.kind: findings[0].kind if findings else kind,
            **self.choose(change, scan, labelled),
            self.result: NOTHING, self.work.notice: NOTHING,
            self.export: gr.DownloadButton(visible=False),
            **self.work.found(""), **self.work.drop(request),
        }  # fmt: skip

    def wire(self, turning: Turning) -> None:
        """Connect the events."""
        scan, labelled = self.session.scan, self.session.labelled
        shown = [self.result, self.export, *self.work.shown]
        given = [self.change, self.kind, self.organ, scan, labelled]
        self.work.on_start(self.compare, given, shown)
        for event in (self.change.input, labelled.change):
            event(
                guarded(self.choose, self.work.refuse), [self.change, scan, labelled],
                [self.organ, *self.work.shown], **QUICK,
            )  # fmt: skip
        turning.add(
            guarded(self.turn_to, self.work.refuse), [scan, self.change, self.kind, labelled],
            [self.kind, self.organ, *shown],
        )  # fmt: skip
        self.work.on_open(self.compare, given, shown, Opening(turning=turning, failed=self.failed))


def questions_about(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Questions with their options: on a finding, and on what any scan shows."""
    asked: dict[str, tuple[str, ...]] = {
        own_words.presence_question(kind): YES_NO, own_words.REGION: own_words.REGION_ANSWERS,
    }  # fmt: skip
    closed: list[tuple[str, Sequence[str]]] = [
        (own_words.PLANE, PLANES), (own_words.PHASE, PHASES),
    ]  # fmt: skip
    if len(KINDS[kind].places) > 1:
        closed.insert(0, (own_words.place_question(kind), KINDS[kind].places))
    for question, texts in closed:
        choices = Choices(question, tuple(texts))
        asked[choices.text] = choices.options
    return asked


def names_of(scan: Scan | None, labelled: Labelled | None) -> tuple[str, ...]:
    """What can be taken out of a scan: the labels of its map, else what a painter painted."""
    if scan is None:
        return ()
    if labelled and (labels := labelled.of(scan)):
        return labels.names
    return () if scan.seed is None else tuple(masks_of(scan.seed, COARSE))


def without(scan: Scan, organ: str | None, labelled: Labelled | None = None) -> Volume:
    """A scan with an organ taken out.

    Raises:
        PromptError: it isn't known where that is.
    """
    if labelled and (labels := labelled.of(scan)):
        return without_organ(scan.volume, labels.mask(organ or ""))
    if scan.seed is None:
        raise PromptError(NO_MASKS)
    slices, rows, columns = sorted(scan.volume.shape)  # whichever way it was sliced
    masks = masks_of(scan.seed, (slices, rows, columns))
    if organ not in masks:
        raise PromptError(f"This phantom shows: {', '.join(masks)}. Choose one of them.")
    return without_organ(scan.volume, masks[organ])


def changed_scan(
    scan: Scan, change: str, organ: str | None = None, labelled: Labelled | None = None
) -> Volume:
    """The scan after a change; another scan is a phantom."""
    if change == WITHOUT_ORGAN:
        return without(scan, organ, labelled)
    return change_of(change)(scan.volume)


def verdict(kind: str, before: Behaviour, after: Behaviour) -> str:
    """What the change did, in two sentences."""
    asked = len(before.answers)
    said = FOUND.format(
        stayed=round(stability(before, [after]) * asked), asked=asked,
        moved=100 * shift(before, after),
    )  # fmt: skip
    if not before.ranks or not after.ranks:
        return said
    first, then = before.ranks[kind], after.ranks[kind]
    moved = f"stayed in place {first}" if first == then else f"went from place {first} to {then}"
    return said + RANKED.format(kind=kind, count=len(before.ranks), moved=moved)


def rank_rows(kind: str, before: Behaviour, after: Behaviour) -> list[dict[str, Any]]:
    """The place of a kind in a search before and after, for the file; none without a search."""
    if not before.ranks or not after.ranks:
        return []
    asked = {"question": f"place in a search for {kind}", "option": f"of {len(before.ranks)}"}
    return [asked | {BEFORE: before.ranks[kind], AFTER: after.ranks[kind]}]


def _picture(scan: Scan, volume: Volume) -> bytes:
    """Both in the grey scale of the scan, through its place or else through the middle."""
    same = volume.shape == scan.volume.shape
    z, y, x = scan.center if scan.center and same else ((n - 1) / 2 for n in volume.shape)
    return two_slices(volume, window_of(scan), (z, y, x), beside=False)


def build(
    session: SessionStates, switches: Switches, services: Loading[Services], panel: ScanPanel
) -> PerturbationLab:
    """Lay the lab out."""
    gr.HTML(f"<p class='explain-note'>{ABOUT}</p>")
    with gr.Row():
        change = gr.Dropdown(
            list(CHANGES), value=CHANGES[0],
            label="Change of the scan", elem_id="perturb-change", min_width=220,
        )  # fmt: skip
        kind = gr.Dropdown(
            list(KINDS), value=FIRST, label="Finding to ask about", elem_id="perturb-kind",
            min_width=220,
        )  # fmt: skip
    organ = gr.Dropdown(
        [],
        label="Organ, by its label or the painter's mask",
        visible=False,
        elem_id="perturb-organ",
    )
    with gr.Row():
        start = gr.Button("Compare", variant="primary", elem_id="perturb-go", min_width=120)
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="perturb-stop")
    notice = gr.HTML(elem_id="perturb-told", elem_classes="explain-notice")
    earlier = build_earlier("perturb")
    result = gr.HTML(elem_id="perturb-result")
    export = gr.DownloadButton("Changes as CSV", visible=False, size="sm", elem_id="perturb-csv")
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, earlier=earlier,
        start=start, stop=stop,
    )  # fmt: skip
    return PerturbationLab(
        session=session, work=work, change=change, kind=kind, organ=organ, result=result,
        export=export,
        failed=panel.failed,
    )  # fmt: skip
