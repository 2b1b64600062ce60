import time
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import pytest

from med3dvlm.hosting.gate.rate_limits import VisitorLimits
from med3dvlm.hosting.gate.request_head import RequestHead
from med3dvlm.hosting.models.queue import BusyError, ModelQueue
from med3dvlm.ui.page.stopping import Switches


def test_stop_ends_the_task_that_was_started_last(switches: Switches, visitor: gr.Request) -> None:
    signal = switches.renew(visitor, "chat")
    assert switches.is_current(visitor, "chat", signal)
    assert not signal.is_set()
    switches.stop(visitor, "chat")
    assert signal.is_set()


def test_a_new_start_ends_what_runs(switches: Switches, visitor: gr.Request) -> None:
    first = switches.renew(visitor, "chat")
    second = switches.renew(visitor, "chat")
    assert first.is_set()
    assert not second.is_set()


def test_a_task_is_taken_up_once(switches: Switches, visitor: gr.Request) -> None:
    signal = switches.renew(visitor, "chat")
    assert [signal.take_up(), signal.take_up()] == [True, False]
    assert switches.renew(visitor, "chat").take_up()


def test_what_is_superseded_ends_and_is_current_no_more(
    switches: Switches, visitor: gr.Request
) -> None:
    chat, report = (switches.renew(visitor, task) for task in ("chat", "report"))
    switches.supersede(visitor, "chat")
    assert chat.is_set()
    assert not switches.is_current(visitor, "chat", chat)
    assert switches.is_current(visitor, "report", report)
    switches.supersede(visitor)
    assert report.is_set()
    assert not switches.is_current(visitor, "report", report)


def test_stop_leaves_other_tasks_alone(switches: Switches, visitor: gr.Request) -> None:
    chat, report = (switches.renew(visitor, task) for task in ("chat", "report"))
    switches.stop(visitor, "report")
    assert (chat.is_set(), report.is_set()) == (False, True)


def test_stop_without_a_name_ends_all(switches: Switches, visitor: gr.Request) -> None:
    signals = [switches.renew(visitor, task) for task in ("chat", "report")]
    switches.stop(visitor)
    assert all(signal.is_set() for signal in signals)


def test_visitors_dont_stop_each_other(
    switches: Switches, visitor: gr.Request, other_visitor: gr.Request
) -> None:
    mine, other = switches.renew(visitor, "chat"), switches.renew(other_visitor, "chat")
    switches.stop(other_visitor)
    assert (mine.is_set(), other.is_set()) == (False, True)


def test_leaving_ends_everything_and_keeps_nothing(switches: Switches, visitor: gr.Request) -> None:
    signal = switches.renew(visitor, "chat")
    assert len(switches) == 1
    switches.forget(visitor)
    assert signal.is_set()
    assert len(switches) == 0


def test_stopping_and_leaving_before_a_start_is_fine(
    switches: Switches, visitor: gr.Request
) -> None:
    switches.stop(visitor, "chat")
    switches.forget(visitor)
    assert not switches.renew(visitor, "chat").is_set()


def test_an_event_without_a_session_is_told_so(switches: Switches) -> None:
    """It was taken for our mistake, but anybody can send one."""
    with pytest.raises(gr.Error, match="open page"):
        switches.renew(gr.Request(), "chat")


def test_a_call_stands_in_line_and_leaves_it_when_its_caller_hangs_up(
    visitor: gr.Request, other_visitor: gr.Request
) -> None:
    queue = ModelQueue(at_once=1)
    switches = Switches(queue)
    with switches.errand(visitor, "api") as gone:
        switches.forget(other_visitor)
        assert not gone()
        waiting = ThreadPoolExecutor(1).submit(
            lambda: switches.errand(other_visitor, "api").__enter__()
        )
        while not queue.waiting:
            time.sleep(0.01)
        switches.forget(other_visitor)
        with pytest.raises(BusyError, match="left"):
            waiting.result(10)
        assert (queue.waiting, queue.running) == (0, 1)
        switches.forget(visitor)
        assert gone()
    assert (queue.running, len(switches)) == (0, 0)


def test_a_call_ends_when_it_is_said_that_nobody_waits_for_it(
    switches: Switches, visitor: gr.Request
) -> None:
    """A plain HTTP call went on to its end, whoever had hung up."""
    with switches.errand(visitor, "api") as gone:
        switches.hang_up("another call")
        assert not gone()
        switches.hang_up(str(visitor.session_hash))
        assert gone()


def test_for_whom_a_call_is_can_be_said_by_this_process_alone() -> None:
    limits = VisitorLimits()
    for value, caller in ((limits.vouch("tag", "7"), "tag"), ("tag.7.x", ""), (".", ""), ("", "")):
        headers = [(b"x-med3dvlm-caller", value.encode())]
        head = RequestHead({"method": "POST", "path": "/", "headers": headers}, proxy=False)
        assert limits.visitor_of(head).caller == caller
    assert VisitorLimits().visitor_of(head).call == ""
