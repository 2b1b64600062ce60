"""What stands in the chat tab: the line for a question, the form for choices, the suggestions."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import gradio as gr

from med3dvlm.engine.dialogue import Dialogue
from med3dvlm.errors import Med3DVLMError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.model.prompt import FOLLOWED_TURNS
from med3dvlm.ui.chat.line import Returned
from med3dvlm.ui.components.cards import Card
from med3dvlm.ui.components.transcript import TranscriptView
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.scan.examples import example_questions
from med3dvlm.volumes.grid import AS_TRAINED

EMPTY = "Open a scan, then ask about it.\n\nAnswers are based on the image alone."
ASK_NOW = "Ask about this scan, or click a question below.\n\nAnswers are based on the image alone."
FOLLOWS = (
    "The model reads each question with the previous {count} turns as context, "
    "and a question with choices on its own."
)
FILLED_IN = (
    'A follow-up such as "where is it?" is about the finding last spoken of. Every other question '
    "is answered as if it came first."
)
ALONE = "Each question is answered on its own: this model was trained on single questions."

ON_HOLD = (
    '<div class="notice busy" hidden><i></i><span>Waiting for the scan you chose:</span><ol></ol>'
    '</div><div class="notice back" role="status" hidden><span></span><ol></ol></div>'
)


class AskRow(NamedTuple):
    """Where a question is typed."""

    box: gr.Textbox
    send: gr.Button
    stop: gr.Button
    clear: gr.Button


class ChoiceForm(NamedTuple):
    """Where a question with choices is made."""

    question: gr.Textbox
    options: gr.Textbox
    ask: gr.Button


def build_ask_row() -> AskRow:
    """The box is never locked: one can type while an answer comes."""
    with gr.Row(elem_id="ask-row"):
        box = gr.Textbox(
            elem_id="question", show_label=False, label="Question", container=False, scale=6,
            min_width=160, placeholder="Ask about the scan", lines=1, max_lines=4,
        )  # fmt: skip
        send = gr.Button("Ask", variant="primary", scale=1, min_width=72, elem_id="ask")
        stop = gr.Button(
            "Stop", variant="stop", scale=1, min_width=72, visible=False, elem_id="stop"
        )
        clear = gr.Button("Clear", scale=1, min_width=72, elem_id="clear")
    return AskRow(box, send, stop, clear)


def build_hold() -> gr.HTML:
    """Where choosing.js shows what waits in the browser, and giving_back.js why it came back."""
    return gr.HTML(ON_HOLD, elem_id="on-hold")


def returned_list(returned: Sequence[Returned]) -> str:
    """Texts that giving_back.js puts into the box, each once, by their numbers."""
    items = (f'<li data-number="{one.number}">{escape(one.text)}</li>' for one in returned)
    # A browser that translates the page would translate them, too.
    return f'<ol translate="no">{"".join(items)}</ol>'


def build_choice_form() -> ChoiceForm:
    """The same as typing `Choices: A. .. B. ..` after a question."""
    question = gr.Textbox(
        label="Question", placeholder="In which plane are the slices?", elem_id="choice-question",
        lines=1,
    )  # fmt: skip
    options = gr.Textbox(
        label="Choices, one per line", placeholder="axial\ncoronal\nsagittal", lines=3, max_lines=8,
        elem_id="choice-options",
        info="The model scores every choice; a bar shows the probability of each.",
    )  # fmt: skip
    return ChoiceForm(question, options, gr.Button("Ask with choices", elem_id="ask-choices"))


def question_cards(scan: Scan | None) -> list[Card]:
    """Suggested questions as chips."""
    return [
        Card(key=str(number), title=question)
        for number, question in enumerate(example_questions(scan))
    ]


def follow_note(services: Loading[Services]) -> str:
    """Whether earlier turns count, for the model that answers; empty while it is loading."""
    if not services.ready:
        return ""
    try:
        card = services.value().card
    except Med3DVLMError:
        return ""  # the badge says why there is no model
    if card.understands:
        return FILLED_IN
    return FOLLOWS.format(count=FOLLOWED_TURNS) if card.follows_up else ALONE


def view(dialogue: Dialogue, note: str = "", scan: Scan | None = None) -> TranscriptView:
    """A dialogue about a scan, as it is prepared now, as the transcript shows it."""
    return TranscriptView(
        dialogue=dialogue, note=note, empty=ASK_NOW if scan else EMPTY,
        prepared=scan.choice if scan else AS_TRAINED,
    )  # fmt: skip
