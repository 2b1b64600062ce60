"""Which events of the chat lead to which handlers.

`wire` connects them, for one page.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr

from med3dvlm.ui.chat.again import Again
from med3dvlm.ui.chat.holding import Holding
from med3dvlm.ui.chat.line import Line
from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.choosing import AFTER_CHOICES
from med3dvlm.ui.page.events import EACH, IN_QUEUE, QUICK
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan.panel import ScanPanel

# The box was emptied where it is typed in, at once (taking.js): emptied by the answer to the event,
# it would take with it what was typed meanwhile. What was sent is kept until it has arrived.
TAKE_TEXT = """async (text, ...rest) => {
  const typed = window.questionsTyped?.shift() ?? text;
  (window.questionsSent ??= []).push(typed);
  await window.settled?.(typed.trim());
  return [typed, ...rest];
}"""
ARRIVED = "() => { window.questionsSent?.shift(); }"
NOT_ARRIVED = """() => {
  const why = "The server did not take the question, so it is back in the box.";
  window.giveBack?.([window.questionsSent?.shift()], why);
}"""


def wire(chat: ChatTab, status: ModelStatus, panel: ScanPanel, turning: Turning) -> None:
    """Connect the events; `status` has the model read the scan before it answers."""
    session, again, holding = chat.session, Again(chat), Holding(chat)
    chat.decoding.wire()
    visit = [session.scan, session.conversations, chat.line]
    form = [chat.choices.question, chat.choices.options]
    sent = partial(gr.on, [chat.box.submit, chat.send.click], js=TAKE_TEXT)
    turning.add(
        chat.turn_to, [session.scan, session.conversations], [chat.suggestions, *chat.shown],
        chat.say,
    )  # fmt: skip
    waiting: dict[str, Any] = {"js": AFTER_CHOICES}
    ways: list[tuple[Callable[..., Any], Callable[..., Any], list[Any]]] = [
        (sent, chat.take_question, [chat.box]),
        (partial(chat.suggestions.select, **waiting), chat.take_suggestion, []),
        (partial(chat.choices.ask.click, **waiting), chat.take_choices, form),
        (partial(chat.chat.retry, **waiting), again.retry, []),
        (partial(chat.chat.edit, **waiting), again.edit, []),
        (partial(chat.chat.select, **waiting), again.several, []),
        (partial(chat.chat.submit, **waiting), again.compare, []),
        (turning.resuming(Line.holds, [chat.line]), holding.take_held, []),
    ]
    taken = [_ask(chat, status, start, take, [*own, *visit]) for start, take, own in ways]
    taken[0].success(None, None, None, js=ARRIVED, **QUICK)
    taken[0].failure(None, None, None, js=NOT_ARRIVED, **QUICK)
    panel.failed.change(
        guarded(holding.give_back, chat.refuse), chat.line,
        [chat.held, chat.returned, chat.notice], **QUICK,
    )  # fmt: skip
    chat.stop.click(chat.stop_answer, None, chat.shown, **QUICK)
    known = [session.scan, session.conversations]
    for start, handler in ((chat.clear.click, chat.forget), (chat.chat.undo, chat.undo)):
        start(handler, known, [session.conversations, *chat.shown], **QUICK)


def _ask(
    chat: ChatTab, status: ModelStatus, start: Callable[..., Any], take: Callable[..., Updates],
    inputs: list[Any],
) -> Any:  # fmt: skip
    """From what is asked to its answers. Returns the event that takes it.

    What is asked after another scan was chosen waits until the server knows of that choice.
    """
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
