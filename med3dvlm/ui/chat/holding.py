"""Questions that were asked while a scan is being opened, once that has ended.

holding = Holding(chat)
turning.resuming(Line.holds, [line])(holding.take_held, [scan, conversations, line], outputs)
"""

from dataclasses import dataclass

import gradio as gr

from med3dvlm.errors import Med3DVLMError
from med3dvlm.ui.chat.line import Line
from med3dvlm.ui.chat.question_flow import typed
from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import NOTHING, problem, told
from med3dvlm.ui.page.session import Conversations, Scan

NOT_OPENED = "The scan could not be opened, so what you asked is back in the box."


@dataclass(frozen=True, slots=True)
class Holding:
    """Handlers of the page's own events: a scan was opened, or could not be."""

    chat: ChatTab

    def take_held(
        self, scan: Scan | None, conversations: Conversations, line: Line, request: gr.Request
    ) -> Updates:
        """Ask the questions that waited for the scan, in their order, if there are any."""
        texts = line.held_back()
        if not texts:
            return {}
        try:
            makes = [typed(text) for text in texts]
            taken = self.chat.take(makes, scan, conversations, line, request)
        except Med3DVLMError as error:
            taken = self.chat.give(texts, line, problem(str(error)))
        return {self.chat.held: NOTHING} | taken

    def give_back(self, line: Line) -> Updates:
        """Put the questions that waited for a scan which could not be opened back into the box."""
        texts = line.held_back()
        if not texts:
            return {}
        return {self.chat.held: NOTHING} | self.chat.give(texts, line, told(NOT_OPENED))
