"""Every streaming handler of the page on its early ways out: nothing that is shown is emptied.

Gradio puts `None` into all outputs of a generator that ends before its first update.
"""

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr
from gradio.blocks import BlockFunction
from gradio.state_holder import SessionState

from med3dvlm.engine.dialogue import Dialogue
from med3dvlm.ui.chat.line import Asked, Line
from med3dvlm.ui.chat.question_flow import PendingQuestion
from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.session import Conversations, Encoded, Scan
from med3dvlm.ui.page.stopping import Signal
from med3dvlm.ui.report.tab import ReportTab

# What an event may tell: an entry that was clicked or edited, and a place in the viewer.
EVENT = {"index": 0, "value": "", "previous_value": ""}
PLACE = EVENT | {"index": [0, 0, 0]}
UNCHANGED = {"__type__": "update"}
UNCHANGED_HTML = {"props": UNCHANGED, **UNCHANGED}


def streams_of(page: gr.Blocks) -> list[BlockFunction]:
    """Events whose handler is a generator."""
    return [known for known in page.fns.values() if inspect.isgeneratorfunction(known.fn)]


async def first_sent(page: gr.Blocks, known: BlockFunction) -> dict[str, Any]:
    """What Gradio sends first when the event happens on a page where nothing is open.

    In the place of a state, whose value never leaves the server, it sends `UNCHANGED`.
    """
    shown = ["" if isinstance(block, gr.Textbox) else block.value for block in known.inputs]
    in_viewer = any(isinstance(page.blocks.get(one), VolumeViewer) for one, _ in known.targets)
    sent = await page.process_api(
        known, shown, state=SessionState(page), request=gr.Request(session_hash="a visit"),
        event_data=gr.EventData(None, PLACE if in_viewer else EVENT),
    )  # fmt: skip
    pairs = zip(known.outputs, sent["data"], strict=True)
    return sent | {"data": [UNCHANGED if block.stateful else part for block, part in pairs]}


def changes_nothing(part: Any) -> bool:
    return part in (UNCHANGED, UNCHANGED_HTML)


def send(page: gr.Blocks) -> dict[str, list[dict[str, Any]]]:
    """The first answers to all streaming events, by the handler's name."""

    async def all_of_them() -> dict[str, list[dict[str, Any]]]:
        sent: dict[str, list[dict[str, Any]]] = {}
        for known in streams_of(page):
            sent.setdefault(known.fn.__name__, []).append(await first_sent(page, known))
        return sent

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(all_of_them())).result()


def test_every_streaming_handler_says_something_before_any_way_out(whole_page: gr.Blocks) -> None:
    """Ask and Write a report, pressed too early, emptied the chat, the box and their own labels."""
    sent = send(whole_page)
    early = {"answer", "compose", "open_files", "choose_series", "choose_frame", "open_example"}
    assert early <= sent.keys()
    assert {"announce", "choose", "read_scan", "find_text", "find_alike", "unfold"} <= sent.keys()
    for name, answers in sent.items():
        for answer in answers:
            assert answer["is_generating"], f"{name} ended before its first update"
    for name in early:
        for answer in sent[name]:
            assert all(map(changes_nothing, answer["data"])), (name, answer["data"])


def plain_of(page: gr.Blocks) -> list[BlockFunction]:
    """Events of the page itself whose handler answers at once, but those that begin with a file."""
    named = [known for known in page.fns.values() if known.fn and known not in streams_of(page)]
    own = [known for known in named if known.api_visibility == "private"]
    return [one for one in own if not any(isinstance(x, gr.UploadButton) for x in one.inputs)]


def test_no_handler_of_an_empty_page_empties_what_is_shown(whole_page: gr.Blocks) -> None:
    """Every button, box, card and slider, pressed before anything is open.

    Only a plot and the field for files, which are empty then, may be sent nothing.
    """

    async def all_of_them() -> list[str]:
        return [
            f"{known.fn.__qualname__}: {block}"
            for known in plain_of(whole_page)
            for block, part in zip(
                known.outputs, (await first_sent(whole_page, known))["data"], strict=True
            )
            if part is None and not isinstance(block, gr.Plot | gr.File)
        ]

    assert len(plain_of(whole_page)) > 30
    with ThreadPoolExecutor(1) as thread:
        emptied = thread.submit(lambda: asyncio.run(all_of_them())).result()
    assert not emptied


def test_every_streaming_handler_stands_behind_the_boundary(whole_page: gr.Blocks) -> None:
    """It is there that a silent stream gets its first update."""
    for known in streams_of(whole_page):
        assert "say" in inspect.getclosurevars(known.fn).nonlocals, known.fn.__qualname__


def test_early_ways_out_with_a_scan_open(
    chat: ChatTab, report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request
) -> None:
    """What was superseded before it began, and what runs already, changes nothing."""
    answer, compose = guarded(chat.answer, chat.say), guarded(report.compose, report.say)
    question, line, kept = PendingQuestion("A stone?", 0), Line(), Conversations()
    line.add(Asked(question, ended(), question.asked_in(Dialogue()).last))
    for _ in ("superseded", "taken by the other event"):
        asking = chat.decoding.settings.value
        assert list(answer(line, scan, encoded, kept, asking, visitor)) == [gr.skip()]
    for signal in (ended(), taken(), None):
        assert list(compose(signal, scan, encoded, visitor)) == [gr.skip()]


def ended() -> Signal:
    """Of a task that another scan has ended before it began."""
    signal = Signal()
    signal.set()
    return signal


def taken() -> Signal:
    """Of a task that a stream works on."""
    signal = Signal()
    signal.take_up()
    return signal
