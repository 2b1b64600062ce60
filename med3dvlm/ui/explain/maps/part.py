"""Maps of what the model looks at, laid over the open scan, each with how far it can be believed.

maps = build(session, switches, services, panel)
maps.wire(turning)
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import gradio as gr

from med3dvlm.errors import PromptError
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.maps.occlusion import SAID, Baseline
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.maps import GRADIENT, GRADIENT_HIGH, OCCLUSION, SPLIT, Method
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.explain.map_files import overlay_of, strongest
from med3dvlm.ui.explain.overlaid import build_downloads, hidden, laid, saved_by
from med3dvlm.ui.explain.running import Opening, Work, build_earlier
from med3dvlm.ui.explain.said import meaning
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.page.notice import NOTHING, busy, told
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates, opened
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan.panel import ScanPanel

TASK, PART = "map", "Maps"
LABELS: dict[str, Method] = {
    "Text split": SPLIT,
    "Occlusion": OCCLUSION,
    "Gradient x input": GRADIENT,
    "Gradient x input, high grid": GRADIENT_HIGH,
}
ABOUT: dict[Method, str] = {
    SPLIT: "How much each part of the scan adds to its similarity with a text: exact.",
    OCCLUSION: "How much the probability of a finding or an option, or the similarity to a text, "
    "falls when a block is covered: slow, coarse blocks first.",
    GRADIENT: "What speaks for a finding or an option and against it, to first order, pulled back "
    "to the low grid, whose cells are the finer.",
    GRADIENT_HIGH: "The same for the high grid, whose cells are coarser and see more of the scan.",
}
NOTHING_WANTED = "Choose a finding, or type what to look for."
DONE = (
    "The map of {cells} cells lies over the scan, and the viewer went to the strongest one, in "
    "slice {slice}. Its panel (More) has the legend and the opacity."
)
MEAN_GREY = "Only maps with blocks of their mean grey were measured."
READ_AS = " (read as: {kind})"
FAINT = 0.01  # of a probability or a cosine
SMALLEST_SAID = 0.0001  # what is less would be told as 0.0000
NEXT_TO_NOTHING = (
    " But no block changes it by more than {most:.4f}: the colours show next to nothing."
)


class Asked(NamedTuple):
    """Which map is wanted, of what, and what occlusion covers blocks with."""

    method: Method
    wanted: str
    covered: Baseline


@dataclass(frozen=True, kw_only=True)
class Maps:
    """The components of the part, and what happens in it."""

    session: SessionStates
    work: Work
    viewer: VolumeViewer
    method: gr.Radio
    about: gr.HTML
    wanted: gr.Dropdown
    covered: gr.Radio
    meaning: gr.HTML
    downloads: tuple[gr.DownloadButton, ...]
    failed: gr.State

    def describe(self, label: str) -> Updates:
        """One line on the chosen method, and what a block is covered with where one is."""
        note = f"<p class='explain-note'>{ABOUT[LABELS[label]]}</p>"
        return {self.about: note, self.covered: gr.Radio(visible=LABELS[label] == OCCLUSION)}

    def draw(
        self, label: str, wanted: str | None, covered: Baseline, scan: Scan | None,
        encoded: Encoded | None, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Draw one map over the open scan."""
        if held := self.work.held_back(request):
            yield held
            return
        scan = opened(scan)
        if not (wanted or "").strip():
            raise PromptError(NOTHING_WANTED)
        asked = Asked(LABELS[label], str(wanted).strip(), covered)
        told_of = partial(self._drawn, asked, scan, encoded)
        yield from self.work.run(request, "Drawing the map.", told_of)

    def _drawn(
        self, asked: Asked, scan: Scan, encoded: Encoded | None, services: Services
    ) -> Generator[Updates]:
        method, wanted = asked.method, asked.wanted
        kind = known_kind(wanted, services)
        # Certificates are those of maps for findings; text splits of any text are alike.
        measured = services.certificates.get(method) if kind or method == SPLIT else None
        instead = MEAN_GREY if method == OCCLUSION and asked.covered != "mean" else ""
        yield {self.meaning: NOTHING, **hidden(self.downloads), **self.work.found("")}
        shown: Map | None = None
        for step in services.map(method, scan.volume, scan.choice, kind or wanted, asked.covered):
            shown, share = step.map, step.done / step.of
            unfinished = f"{step.done} of {step.of} blocks are measured."
            yield {
                self.viewer: laid(PART, scan, encoded, overlay_of(shown)),
                self.meaning: meaning(shown, measured, instead=instead),
                self.work.notice: busy(unfinished, share) if step.of > 1 else busy("Almost done."),
            }
        assert shown is not None, "a map has at least one step"
        place = strongest(shown, scan.volume.shape)
        words = DONE.format(
            cells=" x ".join(map(str, shown.values.shape)), slice=round(place[0]) + 1
        )
        if kind and kind != wanted:
            words += READ_AS.format(kind=kind)
        if method == OCCLUSION and (most := float(abs(shown.values).max())) < FAINT:
            words += NEXT_TO_NOTHING.format(most=max(most, SMALLEST_SAID))
        yield {
            self.viewer: laid(PART, scan, encoded, overlay_of(shown), crosshair=place),
            self.work.notice: told(words),
            **self.work.found(f"the map of {kind or wanted}"),
        }
        yield saved_by(self.downloads, shown, scan)

    def turn_to(self, request: gr.Request) -> Updates:
        """Another scan: the map of the one before is gone."""
        return {
            self.meaning: NOTHING, self.work.notice: NOTHING, **hidden(self.downloads),
            **self.work.found(""), **self.work.drop(request),
        }  # fmt: skip

    def wire(self, turning: Turning) -> None:
        """Connect the events."""
        scan, shown = self.session.scan, [self.meaning, *self.downloads, *self.work.shown]
        self.method.change(self.describe, self.method, [self.about, self.covered], **QUICK)
        given = [self.method, self.wanted, self.covered, scan, self.session.encoded]
        self.work.on_start(self.draw, given, [self.viewer, *shown])
        turning.add(self.turn_to, [], shown)
        self.work.on_open(
            self.draw, given, [self.viewer, *shown], Opening(turning=turning, failed=self.failed)
        )


def known_kind(wanted: str, services: Services) -> str | None:
    """The kind of finding that is meant, in whichever words."""
    for words in (wanted, wanted.lower(), services.searched_for(wanted)):
        if words in KINDS:
            return words
    return None


def build(
    session: SessionStates, switches: Switches, services: Loading[Services], panel: ScanPanel
) -> Maps:
    """Lay the part out."""
    method = gr.Radio(
        list(LABELS), value="Text split", label="Method", elem_id="map-method", min_width=200
    )
    about = gr.HTML(f"<p class='explain-note'>{ABOUT[SPLIT]}</p>")
    covered = gr.Radio(
        [(words, name) for name, words in SAID.items()], value="mean", visible=False,
        label="A block is replaced by", elem_id="map-covered",
    )  # fmt: skip
    wanted = gr.Dropdown(
        list(KINDS), value=next(iter(KINDS)),
        label="Finding, question with choices, or any text",
        allow_custom_value=True, elem_id="map-wanted",
    )  # fmt: skip
    with gr.Row():
        start = gr.Button("Draw the map", variant="primary", elem_id="map-draw", min_width=120)
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="map-stop")
    notice = gr.HTML(elem_id="map-told", elem_classes="explain-notice")
    earlier = build_earlier("map")
    meant = gr.HTML(elem_id="map-meaning")
    downloads = build_downloads("map")
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, earlier=earlier,
        start=start, stop=stop,
    )  # fmt: skip
    return Maps(
        session=session, work=work, viewer=panel.viewer, method=method, about=about,
        wanted=wanted, covered=covered, meaning=meant, downloads=downloads, failed=panel.failed,
    )  # fmt: skip
