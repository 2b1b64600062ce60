"""One visitor's conversation about one scan, held by calling the chat's handlers as events do."""

import re
from collections.abc import Callable, Generator
from dataclasses import replace
from html import unescape
from typing import Any

import gradio as gr

from med3dvlm.engine.conversation import TokenEvent
from med3dvlm.engine.dialogue import Dialogue
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.ui.chat.again import Again
from med3dvlm.ui.chat.decoding_form import Asking
from med3dvlm.ui.chat.line import Line
from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.page.session import Conversations, Encoded, Scan

Held = dict[Any, Any]
QUESTION = "Is there a kidney stone?"
CLOSED = "In which plane? A. axial B. coronal"


class Talk:
    """One visitor who asks about one scan, as the page's events do it."""

    def __init__(
        self, chat: ChatTab, scan: Scan, encoded: Encoded | None, visitor: gr.Request
    ) -> None:
        self.chat, self.scan, self.encoded, self.visitor = chat, scan, encoded, visitor
        self.kept, self.asking = Conversations(), Asking()
        self.line = Line()

    def keep(self, held: Held) -> Held:
        """Write what an event writes into the session."""
        self.kept = held.get(self.chat.session.conversations, self.kept)
        return held

    def take(self, text: str = QUESTION) -> Held:
        return self.keep(
            self.chat.take_question(text, self.scan, self.kept, self.line, self.visitor)
        )

    def again(self, what: str, *event: gr.EventData) -> Held:
        """One of the handlers of the transcript."""
        handler = getattr(Again(self.chat), what)
        return self.keep(handler(*event, self.scan, self.kept, self.line, self.visitor))

    def retry(self) -> Held:
        return self.again("retry")

    def edit(self, index: int, text: str) -> Held:
        event = gr.EditData(None, {"index": index, "value": text, "previous_value": ""})
        return self.again("edit", event)

    def several(self, index: int) -> Held:
        return self.again("several", gr.SelectData(None, {"index": index, "value": ""}))

    def pieces(self) -> Generator[Held, None, None]:
        """Updates of the answer to what was taken last."""
        for held in self.chat.answer(
            self.line, self.scan, self.encoded, self.kept, self.asking, self.visitor
        ):
            yield self.keep(held)

    def finish(self) -> Held:
        return list(self.pieces())[-1]

    def ask(self, text: str = QUESTION) -> Held:
        self.take(text)
        return self.finish()

    @property
    def dialogue(self) -> Dialogue:
        return self.kept.of(self.scan)


def texts(chat: ChatTab, held: Held) -> list[tuple[str, str]]:
    """Questions and answers that are shown."""
    return [(e.question, e.answer) for e in held[chat.chat].dialogue.exchanges]


def given_back(chat: ChatTab, held: Held) -> list[str]:
    """Texts that were sent back into the box; the latest is last."""
    items = re.findall("<li[^>]*>(.*?)</li>", held.get(chat.returned, ""), re.DOTALL)
    return [unescape(item) for item in items]


def with_services(chat: ChatTab, **functions: Callable[..., Any]) -> ChatTab:
    """The tab with another model behind it."""
    services = chat.services.value()
    return replace(chat, services=Loading("m", lambda tell: replace(services, **functions)))


def said(*texts: str) -> list[TokenEvent]:
    return [TokenEvent(text=text, probability=1, alternatives=(), seconds=0) for text in texts]


def can_ask(chat: ChatTab, held: Held) -> bool:
    """Ask and stop are never shown together."""
    assert held[chat.send].visible is not held[chat.stop].visible
    return bool(held[chat.send].visible)
