"""Which events of the chat lead to which handlers.

`wire` connects them, for one page.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gradio as gr

from med3dvlm.ui.chat.again import Again
from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.choosing import AFTER_CHOICES
from med3dvlm.ui.page.events import EACH, IN_QUEUE, QUICK
from med3dvlm.ui.scan.panel import ScanPanel

# The box is emptied where it is typed in, at once: emptied by the answer to the event, it would
# take with it what was typed meanwhile. What was sent is kept until it has arrived.
TAKE_TEXT = """async (text, ...rest) => {
  const box = document.querySelector("#question textarea");
  const typed = box.value;
  box.value = "";
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.dataset.sent = typed;
  await window.settled?.(typed.trim());
  return [typed, ...rest];
}"""
GIVE_BACK = """(typed) => {
  const box = document.querySelector("#question textarea");
  return [box.dataset.sent, box.value].filter(Boolean).join("\\n");
}"""


def wire(chat: ChatTab, status: ModelStatus, panel: ScanPanel) -> None:
    """Connect the events; `status` has the model read the scan before it answers."""
    session, again = chat.session, Again(chat)
    chat.decoding.wire()
    visit = [session.scan, session.conversations, chat.line]
    form = [chat.choices.question, chat.choices.options]
    sent = partial(gr.on, [chat.box.submit, chat.send.click], js=TAKE_TEXT)
    turned = session.scan.change(
        guarded(chat.turn_to, chat.say), [session.scan, session.conversations],
        [chat.suggestions, *chat.shown], **QUICK,
    )  # fmt: skip
    waiting: dict[str, Any] = {"js": AFTER_CHOICES}
    ways: list[tuple[Callable[..., Any], Callable[..., Any], list[Any]]] = [
        (sent, chat.take_question, [chat.box]),
        (partial(chat.suggestions.select, **waiting), chat.take_suggestion, []),
        (partial(chat.choices.ask.click, **waiting), chat.take_choices, form),
        (partial(chat.chat.retry, **waiting), again.retry, []),
        (partial(chat.chat.edit, **waiting), again.edit, []),
        (partial(chat.chat.select, **waiting), again.several, []),
        (turned.then, chat.take_held, []),
    ]
    taken = [
        _ask(chat, status, start, (take, chat.answer), [*own, *visit]) for start, take, own in ways
    ]
    _ask(
        chat, status, partial(chat.chat.submit, **waiting), (again.compare, again.answer_all), visit
    )
    taken[0].failure(None, chat.box, chat.box, js=GIVE_BACK, **QUICK)
    panel.failed.change(
        guarded(chat.give_back, chat.refuse), chat.line, [chat.box, chat.notice], **QUICK
    )
    chat.stop.click(chat.stop_answer, None, chat.shown, **QUICK)
    known = [session.scan, session.conversations]
    for start, handler in ((chat.clear.click, chat.forget), (chat.chat.undo, chat.undo)):
        start(handler, known, [session.conversations, *chat.shown], **QUICK)


def _ask(
    chat: ChatTab, status: ModelStatus, start: Callable[..., Any],
    steps: tuple[Callable[..., Updates], Callable[..., Iterator[Updates]]], inputs: list[Any],
) -> Any:  # fmt: skip
    """From a question to its answer: the steps take and answer it. Returns the event of the first.

    What is asked after another scan was chosen waits until the server knows of that choice.
    """
    session, (take, answer) = chat.session, steps
    taken = start(
        fn=guarded(take, chat.refuse), inputs=inputs,
        outputs=[session.scan, session.conversations, *chat.shown], **EACH,
    )  # fmt: skip
    read = status.read_after(taken.then)
    read.then(
        guarded(answer, chat.say),
        [chat.line, session.scan, session.encoded, session.conversations, chat.decoding.settings],
        [session.conversations, *chat.shown],
        **IN_QUEUE,
    )
    return taken
