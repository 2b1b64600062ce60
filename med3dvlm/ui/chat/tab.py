"""The chat: questions about the open scan, answers as they come, a stop at any token.

chat = build(session, switches, services)

Its events are connected in med3dvlm/ui/chat/wiring.py.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from med3dvlm.choices import make_choices
from med3dvlm.engine.dialogue import Dialogue
from med3dvlm.errors import Med3DVLMError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.chat import decoding_form
from med3dvlm.ui.chat.answering import STOPPED, Answering
from med3dvlm.ui.chat.decoding_form import Asking, DecodingForm
from med3dvlm.ui.chat.layout import (
    ChoiceForm,
    build_ask_row,
    build_choice_form,
    build_hold,
    follow_note,
    question_cards,
    returned_list,
    view,
)
from med3dvlm.ui.chat.line import Asked, Line, Standing
from med3dvlm.ui.chat.question_flow import Make, PendingQuestion, check_length, typed
from med3dvlm.ui.components.cards import Cards
from med3dvlm.ui.components.transcript import Transcript
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import NOTHING, problem, queued, told
from med3dvlm.ui.page.session import (
    Conversations,
    Encoded,
    Scan,
    SessionStates,
    opened,
)
from med3dvlm.ui.page.stopping import OPEN, Signal, Switches

TASK = "chat"
NO_QUESTION = "Type a question first, or click one of the suggestions below."
HELD = "Waiting until the scan is open:"


@dataclass(frozen=True, kw_only=True)
class ChatTab:
    """The components of the tab, and what happens in it."""

    session: SessionStates
    switches: Switches
    services: Loading[Services]
    chat: Transcript
    held: gr.HTML
    notice: gr.HTML
    returned: gr.HTML
    box: gr.Textbox
    send: gr.Button
    stop: gr.Button
    clear: gr.Button
    suggestions: Cards
    choices: ChoiceForm
    decoding: DecodingForm
    line: gr.State

    def take_question(
        self, text: str, scan: Scan | None, conversations: Conversations, line: Line,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Show the question at once; one that can't be asked is given back into the box."""
        if not text.strip():
            return {self.notice: told(NO_QUESTION)}
        try:
            return self._ask(text.strip(), scan, conversations, line, request)
        except Med3DVLMError as error:
            return self.give([text], line, problem(str(error)))

    def give(self, texts: Sequence[str], line: Line, why: str) -> Updates:
        """What can't be asked, back into the box behind what stands there by now, and why."""
        return {self.returned: returned_list(line.give_back(texts)), self.notice: why}

    def take_suggestion(
        self, event: gr.SelectData, scan: Scan | None, conversations: Conversations, line: Line,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """The same with a suggested question; what stands in the box stays there."""
        return self._ask(str(event.value), scan, conversations, line, request)

    def take_choices(
        self, question: str, options: str, scan: Scan | None, conversations: Conversations,
        line: Line, request: gr.Request,
    ) -> Updates:  # fmt: skip
        """The same with a question made in the form; one option a line."""
        made = make_choices(question, options.splitlines())
        check_length(made.text)
        return self._held(made.text, line, request) or self.take(
            [lambda now: PendingQuestion(made.text, len(now.exchanges), choices=made)],
            scan, conversations, line, request,
        )  # fmt: skip

    def _ask(
        self, text: str, scan: Scan | None, conversations: Conversations, line: Line,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        check_length(text)
        return self._held(text, line, request) or self.take(
            [typed(text)], scan, conversations, line, request
        )

    def _held(self, text: str, line: Line, request: gr.Request) -> Updates:
        """A question for the scan that is being opened, kept until that is open; else nothing.

        Where some are kept, it stands behind them.
        """
        if self.switches.current(request, OPEN) is None and not line.held:
            return {}
        return {self.held: queued(HELD, line.hold(text)), self.notice: NOTHING}

    def take(
        self, makes: Sequence[Make], scan: Scan | None, conversations: Conversations, line: Line,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Keep what is asked before anything is answered: no stop, however early, loses it.

        A question waits behind one that has no word of an answer yet, and ends one that has.
        """
        scan = opened(scan)

        def asked(now: Dialogue) -> Dialogue:
            taken = []
            for make in makes:
                question = replace(make(now), prepared=scan.choice)
                behind = self._going(request) if question.comes_after(now) else None
                signal = behind or self.switches.renew(request, TASK, scan.about)
                now = question.asked_in(now, waits=behind is not None)
                taken.append(Asked(question, signal, now.exchanges[question.index]))
            line.add(*taken)
            return now

        return {
            self.session.scan: scan,
            self.notice: NOTHING,
            **self._said(conversations, conversations.change(scan, asked), scan),
            **self._answering(going=True),
        }

    def _going(self, request: gr.Request) -> Signal | None:
        """What ends the answer that is being written, if one is and nothing has ended it."""
        running = self.switches.current(request, TASK)
        return None if running is None or running.is_set() else running

    def answer(
        self, line: Line, scan: Scan | None, encoded: Encoded | None,
        conversations: Conversations, asking: Asking, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Stream the answers to what one event asked, one after the other.

        Nothing comes where it was refused, or is answered by another event.
        """
        failed: Med3DVLMError | None = None
        places = [Standing(conversations, opened(scan), task) for task in line.next()]
        for place in places:
            try:
                yield from self._answered(place, encoded, asking, request)
            except Med3DVLMError as error:
                failed = error
        if failed is not None:
            raise failed

    def _answered(
        self, place: Standing, encoded: Encoded | None, asking: Asking, request: gr.Request
    ) -> Iterator[Updates]:
        """One answer; each piece is kept, so that a stop loses nothing."""
        try:
            place.task.wait_for_turn()
            for piece in self._answering_in(request).pieces(place, encoded, asking):
                shown = self._said(place.conversations, piece.dialogue, place.scan)
                if piece.notice is not None:
                    shown[self.notice] = piece.notice
                if piece.going is not None:
                    shown |= self._answering(going=piece.going)
                yield shown
        finally:
            place.end()
            place.task.done.set()

    def _answering_in(self, request: gr.Request) -> Answering:
        return Answering(
            services=self.services,
            turn=lambda: self.switches.turn(request, TASK),
            is_current=lambda signal: self.switches.is_current(request, TASK, signal),
        )

    def stop_answer(self, request: gr.Request) -> Updates:
        """End the answer at once; its stream keeps what was said."""
        self.switches.stop(request, TASK)
        return {self.notice: told(STOPPED), **self._answering(going=False)}

    def undo(self, scan: Scan | None, conversations: Conversations, request: gr.Request) -> Updates:
        """Take the last question back, and its answer."""
        self.switches.supersede(request, TASK)
        return self._changed(scan, conversations, Dialogue.without_last) | {
            self.notice: NOTHING,
            **self._answering(going=False),
        }

    def forget(
        self, scan: Scan | None, conversations: Conversations, request: gr.Request
    ) -> Updates:
        """Begin anew about the same scan."""
        self.switches.supersede(request, TASK)
        return self._changed(scan, conversations, lambda _: Dialogue()) | {
            self.notice: NOTHING,
            **self._answering(going=False),
        }

    def turn_to(
        self, scan: Scan | None, conversations: Conversations, request: gr.Request
    ) -> Updates:
        """Another scan: its own conversation, and questions that fit it."""
        self.switches.supersede(request, TASK, but_about=scan and scan.about)
        dialogue = conversations.of(scan)
        # A question that was asked since the scan is open goes on; this event comes from the page.
        dialogue = dialogue if self.switches.current(request, TASK) else dialogue.ended()
        return {
            self.chat: self._view(dialogue, scan),
            self.suggestions: question_cards(scan),
            self.notice: NOTHING,
            **self._answering(going=dialogue.going),
        }

    def refuse(self, message: str) -> Updates:
        """Why a question is not taken; it stays in its box, and an answer that runs goes on."""
        return {self.notice: problem(message)}

    def say(self, message: str) -> Updates:
        """What went wrong, above the line for the next question."""
        return {self.notice: problem(message), **self._answering(going=False)}

    @property
    def shown(self) -> list[Any]:
        """What an answer changes."""
        return [self.chat, self.held, self.notice, self.returned, self.send, self.stop]

    def _view(self, dialogue: Dialogue, scan: Scan | None) -> Any:
        return view(dialogue, follow_note(self.services), scan)

    def _said(self, conversations: Conversations, now: Dialogue, scan: Scan | None) -> Updates:
        # The same object again: what is written now lives on for another two hours.
        return {self.chat: self._view(now, scan), self.session.conversations: conversations}

    def _changed(
        self, scan: Scan | None, conversations: Conversations, how: Callable[[Dialogue], Dialogue]
    ) -> Updates:
        now = conversations.change(scan, how) if scan else Dialogue()
        return self._said(conversations, now, scan)

    def _answering(self, *, going: bool) -> Updates:
        return {self.send: gr.Button(visible=not going), self.stop: gr.Button(visible=going)}


def build(session: SessionStates, switches: Switches, services: Loading[Services]) -> ChatTab:
    """Lay the tab out."""
    chat = Transcript(view(Dialogue()), elem_id="chat")
    build_hold()
    held = gr.HTML(elem_id="held")
    notice = gr.HTML(elem_id="chat-notice")
    returned = gr.HTML(elem_id="given-back")
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
        session=session, switches=switches, services=services, chat=chat, held=held,
        notice=notice, returned=returned, box=row.box, send=row.send, stop=row.stop,
        clear=row.clear, suggestions=suggestions, choices=choices, decoding=decoding,
        line=gr.State(Line()),
    )  # fmt: skip
