"""Questions of a conversation that are asked again.

As they are, changed, several times, or with another input of the model:

again = Again(chat)
chat.chat.retry(again.retry, [scan, conversations, line], outputs)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import gradio as gr

from med3dvlm.engine.before_after import to_ask_again
from med3dvlm.errors import Med3DVLMError, PromptError
from med3dvlm.ui.chat.decoding_form import Asking
from med3dvlm.ui.chat.line import Line
from med3dvlm.ui.chat.question_flow import MOST_WAITING, PendingQuestion
from med3dvlm.ui.chat.tab import NO_QUESTION, ChatTab
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import busy, told
from med3dvlm.ui.page.session import Conversations, Encoded, Scan, opened
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
        return self._take(question, scan, conversations, line, request)

    def edit(
        self, event: gr.EditData, scan: Scan | None, conversations: Conversations, line: Line,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Ask another question in the place of an earlier one; what followed it is dropped.

        One that can't be asked there is given back into the box.
        """
        index, text = int(str(event.index)), str(event.value).strip()
        if not text:
            return {self.chat.notice: told(NO_QUESTION)}
        if not 0 <= index < len(conversations.of(opened(scan)).exchanges):
            return {self.chat.notice: told(GONE), self.chat.box: text}
        question = PendingQuestion.typed(text, index)
        try:
            return self._take(question, scan, conversations, line, request)
        except PromptError as error:
            return self.chat.refuse(str(error)) | {self.chat.box: text}

    def several(
        self, event: gr.SelectData, scan: Scan | None, conversations: Conversations, line: Line,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Begin to ask one question several times."""
        index = int(str(event.index))
        dialogue = conversations.of(opened(scan))
        if not 0 <= index < len(dialogue.exchanges):
            return {self.chat.notice: told(GONE)}
        question = PendingQuestion(dialogue.exchanges[index].question, index, several=True)
        taken = self._take(question, scan, conversations, line, request)
        return taken | {self.chat.notice: busy(SEVERAL)}

    def compare(
        self, scan: Scan | None, conversations: Conversations, line: Line, request: gr.Request
    ) -> Updates:
        """Ask what was answered with another input with the present one, as many as may wait."""
        dialogue = conversations.of(opened(scan))
        taken: Updates = {self.chat.notice: told(COMPARED)}
        for one in to_ask_again(dialogue, opened(scan).choice)[:MOST_WAITING]:
            index = len(conversations.of(scan).exchanges)
            question = PendingQuestion(one.question, index, choices=one.choices)
            taken = self._take(question, scan, conversations, line, request)
        return taken

    def answer_all(
        self, line: Line, scan: Scan | None, encoded: Encoded | None,
        conversations: Conversations, asking: Asking, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Stream the answers to all that `compare` asked, one after the other."""
        failed: Med3DVLMError | None = None
        while line.waits:
            try:
                yield from self.chat.answer(line, scan, encoded, conversations, asking, request)
            except Med3DVLMError as error:
                failed = error
        if failed is not None:
            raise failed

    def _take(
        self, question: PendingQuestion, scan: Scan | None, conversations: Conversations,
        line: Line, request: gr.Request,
    ) -> Updates:  # fmt: skip
        if self.chat.switches.current(request, OPEN):
            raise PromptError(TURNING)
        return self.chat.take(lambda _: question, scan, conversations, line, request)
