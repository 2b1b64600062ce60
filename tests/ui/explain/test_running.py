"""Work that was asked for while a scan is being opened begins once one is open."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.ui.explain.running import HELD, NOT_OPENED, Opening, Work
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.page.stopping import OPEN, Switches
from med3dvlm.ui.page.turning import Turning
from tests.hosting.conftest import run_apart
from tests.ui.conftest import Parts

ANSWER = SimpleNamespace(words=(SimpleNamespace(text="chest"),))


class Visited:
    """A part whose handlers are called by one visitor."""

    def __init__(self, part: Any, visitor: gr.Request) -> None:
        self._part, self._visitor = part, visitor

    def __getattr__(self, name: str) -> Callable[..., Any]:
        handler = getattr(self._part, name)
        return lambda *given: handler(*given, request=self._visitor)


@pytest.fixture
def work(parts: Parts, switches: Switches) -> Work:
    own: Work = parts.explain.maps.work
    return replace(own, switches=switches)


def test_it_is_held_and_begins_with_the_scan(work: Work, scan: Scan, visitor: gr.Request) -> None:
    assert work.held_back(visitor) == {}
    signal = work.switches.renew(visitor, OPEN)
    held = work.held_back(visitor)
    assert held[work.held]
    assert HELD in held[work.notice]
    work.switches.done(visitor, OPEN, signal)

    def handler(wanted: str, request: gr.Request) -> Iterator[Updates]:
        assert request is visitor
        yield {work.notice: wanted}

    async def wired() -> tuple[gr.Blocks, gr.State]:
        with gr.Blocks() as page:
            opened, failed = gr.State(), gr.State(0)
            turning = Turning(opened)
            work.on_open(handler, [opened], [], Opening(turning=turning, failed=failed))
            turning.wire()
        return page, opened

    page, opened = run_apart(wired())
    events = {event.targets[0]: event for event in page.fns.values()}
    turned = events[opened._id, "change"]
    turn = next(event for event in page.fns.values() if event.trigger_after == turned._id)
    assert turn.queue, "a state that is changed outside the queue starts nothing in the page"
    (_, due) = turn.outputs
    assert turn.fn(visitor, True, scan, 0) == {work.held: False, due: 1}
    for waits, there in ((False, scan), (True, None)):
        assert turn.fn(visitor, waits, there, 0) == gr.skip()
    begins = events[due._id, "change"]
    begun = list(begins.fn(visitor, 1, 0, "a stone"))
    assert begun == [{begins.outputs[0]: 1}, {work.notice: "a stone"}, gr.skip()]
    # Gradio's page takes the first it hears of a state for a change of it.
    assert list(begins.fn(visitor, 1, 1, "a stone")) == [gr.skip()]


@pytest.mark.parametrize(
    ("name", "work", "asked"),
    [
        ("maps", "work", lambda part, scan: part.draw("Text split", "a stone", "mean", scan, None)),
        ("perturb", "work", lambda part, scan: part.compare("blank", "a", None, scan, None)),
        ("cells", "work", lambda part, scan: part.show("Raw attention", "", scan, None, None)),
        ("inside", "work", lambda part, scan: part.ask("Why?", scan, None)),
        ("inside", "placing", lambda part, scan: part.place(0, "", ANSWER, scan, None)),
        ("bench", "work", lambda part, scan: part.compare("kidney stone", "a", "b", 2, 0.5, scan)),
        ("built", "work", lambda part, scan: part.show("From scan to words", "", None, scan, None)),
    ],
)  # fmt: skip
def test_every_part_that_needs_the_open_scan_waits_for_one_that_is_being_opened(
    name: str, work: str, asked: Callable[..., Any], parts: Parts, working: Callable[..., Any],
    scan: Scan, visitor: gr.Request,
) -> None:  # fmt: skip
    """Three of them refused, and had to be pressed again."""
    part = working(getattr(parts.explain, name))
    held_by: Work = getattr(part, work)
    signal = held_by.switches.renew(visitor, OPEN)
    updates = list(asked(Visited(part, visitor), scan))
    assert [update.get(held_by.held) for update in updates] == [True]
    assert HELD in updates[0][held_by.notice]
    held_by.switches.done(visitor, OPEN, signal)


def test_it_is_given_up_with_a_scan_that_can_not_be_opened(work: Work) -> None:
    given_up = work.give_up(True)
    assert given_up[work.held] is False
    assert NOT_OPENED in given_up[work.notice]
    assert work.notice not in work.give_up(False)
