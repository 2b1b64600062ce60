"""Inside the answer: every word with its alternatives, its place on both grids, and its layers.

part = build(session, switches, services, panel)
part.wire(turning)
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial

import gradio as gr

from med3dvlm.explain.words.inside import MEANS, MEANS_NOT, word_rows
from med3dvlm.hosting.models.insights import Inside
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.maps import GRADIENT, GRADIENT_HIGH
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.explain.answer.words import word_table
from med3dvlm.ui.explain.overlaid import Overlaid, build_overlaid, lifted
from med3dvlm.ui.explain.running import Opening, Work, build_earlier
from med3dvlm.ui.explain.said import both_ways, meaning
from med3dvlm.ui.explain.saving import csv_of, kept
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE
from med3dvlm.ui.page.notice import NOTHING, told
from med3dvlm.ui.page.session import Conversations, Encoded, Scan, SessionStates, opened
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan.panel import ScanPanel

TASK, PART = "inside", "Answer"
OF_ANSWERS = (
    "Maps of this kind were measured for yes-or-no answers about findings, not for single words."
)
LOW, HIGH = "Low grid (smaller cells)", "High grid (larger cells)"
ANSWERED = "\u201c{question}\u201d: \u201c{answer}\u201d Choose a word to see where it comes from."
PLACED = "What speaks for \u201c{word}\u201d lies over the scan: {cells} cells, orange for it."
ABOUT = (
    "The language model's own answer, word by word. It is asked alone: earlier turns, and the "
    "sentence that the chat may put around an answer, are left out. Leave the question empty for "
    "the last one of the chat. A word is followed back to the scan by the gradient; what occlusion "
    "says of a finding or of an option is under Maps."
)


@dataclass(frozen=True, kw_only=True)
class InsidePart:
    """The components of the part, and what happens in it."""

    session: SessionStates
    work: Work
    placing: Work  # of a word; what is held is that, and not the question
    overlaid: Overlaid
    question: gr.Textbox
    word: gr.Radio
    grid: gr.Radio
    table: gr.HTML
    export: gr.DownloadButton
    failed: gr.State
    found: gr.State  # an Inside, once there is one

    def ask(
        self, typed: str, scan: Scan | None, talks: Conversations, request: gr.Request
    ) -> Iterator[Updates]:
        """Ask the language model and look into its answer."""
        if held := self.work.held_back(request):
            yield held
            return
        scan = opened(scan)
        question = (typed or "").strip() or last_question(talks, scan)
        doing = "Asking the language model."
        yield from self.work.run(request, doing, partial(self._asked, question, scan))

    def _asked(self, question: str, scan: Scan, services: Services) -> Generator[Updates]:
        bare = lifted(PART, scan)
        yield self._nothing() | ({self.overlaid.viewer: bare} if bare else {})
        inside = services.insights.answer(scan.volume, scan.choice, question)
        choices = [(word.text, number) for number, word in enumerate(inside.words)]
        table = word_table(inside.words) + both_ways(MEANS, MEANS_NOT)
        yield {
            self.found: inside,
            self.table: table,
            self.word: gr.Radio(choices=choices, value=None, visible=True),
            self.grid: gr.Radio(visible=True),
            self.export: kept(self.export, "words.csv", csv_of(word_rows(inside.words))),
            self.work.notice: told(ANSWERED.format(question=inside.question, answer=inside.answer)),
            **self.work.found(f"\u201c{inside.question}\u201d"),
        }

    def place(
        self, number: int | None, grid: str, inside: Inside | None, scan: Scan | None,
        encoded: Encoded | None, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Lay over the scan what speaks for a word."""
        if inside is None or number is None or not 0 <= number < len(inside.words):
            return
        if held := self.placing.held_back(request):
            yield held
            return
        scan = opened(scan)
        doing = f"Following \u201c{inside.words[number].text}\u201d back to the scan."
        placed = partial(self._placed, number, grid, inside, scan, encoded)
        yield from self.placing.run(request, doing, placed)

    def _placed(
        self, number: int, grid: str, inside: Inside, scan: Scan, encoded: Encoded | None,
        services: Services,
    ) -> Generator[Updates]:  # fmt: skip
        word = inside.words[number]
        low, high = services.insights.sources(scan.volume, scan.choice, inside, word)
        shown = high if grid == HIGH else low
        cells = " x ".join(map(str, shown.values.shape))
        measured = services.certificates.get(GRADIENT_HIGH if grid == HIGH else GRADIENT)
        meant = meaning(shown, measured, instead=OF_ANSWERS)
        yield {
            **self.overlaid.showing(shown, scan, encoded, meant),
            self.work.notice: told(PLACED.format(word=word.text, cells=cells)),
        }

    def _nothing(self) -> Updates:
        return {
            self.found: None, self.table: NOTHING, self.word: gr.Radio(value=None, visible=False),
            self.grid: gr.Radio(visible=False), self.export: gr.DownloadButton(visible=False),
            **self.overlaid.gone(), **self.work.found(""),
        }  # fmt: skip

    def turn_to(self, request: gr.Request) -> Updates:
        """Another scan: the answer about the one before is gone."""
        return self._nothing() | {self.work.notice: NOTHING} | self.work.drop(request)

    def wire(self, turning: Turning) -> None:
        """Connect the events."""
        scan, encoded, talks = self.session.scan, self.session.encoded, self.session.conversations
        mine = [
            self.found, self.table, self.word, self.grid, self.export, *self.overlaid.shown,
            *self.work.shown,
        ]  # fmt: skip
        asked, shown = [self.question, scan, talks], [self.overlaid.viewer, *mine]
        self.work.on_start(self.ask, asked, shown)
        self.question.submit(guarded(self.ask, self.work.refuse), asked, shown, **IN_QUEUE)
        placed = [self.word, self.grid, self.found, scan, encoded]
        over = [self.overlaid.viewer, *self.overlaid.shown, *self.placing.shown]
        gr.on(
            [self.word.input, self.grid.input], guarded(self.place, self.placing.refuse),
            placed, over, **IN_QUEUE,
        )  # fmt: skip
        turning.add(self.turn_to, [], mine)
        opening = Opening(turning=turning, failed=self.failed)
        self.work.on_open(self.ask, asked, shown, opening)
        self.placing.on_open(self.place, placed, over, opening)


def last_question(talks: Conversations, scan: Scan) -> str:
    """The last question of the chat about a scan; empty if there is none."""
    asked = talks.of(scan).exchanges
    return asked[-1].question if asked else ""


def build(
    session: SessionStates, switches: Switches, services: Loading[Services], panel: ScanPanel
) -> InsidePart:
    """Lay the part out."""
    gr.HTML(f"<p class='explain-note'>{ABOUT}</p>")
    question = gr.Textbox(
        label="Question", placeholder="Empty for the last question of the chat", max_lines=3,
        elem_id="inside-question",
    )  # fmt: skip
    with gr.Row():
        start = gr.Button("Look inside", variant="primary", elem_id="inside-go", min_width=120)
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="inside-stop")
    notice = gr.HTML(elem_id="inside-told", elem_classes="explain-notice")
    earlier = build_earlier("inside")
    word = gr.Radio([], label="Word", visible=False, elem_id="inside-word")
    grid = gr.Radio([LOW, HIGH], value=LOW, label="Where", visible=False, elem_id="inside-grid")
    table = gr.HTML(elem_id="inside-table")
    export = gr.DownloadButton("Words as CSV", visible=False, size="sm", elem_id="inside-words")
    overlaid = build_overlaid(PART, panel.viewer, "inside")
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, earlier=earlier,
        start=start, stop=stop,
    )  # fmt: skip
    placing = replace(work, held=gr.State(False))
    return InsidePart(
        session=session, work=work, placing=placing, overlaid=overlaid, question=question,
        word=word, grid=grid, table=table, export=export, found=gr.State(None), failed=panel.failed,
    )  # fmt: skip
