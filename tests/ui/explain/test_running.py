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
from tests.ui.conftest import Parts


class Event:
    """Keeps what is connected to it."""

    handler: Callable[..., Any]

    def then(self, handler: Callable[..., Any], *_: Any, **__: Any) -> None:
        self.handler = handler


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

    turned, failed = Event(), SimpleNamespace(change=lambda *_, **__: None)
    work.on_open(handler, [], [], Opening(turned=turned, scan=gr.State(), failed=failed))
    begun = list(turned.handler(visitor, True, scan, "a stone"))
    assert begun == [{work.held: False}, {work.notice: "a stone"}]
    for waits, there in ((False, scan), (True, None)):
        assert not any(isinstance(u, dict) and work.notice in u for u in
                       turned.handler(visitor, waits, there, "a stone"))  # fmt: skip


def test_it_is_given_up_with_a_scan_that_can_not_be_opened(work: Work) -> None:
    given_up = work.give_up(True)
    assert given_up[work.held] is False
    assert NOT_OPENED in given_up[work.notice]
    assert work.notice not in work.give_up(False)
