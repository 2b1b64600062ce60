"""The perturbation lab: the open scan is changed, and the model asked before, after and without it.

lab = build(session, switches, services)
lab.wire()
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import gradio as gr

from med3dvlm.choices import YES_NO, Choices
from med3dvlm.engine.understanding import own_words
from med3dvlm.explain.lab.behaviour import Behaviour, Watch, shift, stability
from med3dvlm.explain.lab.perturbations import PERTURBATIONS
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.ui.explain.asking import ModelReader, check_size
from med3dvlm.ui.explain.running import Work, not_opening
from med3dvlm.ui.explain.slices import two_slices
from med3dvlm.ui.explain.words import Column, columns
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.page.notice import NOTHING, busy, told
from med3dvlm.ui.page.session import Scan, SessionStates, opened
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import ABDOMEN, auto_window

TASK = "perturb"
ANOTHER = "another scan"
FIRST = next(iter(KINDS))
BEFORE, AFTER, BLIND = "Before", "After", "Without an image"
FOUND = (
    "{stayed} of {asked} likeliest answers stayed the same; the probabilities moved by {moved:.0f} "
    "% on average (0 % is not at all)."
)
RANKED = " In a search for \u201c{kind}\u201d among {count} findings it went from place {a} to {b}."


@dataclass(frozen=True, kw_only=True)
class PerturbationLab:
    """The components of the lab, and what happens in it."""

    session: SessionStates
    work: Work
    change: gr.Dropdown
    kind: gr.Dropdown
    result: gr.HTML

    def compare(
        self, change: str, kind: str, scan: Scan | None, request: gr.Request
    ) -> Iterator[Updates]:
        """Ask the same questions of the open scan, of the changed one, and without an image."""
        not_opening(self.work.switches, request)
        scan = opened(scan)
        check_size(scan.volume)
        asked = partial(self._compared, change, kind, scan)
        yield from self.work.run(request, "Reading the scan as it is.", asked)

    def _compared(
        self, change: str, kind: str, scan: Scan, services: Services
    ) -> Generator[Updates]:
        reader = ModelReader(services, scan.choice)
        watch = Watch(reader=reader, options=questions_about(kind), texts=tuple(KINDS))
        before = watch.of(scan.volume)
        blind = watch.blind()
        yield {self.work.notice: busy(f"Reading it after the change: {change}.", 0.5)}
        changed = changed_scan(scan, change)
        after = watch.of(changed)
        shown = (
            Column(BEFORE, before.answers, _picture(scan, scan.volume)),
            Column(AFTER, after.answers, _picture(scan, changed)),
            Column(BLIND, blind.answers),
        )
        yield {
            self.result: columns(shown, f"the scan, {change}"),
            self.work.notice: told(verdict(kind, before, after)),
        }

    def turn_to(self, scan: Scan | None, kind: str, request: gr.Request) -> Updates:
        """Another scan: nothing is compared yet; of a phantom, its own finding is asked about."""
        findings = draw_facts(scan.seed).findings if scan and scan.seed is not None else ()
        return {
            self.kind: findings[0].kind if findings else kind,
            self.result: NOTHING, self.work.notice: NOTHING, **self.work.drop(request),
        }  # fmt: skip

    def wire(self) -> None:
        """Connect the events."""
        scan = self.session.scan
        shown = [self.result, *self.work.shown]
        self.work.on_start(self.compare, [self.change, self.kind, scan], shown)
        scan.change(self.turn_to, [scan, self.kind], [self.kind, *shown], **QUICK)


def questions_about(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Questions with their options: on a finding, and on what any scan shows."""
    asked: dict[str, tuple[str, ...]] = {own_words.presence_question(kind): YES_NO}
    closed: list[tuple[str, Sequence[str]]] = [
        (own_words.PLANE, PLANES), (own_words.REGION, REGIONS), (own_words.PHASE, PHASES),
    ]  # fmt: skip
    if len(KINDS[kind].places) > 1:
        closed.insert(0, (own_words.place_question(kind), KINDS[kind].places))
    for question, texts in closed:
        choices = Choices(question, tuple(texts))
        asked[choices.text] = choices.options
    return asked


def changed_scan(scan: Scan, change: str) -> Volume:
    """The scan after a change; another scan is a phantom."""
    if change == ANOTHER:
        seed = SHOWROOM.start if scan.seed != SHOWROOM.start else SHOWROOM.start + 1
        return make_case(seed).volume
    return PERTURBATIONS[change](scan.volume)


def verdict(kind: str, before: Behaviour, after: Behaviour) -> str:
    """What the change did, in two sentences."""
    asked = len(before.answers)
    said = FOUND.format(
        stayed=round(stability(before, [after]) * asked), asked=asked,
        moved=100 * shift(before, after),
    )  # fmt: skip
    if not before.ranks or not after.ranks:
        return said
    ranks = before.ranks[kind], after.ranks[kind]
    return said + RANKED.format(kind=kind, count=len(before.ranks), a=ranks[0], b=ranks[1])


def _picture(scan: Scan, volume: Volume) -> bytes:
    """Both in the grey scale of the scan, through its place or else through the middle."""
    window = scan.window or (ABDOMEN if scan.volume.unit == "HU" else auto_window(scan.volume))
    same = volume.shape == scan.volume.shape
    z, y, x = scan.center if scan.center and same else ((n - 1) / 2 for n in volume.shape)
    return two_slices(volume, window, (z, y, x), beside=False)


def build(
    session: SessionStates, switches: Switches, services: Loading[Services]
) -> PerturbationLab:
    """Lay the lab out."""
    with gr.Row():
        change = gr.Dropdown(
            [*PERTURBATIONS, ANOTHER], value=next(iter(PERTURBATIONS)), label="Change of the scan",
            elem_id="perturb-change", min_width=150,
        )  # fmt: skip
        kind = gr.Dropdown(
            list(KINDS), value=FIRST, label="Finding to ask about", elem_id="perturb-kind",
            min_width=150,
        )  # fmt: skip
    with gr.Row():
        start = gr.Button("Compare", variant="primary", elem_id="perturb-go", min_width=120)
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="perturb-stop")
    notice = gr.HTML(elem_id="perturb-told", elem_classes="explain-notice")
    result = gr.HTML(elem_id="perturb-result")
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, start=start, stop=stop
    )
    return PerturbationLab(session=session, work=work, change=change, kind=kind, result=result)
