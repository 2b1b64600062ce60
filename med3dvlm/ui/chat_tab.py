"""The chat: questions about the open scan, answers as they come, a stop at any token.

chat = build(session, switches, services)
chat.wire(status, opened)
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from med3dvlm.engine.conversation import Conversation
from med3dvlm.hosting.services import Services
from med3dvlm.hosting.slot import Slot
from med3dvlm.ui.boundary import Updates, guarded
from med3dvlm.ui.cards import Card, Cards
from med3dvlm.ui.events import IN_LINE, QUICK
from med3dvlm.ui.examples import example_questions
from med3dvlm.ui.model_status import ModelStatus
from med3dvlm.ui.notice import NOTHING, problem, standing, told
from med3dvlm.ui.session import (
    Conversations,
    Encoded,
    Scan,
    SessionStates,
    features_of,
    opened,
)
from med3dvlm.ui.stopping import Switches

TASK = "chat"
THINKING = "..."
STOPPED = "Stopped. What was said so far stays in the conversation."
EMPTY = "Open a scan, then ask about it.\n\nAnswers come from the picture alone."
Message = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ChatTab:
    """The components of the tab, and what happens in it."""

    session: SessionStates
    switches: Switches
    services: Slot[Services]
    chat: gr.Chatbot
    notice: gr.HTML
    box: gr.Textbox
    send: gr.Button
    stop: gr.Button
    clear: gr.Button
    suggestions: Cards
    question: gr.State

    def take_question(
        self, text: str, scan: Scan | None, conversations: Conversations, request: gr.Request
    ) -> Updates:
        """Show the question at once, and the button that stops the answer."""
        if not text.strip():
            return {self.question: ""}
        conversation = conversations.of(opened(scan))
        self.switches.renew(request, TASK)
        return {
            self.session.scan: scan,
            self.question: text.strip(),
            self.box: "",
            self.chat: messages(conversation.with_turn(text.strip(), THINKING)),
            self.notice: NOTHING,
            **self._answering(going=True),
        }

    def answer(
        self,
        question: str,
        scan: Scan | None,
        encoded: Encoded | None,
        conversations: Conversations,
        request: gr.Request,
    ) -> Iterator[Updates]:
        """Stream the answer; each piece is kept, so that a stop loses nothing."""
        stopped = self.switches.current(request, TASK)
        if not question or stopped.is_set():
            return
        scan = opened(scan)
        features = features_of(encoded, scan)
        before = conversations.of(scan)
        said = ""
        with self.switches.turn(request, TASK) as turn:
            for place in turn.waiting():
                if stopped.is_set():
                    return
                yield {self.notice: standing(place)}
            with closing(self.services.value().answer(features, before, question)) as events:
                for event in events:
                    if stopped.is_set():
                        return
                    said += event.text
                    yield self._said(scan, conversations, before.with_turn(question, said))
        after = before.with_turn(question, said.strip() or "(no answer)")
        yield self._said(scan, conversations, after) | self._answering(going=False)

    def stop_answer(
        self, scan: Scan | None, conversations: Conversations, request: gr.Request
    ) -> Updates:
        """End the answer; what was said stays."""
        self.switches.stop(request, TASK)
        return {
            self.chat: messages(conversations.of(scan)),
            self.notice: told(STOPPED),
            **self._answering(going=False),
        }

    def forget(
        self, scan: Scan | None, conversations: Conversations, request: gr.Request
    ) -> Updates:
        """Begin anew about the same scan."""
        self.switches.stop(request, TASK)
        kept = conversations.keeping(scan, Conversation()) if scan else conversations
        return {
            self.session.conversations: kept,
            self.chat: [],
            self.notice: NOTHING,
            **self._answering(going=False),
        }

    def turn_to(self, scan: Scan | None, conversations: Conversations) -> Updates:
        """Another scan: its own conversation, and questions that fit it."""
        return {
            self.chat: messages(conversations.of(scan)),
            self.suggestions: question_cards(scan),
            self.notice: NOTHING,
            **self._answering(going=False),
        }

    def say(self, message: str) -> Updates:
        """What went wrong, above the line for the next question."""
        return {self.notice: problem(message), self.question: "", **self._answering(going=False)}

    def picked(self, event: gr.SelectData) -> str:
        """The suggested question that was clicked."""
        return str(event.value)

    def wire(self, status: ModelStatus) -> None:
        """Connect the events."""
        session = self.session
        asked = partial(gr.on, [self.box.submit, self.send.click])
        picked = self.suggestions.select(self.picked, None, self.box, **QUICK)
        running = [event for start in (asked, picked.then) for event in self._ask(start, status)]
        known = [session.scan, session.conversations]
        self.stop.click(self.stop_answer, known, self._shown, cancels=running, **QUICK)
        self.clear.click(
            self.forget, known, [session.conversations, *self._shown],
            cancels=running, **QUICK,
        )  # fmt: skip
        session.scan.change(
            guarded(self.turn_to, self.say), known,
            [self.suggestions, self.question, *self._shown], cancels=running, **QUICK,
        )  # fmt: skip

    def _ask(self, start: Callable[..., Any], status: ModelStatus) -> list[Any]:
        """From a question to its answer; returns the events that a stop cancels."""
        session = self.session
        taken = start(
            guarded(self.take_question, self.say),
            [self.box, session.scan, session.conversations],
            [session.scan, self.question, *self._shown],
            **QUICK,
        )
        read = status.read_after(taken.then)
        answered = read.then(
            guarded(self.answer, self.say),
            [self.question, session.scan, session.encoded, session.conversations],
            [session.conversations, self.question, *self._shown],
            **IN_LINE | {"concurrency_id": "answer"},
        )
        return [read, answered]

    @property
    def _shown(self) -> list[Any]:
        return [self.chat, self.notice, self.box, self.send, self.stop]

    def _said(self, scan: Scan, conversations: Conversations, now: Conversation) -> Updates:
        return {
            self.chat: messages(now),
            self.notice: NOTHING,
            self.session.conversations: conversations.keeping(scan, now),
        }

    def _answering(self, *, going: bool) -> Updates:
        return {self.send: gr.Button(visible=not going), self.stop: gr.Button(visible=going)}


def build(session: SessionStates, switches: Switches, services: Slot[Services]) -> ChatTab:
    """Lay the tab out."""
    chat = gr.Chatbot(
        elem_id="chat", show_label=False, height="clamp(300px, calc(100vh - 500px), 640px)",
        placeholder=EMPTY, buttons=["copy"], feedback_options=None, latex_delimiters=[],
        group_consecutive_messages=False,
    )  # fmt: skip
    notice = gr.HTML(elem_id="chat-notice")
    with gr.Row(elem_id="ask-row"):
        box = gr.Textbox(
            elem_id="question", show_label=False, container=False, scale=6, min_width=160,
            placeholder="Ask about the scan", max_length=1000, lines=1, max_lines=4,
        )  # fmt: skip
        send = gr.Button("Ask", variant="primary", scale=1, min_width=72, elem_id="ask")
        stop = gr.Button(
            "Stop", variant="stop", scale=1, min_width=72, visible=False, elem_id="stop"
        )
        clear = gr.Button("Clear", scale=1, min_width=72, elem_id="clear")
    suggestions = Cards(
        question_cards(None), label="Suggested questions", elem_id="suggestions",
        elem_classes="chips",
    )  # fmt: skip
    return ChatTab(
        session=session, switches=switches, services=services, chat=chat, notice=notice, box=box,
        send=send, stop=stop, clear=clear, suggestions=suggestions, question=gr.State(""),
    )  # fmt: skip


def messages(conversation: Conversation) -> list[Message]:
    """Turns as Gradio's chat shows them."""
    return [
        {"role": role, "content": text}
        for question, answer in conversation.turns
        for role, text in (("user", question), ("assistant", answer))
    ]


def question_cards(scan: Scan | None) -> list[Card]:
    """Suggested questions as chips."""
    return [
        Card(key=str(number), title=question)
        for number, question in enumerate(example_questions(scan))
    ]
