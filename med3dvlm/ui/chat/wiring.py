"""Which events of the chat lead to which handlers.

wire(chat, status)
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr

from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE, QUICK


def wire(chat: ChatTab, status: ModelStatus) -> None:
    """Connect the events; `status` has the model read the scan before it answers."""
    session = chat.session
    chat.decoding.wire()
    picked = chat.suggestions.select(chat.picked, None, chat.box, **QUICK)
    known = [session.scan, session.conversations]
    form = [chat.choices.question, chat.choices.options]
    ways: list[tuple[Callable[..., Any], Callable[..., Any], list[Any]]] = [
        (partial(gr.on, [chat.box.submit, chat.send.click]), chat.take_question, [chat.box]),
        (picked.then, chat.take_question, [chat.box]),
        (chat.choices.ask.click, chat.take_choices, form),
        (chat.chat.retry, chat.retry, []),
        (chat.chat.edit, chat.edit, []),
        (chat.chat.select, chat.several, []),
    ]
    running = [
        event
        for start, take, own in ways
        for event in _ask(chat, start, take, [*own, *known], status)
    ]
    chat.stop.click(chat.stop_answer, None, chat.shown, **QUICK)
    for start, handler in ((chat.clear.click, chat.forget), (chat.chat.undo, chat.undo)):
        start(handler, known, [session.conversations, *chat.shown], cancels=running, **QUICK)
    session.scan.change(
        guarded(chat.turn_to, chat.say), known, [chat.suggestions, *chat.shown],
        cancels=running, **QUICK,
    )  # fmt: skip


def _ask(
    chat: ChatTab, start: Callable[..., Any], take: Callable[..., Updates], inputs: list[Any],
    status: ModelStatus,
) -> list[Any]:  # fmt: skip
    """From a question to its answer; returns the events that another scan cancels."""
    session = chat.session
    taken = start(
        guarded(take, chat.refuse), inputs,
        [session.scan, session.conversations, chat.asked, *chat.shown], **QUICK,
    )  # fmt: skip
    read = status.read_after(taken.then)
    answered = read.then(
        guarded(chat.answer, chat.say),
        [chat.asked, session.scan, session.encoded, session.conversations, chat.decoding.settings],
        [session.conversations, *chat.shown],
        **IN_QUEUE,
    )
    return [read, answered]
