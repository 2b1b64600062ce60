"""The chat: questions about the open scan, answers as they come, a stop at any token.

chat = build(session, switches, services)
chat.wire(status)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from med3dvlm.choices import make_choices
from med3dvlm.engine.dialogue import Dialogue, Exchange
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
from med3dvlm.ui.chat.question_flow import PendingQuestion, steps
from med3dvlm.ui.components.cards import Cards
from med3dvlm.ui.components.transcript import Transcript
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE, QUICK
from med3dvlm.ui.page.notice import NOTHING, busy, problem, standing, told
from med3dvlm.ui.page.session import (
    Conversations,
    Encoded,
    Scan,
    SessionStates,
    features_of,
    opened,
)
from med3dvlm.ui.page.stopping import Switches

TASK = "chat"
AGAIN = "Asking the same again, with other seeds."
STOPPED = "Stopped. What was said so far stays in the conversation."


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
            return {self.asked: None}
        taken = self._take(PendingQuestion.typed(text.strip()), scan, conversations, request)
        return taken | {self.box: ""}

    def take_choices(
        self, question: str, options: str, scan: Scan | None, conversations: Conversations,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """The same with a question made in the form; one option a line."""
        made = make_choices(question, options.splitlines())
        return self._take(PendingQuestion(made.text, choices=made), scan, conversations, request)

    def retry(
        self, scan: Scan | None, conversations: Conversations, request: gr.Request
    ) -> Updates:
        """Ask the last question again, with the settings as they are now."""
        dialogue = conversations.of(scan).ended()
        if not dialogue.exchanges:
            return {self.asked: None}
        last, index = dialogue.last, len(dialogue.exchanges) - 1
        asked = PendingQuestion(last.question, index, choices=last.choices)
        return self._take(asked, scan, conversations, request)

    def edit(
        self, event: gr.EditData, scan: Scan | None, conversations: Conversations,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Ask another question in the place of an earlier one; what followed it is dropped."""
        index, text = int(str(event.index)), str(event.value).strip()
        if not text or not 0 <= index < len(conversations.of(scan).exchanges):
            return {self.asked: None}
        return self._take(PendingQuestion.typed(text, index), scan, conversations, request)

    def several(
        self, event: gr.SelectData, scan: Scan | None, conversations: Conversations,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Begin to ask one question several times."""
        index = int(str(event.index))
        dialogue = conversations.of(opened(scan)).ended()
        if not 0 <= index < len(dialogue.exchanges):
            return {self.asked: None}
        self.switches.renew(request, TASK)
        return {
            self.session.scan: scan,
            self.asked: PendingQuestion(dialogue.exchanges[index].question, index, several=True),
            self.notice: busy(AGAIN),
            **self._answering(going=True),
        }

    def _take(
        self,
        asked: PendingQuestion,
        scan: Scan | None,
        conversations: Conversations,
        request: gr.Request,
    ) -> Updates:
        dialogue = asked.before(conversations.of(opened(scan)))
        self.switches.renew(request, TASK)
        waiting = Exchange(question=asked.text, choices=asked.choices)
        return {
            self.session.scan: scan,
            self.asked: asked,
            self.chat: self._view(dialogue.asking(waiting)),
            self.notice: NOTHING,
            **self._answering(going=True),
        }

    def answer(
        self, asked: PendingQuestion | None, scan: Scan | None, encoded: Encoded | None,
        conversations: Conversations, asking: Asking, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Stream the answer; each piece is kept, so that a stop loses nothing."""
        stopped = self.switches.current(request, TASK)
        if asked is None:
            return
        scan = opened(scan)
        dialogue = before = conversations.of(scan).ended()
        if not stopped.is_set():
            features = features_of(encoded, scan)
            with self.switches.turn(request, TASK) as turn:
                for place in turn.waiting():
                    if stopped.is_set():
                        break
                    yield {self.notice: standing(place)}
                # With the first piece alone: a later one may reach the page after a stop's notice.
                notice = {self.notice: busy(AGAIN) if asked.several else NOTHING}
                try:
                    for dialogue in steps(
                        self.services.value(), features, before, asked, asking, stopped.is_set
                    ):
                        yield self._said(scan, conversations, dialogue) | notice
                        notice = {}
                except Med3DVLMError:
                    yield self._said(scan, conversations, dialogue.failed())
                    raise
        # Where another question has taken over or another scan is open, nothing more is said.
        if self.switches.current(request, TASK) is stopped:
            ended = self._said(scan, conversations, dialogue.ended())
            rest = {} if stopped.is_set() else {self.notice: NOTHING}
            yield ended | rest | {self.asked: None, **self._answering(going=False)}

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

    def say(self, message: str) -> Updates:
        """What went wrong, above the line for the next question."""
        return {self.notice: problem(message), self.asked: None, **self._answering(going=False)}

    def picked(self, event: gr.SelectData) -> str:
        """The suggested question that was clicked."""
        return str(event.value)

    def wire(self, status: ModelStatus) -> None:
        """Connect the events."""
        session = self.session
        self.decoding.wire()
        picked = self.suggestions.select(self.picked, None, self.box, **QUICK)
        known = [session.scan, session.conversations]
        form = [self.choices.question, self.choices.options]
        ways: list[tuple[Callable[..., Any], Callable[..., Any], list[Any]]] = [
            (partial(gr.on, [self.box.submit, self.send.click]), self.take_question, [self.box]),
            (picked.then, self.take_question, [self.box]),
            (self.choices.ask.click, self.take_choices, form),
            (self.chat.retry, self.retry, []),
            (self.chat.edit, self.edit, []),
            (self.chat.select, self.several, []),
        ]
        running = [
            event
            for start, take, own in ways
            for event in self._ask(start, take, [*own, *known], status)
        ]
        self.stop.click(self.stop_answer, None, self._shown, **QUICK)
        for start, handler in ((self.clear.click, self.forget), (self.chat.undo, self.undo)):
            start(handler, known, [session.conversations, *self._shown], cancels=running, **QUICK)
        session.scan.change(
            guarded(self.turn_to, self.say), known,
            [self.suggestions, self.asked, *self._shown], cancels=running, **QUICK,
        )  # fmt: skip

    def _ask(
        self, start: Callable[..., Any], take: Callable[..., Updates], inputs: list[Any],
        status: ModelStatus,
    ) -> list[Any]:  # fmt: skip
        """From a question to its answer; returns the events that a stop cancels."""
        session = self.session
        taken = start(
            guarded(take, self.say), inputs, [session.scan, self.asked, *self._shown], **QUICK
        )
        read = status.read_after(taken.then)
        answered = read.then(
            guarded(self.answer, self.say),
            [
                self.asked, session.scan, session.encoded, session.conversations,
                self.decoding.settings,
            ],
            [session.conversations, self.asked, *self._shown],
            **IN_QUEUE,
        )  # fmt: skip
        return [read, answered]

    @property
    def _shown(self) -> list[Any]:
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
