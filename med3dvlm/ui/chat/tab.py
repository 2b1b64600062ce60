"""The chat: questions about the open scan, answers as they come, a stop at any token.

chat = build(session, switches, services)
wire(chat, status)                          # med3dvlm/ui/chat/wiring.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, NamedTuple

import gradio as gr

from med3dvlm.choices import make_choices
from med3dvlm.engine.dialogue import Dialogue
from med3dvlm.errors import Med3DVLMError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.chat import decoding_form
from med3dvlm.ui.chat.decoding_form import Asking, DecodingForm
from med3dvlm.ui.chat.layout import (
    ChoiceForm,
    build_ask_row,
    build_choice_form,
    follow_note,
    question_cards,
    view,
)
from med3dvlm.ui.chat.question_flow import DialogueStep, PendingQuestion, steps
from med3dvlm.ui.components.cards import Cards
from med3dvlm.ui.components.transcript import Transcript
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import NOTHING, busy, problem, standing, told
from med3dvlm.ui.page.session import (
    Conversations,
    Encoded,
    Scan,
    SessionStates,
    features_of,
    opened,
)
from med3dvlm.ui.page.stopping import Signal, Switches

TASK = "chat"
STOPPED = "Stopped. The answer so far stays in the conversation."
AGAIN = "Asking the same question again with new random seeds."
NO_QUESTION = "Type a question first, or click one of the suggestions below."
GONE = "This question is no longer in the conversation."


class AnswerTask(NamedTuple):
    """A question that was taken, and the signal that ends its answer."""

    question: PendingQuestion
    signal: Signal


@dataclass(frozen=True, kw_only=True)
class ChatTab:
    """The components of the tab, and what happens in it."""

    session: SessionStates
    switches: Switches
    services: Loading[Services]
    chat: Transcript
    notice: gr.HTML
    box: gr.Textbox
    send: gr.Button
    stop: gr.Button
    clear: gr.Button
    suggestions: Cards
    choices: ChoiceForm
    decoding: DecodingForm
    asked: gr.State

    def take_question(
        self, text: str, scan: Scan | None, conversations: Conversations, request: gr.Request
    ) -> Updates:
        """Show the question at once, and the button that stops the answer."""
        if not text.strip():
            return {self.notice: told(NO_QUESTION)}
        dialogue = conversations.of(opened(scan))
        question = PendingQuestion.typed(text.strip(), len(dialogue.exchanges))
        return self._take(question, scan, conversations, request) | {self.box: ""}

    def take_choices(
        self, question: str, options: str, scan: Scan | None, conversations: Conversations,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """The same with a question made in the form; one option a line."""
        made = make_choices(question, options.splitlines())
        dialogue = conversations.of(opened(scan))
        asked = PendingQuestion(made.text, len(dialogue.exchanges), choices=made)
        return self._take(asked, scan, conversations, request)

    def retry(
        self, scan: Scan | None, conversations: Conversations, request: gr.Request
    ) -> Updates:
        """Ask the last question again, with the settings as they are now."""
        dialogue = conversations.of(opened(scan))
        if not dialogue.exchanges:
            return {self.notice: told(GONE)}
        last, index = dialogue.last, len(dialogue.exchanges) - 1
        question = PendingQuestion(last.question, index, choices=last.choices)
        return self._take(question, scan, conversations, request)

    def edit(
        self, event: gr.EditData, scan: Scan | None, conversations: Conversations,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Ask another question in the place of an earlier one; what followed it is dropped."""
        index, text = int(str(event.index)), str(event.value).strip()
        if not text:
            return {self.notice: told(NO_QUESTION)}
        if not 0 <= index < len(conversations.of(opened(scan)).exchanges):
            return {self.notice: told(GONE)}
        return self._take(PendingQuestion.typed(text, index), scan, conversations, request)

    def several(
        self, event: gr.SelectData, scan: Scan | None, conversations: Conversations,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Begin to ask one question several times."""
        index = int(str(event.index))
        dialogue = conversations.of(opened(scan))
        if not 0 <= index < len(dialogue.exchanges):
            return {self.notice: told(GONE)}
        question = PendingQuestion(dialogue.exchanges[index].question, index, several=True)
        return self._take(question, scan, conversations, request) | {self.notice: busy(AGAIN)}

    def _take(
        self, question: PendingQuestion, scan: Scan | None, conversations: Conversations,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Keep the question before anything is answered: no stop, however early, loses it."""
        scan = opened(scan)
        return {
            self.session.scan: scan,
            self.asked: AnswerTask(question, self.switches.renew(request, TASK)),
            self.notice: NOTHING,
            **self._said(scan, conversations, question.asked_in(conversations.of(scan))),
            **self._answering(going=True),
        }

    def answer(
        self, task: AnswerTask | None, scan: Scan | None, encoded: Encoded | None,
        conversations: Conversations, asking: Asking, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Stream the answer; each piece is kept, so that a stop loses nothing."""
        if task is None or not task.signal.take_up():
            return  # what was sent was refused, or is being answered already
        scan = opened(scan)
        before = task.question.standing_in(conversations.of(scan))
        dialogue, shown = task.question.asked_in(before), None
        # The last word of an answer that ended just then may have taken the stop button away.
        more = self._answering(going=True)
        try:
            for dialogue, notice in self._steps(task, scan, encoded, before, asking, request):
                if notice != shown:
                    more |= {self.notice: notice}
                yield self._said(scan, conversations, dialogue) | more
                shown, more = notice, {}
        except Med3DVLMError:
            yield self._said(scan, conversations, dialogue.failed())
            raise
        # Where another question has taken over or another scan is open, nothing more is said.
        if self.switches.is_current(request, TASK, task.signal):
            # Again what the stop said: a piece of the answer may have reached the page after it.
            yield {
                **self._said(scan, conversations, dialogue.ended()),
                self.notice: told(STOPPED) if task.signal.is_set() else NOTHING,
                **self._answering(going=False),
            }

    def _steps(
        self, task: AnswerTask, scan: Scan, encoded: Encoded | None, before: Dialogue,
        asking: Asking, request: gr.Request,
    ) -> Iterator[DialogueStep]:  # fmt: skip
        """The dialogue as it grows, in its turn with the model; ends early where it is stopped."""
        question, stopped = task.question, task.signal.is_set
        if stopped():
            return
        features = features_of(encoded, scan)
        with self.switches.turn(request, TASK) as turn:
            for place in takewhile(lambda _: not stopped(), turn.waiting()):
                yield DialogueStep(question.asked_in(before), standing(place))
            yield from steps(self.services.value(), features, before, question, asking, stopped)

    def stop_answer(self, request: gr.Request) -> Updates:
        """End the answer at once; its stream keeps what was said."""
        self.switches.stop(request, TASK)
        return {self.notice: told(STOPPED), **self._answering(going=False)}

    def undo(self, scan: Scan | None, conversations: Conversations, request: gr.Request) -> Updates:
        """Take the last question back, and its answer."""
        self.switches.supersede(request, TASK)
        dialogue = conversations.of(scan).ended()
        shorter = dialogue.before(max(len(dialogue.exchanges) - 1, 0))
        return self._kept(scan, conversations, shorter) | {
            self.notice: NOTHING,
            **self._answering(going=False),
        }

    def forget(
        self, scan: Scan | None, conversations: Conversations, request: gr.Request
    ) -> Updates:
        """Begin anew about the same scan."""
        self.switches.supersede(request, TASK)
        return self._kept(scan, conversations, Dialogue()) | {
            self.notice: NOTHING,
            **self._answering(going=False),
        }

    def turn_to(self, scan: Scan | None, conversations: Conversations) -> Updates:
        """Another scan: its own conversation, and questions that fit it."""
        return {
            self.chat: self._view(conversations.of(scan).ended()),
            self.suggestions: question_cards(scan),
            self.notice: NOTHING,
            **self._answering(going=False),
        }

    def refuse(self, message: str) -> Updates:
        """Why a question is not taken; it stays in its box, and an answer that runs goes on."""
        return {self.notice: problem(message)}

    def say(self, message: str) -> Updates:
        """What went wrong, above the line for the next question."""
        return {self.notice: problem(message), **self._answering(going=False)}

    def picked(self, event: gr.SelectData) -> str:
        """The suggested question that was clicked."""
        return str(event.value)

    @property
    def shown(self) -> list[Any]:
        """What an answer changes."""
        return [self.chat, self.notice, self.box, self.send, self.stop]

    def _view(self, dialogue: Dialogue) -> Any:
        return view(dialogue, follow_note(self.services))

    def _said(self, scan: Scan, conversations: Conversations, now: Dialogue) -> Updates:
        return {
            self.chat: self._view(now),
            self.session.conversations: conversations.keeping(scan, now),
        }

    def _kept(self, scan: Scan | None, conversations: Conversations, now: Dialogue) -> Updates:
        if scan is None:
            return {self.chat: self._view(now), self.session.conversations: conversations}
        return self._said(scan, conversations, now)

    def _answering(self, *, going: bool) -> Updates:
        return {self.send: gr.Button(visible=not going), self.stop: gr.Button(visible=going)}


def build(session: SessionStates, switches: Switches, services: Loading[Services]) -> ChatTab:
    """Lay the tab out."""
    chat = Transcript(view(Dialogue()), elem_id="chat")
    notice = gr.HTML(elem_id="chat-notice")
    row = build_ask_row()
    suggestions = Cards(
        question_cards(None), label="Suggested questions", elem_id="suggestions",
        elem_classes="chips",
    )  # fmt: skip
    with gr.Accordion("A question with choices", open=False, elem_id="choices"):
        choices = build_choice_form()
    with gr.Accordion("Decoding settings", open=False, elem_id="decoding"):
        decoding = decoding_form.build()
    return ChatTab(
        session=session, switches=switches, services=services, chat=chat, notice=notice,
        box=row.box, send=row.send, stop=row.stop, clear=row.clear, suggestions=suggestions,
        choices=choices, decoding=decoding, asked=gr.State(None),
    )  # fmt: skip
