"""A step on the scan that is open: the teacher asks, learners predict what the model will answer.

part = build_own_scan(session, switches, services)
part.wire()

The scan stays where it is: neither it nor a question about it is in a link or kept.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape

import gradio as gr

from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.lessons.content import read_words
from med3dvlm.lessons.own_question import OwnQuestion, marked, own_question, points_of
from med3dvlm.lessons.revealed import NO_CHOICE
from med3dvlm.lessons.scoring import score_choice
from med3dvlm.lessons.visit import Mark
from med3dvlm.ui.explain.asking import ModelReader
from med3dvlm.ui.explain.running import Work
from med3dvlm.ui.explain.said import bars
from med3dvlm.ui.learn.outcome import build_outcome
from med3dvlm.ui.learn.said import paragraph
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Scan, SessionStates, opened
from med3dvlm.ui.page.stopping import Switches

TASK = "own question"
UNKNOWN = -1
Marks = Mapping[str, Mark]


@dataclass(frozen=True, kw_only=True)
class OwnScanPart:
    """The components of the step, and what happens to them."""

    session: SessionStates
    work: Work
    question: gr.Textbox
    put: gr.Button
    known: gr.Radio
    prediction: gr.Radio
    result: gr.HTML
    score: gr.HTML
    asked: gr.State  # an OwnQuestion, once one is put
    marks: gr.State

    def put_question(self, text: str) -> Updates:
        """Put a question: its answers to choose from, for the teacher and for the learners."""
        asked, words = own_question(text or ""), read_words()
        choices = [(option, n) for n, option in enumerate(asked.options)]
        return {
            self.asked: asked, self.result: NOTHING, self.work.notice: NOTHING,
            self.known: gr.Radio(
                choices=[*choices, (words["own_unknown"], UNKNOWN)], value=UNKNOWN, visible=True
            ),
            self.prediction: gr.Radio(
                choices=choices, value=None, visible=True,
                label=words["own_predict"].format(question=asked.asked),
            ),
            self.work.start: gr.Button(visible=True),
        }  # fmt: skip

    def reveal(
        self, asked: OwnQuestion | None, known: int | None, predicted: int | None,
        marks: Marks, scan: Scan | None, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Ask the model about the open scan, and score what was predicted."""
        scan = opened(scan)
        if asked is None or predicted is None or not 0 <= predicted < len(asked.options):
            raise PromptError(NO_CHOICE)
        true = known if known is not None and 0 <= known < len(asked.options) else None
        answered = partial(self._answered, asked, true, predicted, marks, scan)
        yield from self.work.run(request, read_words()["own_looking"], answered)

    def _answered(
        self, asked: OwnQuestion, true: int | None, predicted: int, marks: Marks, scan: Scan,
        services: Services,
    ) -> Generator[Updates]:  # fmt: skip
        reader, words = ModelReader(services, scan.choice), read_words()
        shares = reader.choose(scan.volume, asked.asked, asked.options)
        blind = reader.choose(None, asked.asked, asked.options)
        chosen = int(shares.argmax())
        mark = Mark(
            predicted=asked.options[predicted], score=score_choice(predicted, chosen),
            model=None if true is None else score_choice(chosen, true),
        )  # fmt: skip
        after = marked(marks, f"{scan.volume.digest} {asked.asked}", mark)
        columns = "".join(
            f"<div><h4>{escape(words[title])}</h4>"
            f"{bars(dict(zip(asked.options, map(float, found), strict=True)))}</div>"
            for title, found in (("own_seeing", shares), ("own_blind", blind))
        )
        truth = words["own_no_truth"] if true is None else words["own_truth"].format(
            truth=asked.options[true]
        )  # fmt: skip
        said = words["own_said"].format(
            question=asked.asked, answer=asked.options[chosen], predicted=mark.predicted
        )
        yield {
            self.marks: after, self.work.notice: NOTHING,
            self.result: f"{paragraph(said)}{paragraph(truth)}<div class='learn-own'>{columns}"
            f"</div>{paragraph(words['own_learn'], 'learn-lesson')}",
            self.score: paragraph(
                words["own_score"].format(**points_of(after.values())._asdict()), "learn-score"
            ),
        }  # fmt: skip

    def wire(self) -> None:
        """Connect the events."""
        self.put.click(
            guarded(self.put_question, self.work.refuse), self.question,
            [self.asked, self.result, self.known, self.prediction, *self.work.shown], **QUICK,
        )  # fmt: skip
        self.question.submit(
            guarded(self.put_question, self.work.refuse), self.question,
            [self.asked, self.result, self.known, self.prediction, *self.work.shown], **QUICK,
        )  # fmt: skip
        self.work.on_start(
            self.reveal,
            [self.asked, self.known, self.prediction, self.marks, self.session.scan],
            [self.marks, self.result, self.score, *self.work.shown],
        )


def build_own_scan(
    session: SessionStates, switches: Switches, services: Loading[Services]
) -> OwnScanPart:
    """Lay the step out."""
    words = read_words()
    gr.HTML(paragraph(words["own_start"], "learn-note"))
    question = gr.Textbox(
        "", label=words["own_question"], placeholder=words["own_example"], elem_id="own-question",
        max_length=400,
    )  # fmt: skip
    put = gr.Button(words["own_put"], elem_id="own-put", min_width=120)
    known = gr.Radio([], label=words["own_known"], visible=False, elem_id="own-known")
    prediction = gr.Radio([], label=words["prediction"], visible=False, elem_id="own-prediction")
    with gr.Row():
        start = gr.Button(
            words["reveal"], variant="primary", visible=False, elem_id="own-reveal", min_width=120
        )
        stop = gr.Button(
            words["stop"], variant="stop", visible=False, elem_id="own-stop", min_width=120
        )
    notice = gr.HTML(elem_id="own-told", elem_classes="explain-notice")
    result = build_outcome("own-result")
    score = gr.HTML(elem_id="own-score")
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, start=start, stop=stop
    )
    return OwnScanPart(
        session=session, work=work, question=question, put=put, known=known,
        prediction=prediction, result=result, score=score, asked=gr.State(None),
        marks=gr.State({}),
    )  # fmt: skip
