"""Questions of a conversation that are asked again.

As they are, changed, several times, or with another input of the model:

again = Again(chat)
chat.chat.retry(again.retry, [scan, conversations, line], outputs)
"""

from dataclasses import dataclass

import gradio as gr

from med3dvlm.engine.before_after import to_ask_again
from med3dvlm.engine.dialogue import Exchange
from med3dvlm.errors import PromptError
from med3dvlm.ui.chat.line import Line
from med3dvlm.ui.chat.question_flow import MOST_WAITING, Make, PendingQuestion
from med3dvlm.ui.chat.tab import NO_QUESTION, ChatTab
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import busy, problem, told
from med3dvlm.ui.page.pointing import number_in
from med3dvlm.ui.page.session import Conversations, Scan, opened
from med3dvlm.ui.page.stopping import OPEN

SEVERAL = "Asking the same question again with new random seeds."
GONE = "This question is no longer in the conversation."
TURNING = "Another scan is being opened, and this question is about the one before."
COMPARED = "Every question has been asked with this input."


@dataclass(frozen=True, slots=True)
class Again:
    """Handlers of the chat's transcript."""

    chat: ChatTab

    def retry(
        self, scan: Scan | None, conversations: Conversations, line: Line, request: gr.Request
    ) -> Updates:
        """Ask the last question again, with the settings as they are now."""
        dialogue = conversations.of(opened(scan))
        if not dialogue.exchanges:
            return {self.chat.notice: told(GONE)}
        last, index = dialogue.last, len(dialogue.exchanges) - 1
        question = PendingQuestion(last.question, index, choices=last.choices)
        return self._take([lambda _: question], scan, conversations, line, request)

    def edit(
        self, event: gr.EditData, scan: Scan | None, conversations: Conversations, line: Line,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Ask another question in the place of an earlier one; what followed it is dropped.

        One that can't be asked there is given back into the box.
        """
        index, text = number_in(event), str(event.value).strip()
        if not text:
            return {self.chat.notice: told(NO_QUESTION)}
        if not 0 <= index < len(conversations.of(opened(scan)).exchanges):
            return self.chat.give([text], line, told(GONE))
        try:
            question = PendingQuestion.typed(text, index)
            return self._take([lambda _: question], scan, conversations, line, request)
        except PromptError as error:
            return self.chat.give([text], line, problem(str(error)))

    def several(
        self, event: gr.SelectData, scan: Scan | None, conversations: Conversations, line: Line,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Begin to ask one question several times."""
        index = number_in(event)
        dialogue = conversations.of(opened(scan))
        if not 0 <= index < len(dialogue.exchanges):
            return {self.chat.notice: told(GONE)}
        question = PendingQuestion(dialogue.exchanges[index].question, index, several=True)
        taken = self._take([lambda _: question], scan, conversations, line, request)
        return taken | {self.chat.notice: busy(SEVERAL)}

    def compare(
        self, scan: Scan | None, conversations: Conversations, line: Line, request: gr.Request
    ) -> Updates:
        """Ask what was answered with another input with the present one, as many as may wait."""
        dialogue = conversations.of(opened(scan))
        asked = to_ask_again(dialogue, opened(scan).choice)[:MOST_WAITING]
        if not asked:
            return {self.chat.notice: told(COMPARED)}
        return self._take([_again(one) for one in asked], scan, conversations, line, request)

    def _take(
        self, makes: list[Make], scan: Scan | None, conversations: Conversations, line: Line,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        if self.chat.switches.current(request, OPEN):
            raise PromptError(TURNING)
        return self.chat.take(makes, scan, conversations, line, request)


def _again(one: Exchange) -> Make:
    return lambda now: PendingQuestion(one.question, len(now.exchanges), choices=one.choices)
