"""Which events of the chat lead to which handlers.

`wire` connects them, for one page.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr

from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE, QUICK
from med3dvlm.ui.scan.panel import ScanPanel

# The box is emptied where it is typed in, at once: emptied by the answer to the event, it would
# take with it what was typed meanwhile. What was sent is kept until it has arrived.
TAKE_TEXT = """(text, ...rest) => {
  const box = document.querySelector("#question textarea");
  const typed = box.value;
  box.value = "";
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.dataset.sent = typed;
  return [typed, ...rest];
}"""
GIVE_BACK = """(typed) => {
  const box = document.querySelector("#question textarea");
  return [box.dataset.sent, box.value].filter(Boolean).join("\\n");
}"""
# A second press while the first is on its way is a second question, not to be dropped.
EACH = QUICK | {"trigger_mode": "multiple"}


def wire(chat: ChatTab, status: ModelStatus, panel: ScanPanel) -> None:
    """Connect the events; `status` has the model read the scan before it answers."""
    session = chat.session
    chat.decoding.wire()
    visit = [session.scan, session.conversations, chat.line]
    form = [chat.choices.question, chat.choices.options]
    sent = partial(gr.on, [chat.box.submit, chat.send.click], js=TAKE_TEXT)
    turned = session.scan.change(
        guarded(chat.turn_to, chat.say), [session.scan, session.conversations],
        [chat.suggestions, *chat.shown], **QUICK,
    )  # fmt: skip
    ways: list[tuple[Callable[..., Any], Callable[..., Any], list[Any]]] = [
        (sent, chat.take_question, [chat.box]),
        (chat.suggestions.select, chat.take_suggestion, []),
        (chat.choices.ask.click, chat.take_choices, form),
        (chat.chat.retry, chat.retry, []),
        (chat.chat.edit, chat.edit, []),
        (chat.chat.select, chat.several, []),
        (turned.then, chat.take_held, []),
    ]
    taken = [_ask(chat, start, take, [*own, *visit], status) for start, take, own in ways]
    taken[0].failure(None, chat.box, chat.box, js=GIVE_BACK, **QUICK)
    panel.failed.change(
        guarded(chat.give_back, chat.refuse), chat.line, [chat.box, chat.notice], **QUICK
    )
    chat.stop.click(chat.stop_answer, None, chat.shown, **QUICK)
    known = [session.scan, session.conversations]
    for start, handler in ((chat.clear.click, chat.forget), (chat.chat.undo, chat.undo)):
        start(handler, known, [session.conversations, *chat.shown], **QUICK)


def _ask(
    chat: ChatTab, start: Callable[..., Any], take: Callable[..., Updates], inputs: list[Any],
    status: ModelStatus,
) -> Any:  # fmt: skip
    """From a question to its answer; returns the event that takes it."""
    session = chat.session
    taken = start(
        fn=guarded(take, chat.refuse), inputs=inputs,
        outputs=[session.scan, session.conversations, *chat.shown], **EACH,
    )  # fmt: skip
    read = status.read_after(taken.then)
    read.then(
        guarded(chat.answer, chat.say),
        [chat.line, session.scan, session.encoded, session.conversations, chat.decoding.settings],
        [session.conversations, *chat.shown],
        **IN_QUEUE,
    )
    return taken
