"""All parts turn to another scan in one event; what one of them does is not in the others' way."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.turning import Turning
from tests.hosting.conftest import run_apart

SCAN, KIND, NOTE, PLACE = "scan", "kind", "note", "place"  # stand for parts of a page


class Changes:
    """Takes what is connected to the change of a scan, and what follows."""

    def __call__(self, handler: Any, inputs: list[Any], outputs: list[Any], **how: Any) -> Any:
        self.handler, self.inputs, self.outputs, self.how = handler, inputs, outputs, how
        self.following = Changes.__new__(Changes)
        return SimpleNamespace(then=self.following)


@pytest.fixture
def change() -> Changes:
    return Changes()


@pytest.fixture
def turning(change: Changes) -> Turning:
    return Turning(SimpleNamespace(change=change))  # type: ignore[arg-type]


def test_each_is_given_its_own_and_all_is_told_in_one_answer(
    turning: Turning, change: Changes
) -> None:
    visitor = gr.Request(session_hash="hers")

    def describe(kind: str, scan: str) -> Updates:
        return {NOTE: f"{kind} in {scan}"}

    def forget(scan: str, request: gr.Request) -> Updates:
        return {PLACE: f"{request.session_hash} no place in {scan}"}

    turning.add(describe, [KIND, SCAN], [NOTE])
    turning.add(forget, [SCAN], [PLACE])
    turning.wire()
    assert (change.inputs, change.outputs) == ([KIND, SCAN], [NOTE, PLACE])
    assert change.handler(visitor, "cyst", "chest") == {
        NOTE: "cyst in chest", PLACE: "hers no place in chest",
    }  # fmt: skip


def test_what_comes_later_sees_what_was_changed_before(turning: Turning, change: Changes) -> None:
    turning.add(lambda kind: {NOTE: kind}, [KIND], [NOTE])
    turning.add_later(lambda note: {PLACE: f"after {note}"}, [NOTE], [PLACE])
    turning.wire()
    assert change.outputs == [NOTE]
    assert change.following.handler(gr.Request(), "a cyst") == {PLACE: "after a cyst"}


def test_where_nothing_changes_nothing_is_sent(turning: Turning, change: Changes) -> None:
    turning.add(lambda kind: {}, [KIND], [NOTE])
    turning.add(gr.skip, [], [PLACE])
    turning.wire()
    assert change.handler(gr.Request(), "cyst") == gr.skip()


def test_one_that_fails_is_logged_and_leaves_the_others_alone(
    turning: Turning, change: Changes, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Updates:
        raise ValueError("Mrs Shelley")

    turning.add(fail, [], [NOTE])
    turning.add(lambda: {PLACE: None}, [], [PLACE])
    turning.wire()
    assert change.handler(gr.Request()) == {PLACE: None}
    assert "ValueError" in caplog.text
    assert "Shelley" not in caplog.text


def test_what_waits_for_a_scan_begins_once_one_is_open_and_nothing_else_does() -> None:
    """Each step of what might have waited was an event of its own, for every scan that opened."""

    async def wired() -> tuple[gr.Blocks, gr.State]:
        with gr.Blocks() as page:
            opened, waits = gr.State(), gr.State(False)
            turning = Turning(opened)
            turning.resuming(bool, [waits])(lambda: None, None, None)
            turning.wire()
        return page, opened

    page, opened = run_apart(wired())
    begins = {event.targets[0]: event for event in page.fns.values()}
    turned = begins[opened._id, "change"]
    later = next(event for event in page.fns.values() if event.trigger_after == turned._id)
    [due] = later.outputs
    visitor = gr.Request(session_hash="hers")
    assert later.fn(visitor, 3, True) == {due: 4}
    assert later.fn(visitor, 3, False)["__type__"] == "update"
    assert (due._id, "change") in begins


def test_a_part_that_fails_says_so_and_the_others_turn(turning: Turning, change: Changes) -> None:
    def fail(scan: str) -> Updates:
        raise VolumeError("This scan has no slices.")

    turning.add(fail, [SCAN], [NOTE], lambda message: {NOTE: message})
    turning.add(lambda scan: {PLACE: scan}, [SCAN], [PLACE])
    turning.wire()
    assert change.handler(gr.Request(), "chest") == {
        NOTE: "This scan has no slices.", PLACE: "chest",
    }  # fmt: skip
