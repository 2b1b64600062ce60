"""Gradio refuses an update of a component that the event does not declare as its output."""

import inspect
from typing import Any

import pytest
from gradio.blocks import BlockFunction

from med3dvlm.ui.search.hits import NO_VOLUME


def of_event(parts: Any, component: Any, event: str) -> list[BlockFunction]:
    wanted = (component._id, event)
    return [known for known in parts.page.fns.values() if wanted in known.targets]


def test_every_error_is_told_where_the_event_may_write(parts) -> None:
    """Two events told theirs elsewhere: the user saw nothing, and the log an error of Gradio's."""
    told = 0
    for known in parts.page.fns.values():
        say = inspect.getclosurevars(known.fn).nonlocals.get("say") if known.fn else None
        if say is not None:
            told += 1
            assert set(say("No.")) <= set(known.outputs), known.fn.__qualname__
    assert told > 10


def test_a_hit_that_is_no_phantom_is_told_and_opens_nothing(parts, clicked, visitor) -> None:
    [chosen] = of_event(parts, parts.search.hits, "select")
    held = chosen.fn(clicked("file:7"), visitor)
    assert set(held) <= set(chosen.outputs)
    assert NO_VOLUME in held[parts.panel.notice]
    [key] = [output for output in chosen.outputs if output not in parts.panel.outputs]
    assert held[key] is None, "or what was clicked before is opened again"


def test_examples_and_hits_open_the_phantom_that_was_clicked(parts, clicked, visitor) -> None:
    examples, hits = parts.panel.examples, parts.search.hits
    for cards, key, opens in ((examples, "7", "7"), (hits, "phantom:7", "7|")):
        [chosen] = of_event(parts, cards, "select")
        assert opens in chosen.fn(clicked(key), visitor).values()


def test_no_handler_is_an_api_of_its_own(parts) -> None:
    for known in parts.page.fns.values():
        assert known.api_visibility == "private", known.fn


@pytest.mark.parametrize("is_open", [False, True])
def test_each_part_turns_to_another_scan(parts, visitor, scan, caplog, is_open: bool) -> None:
    """One could not be called: the others turned, and its own buttons stayed away."""
    turned = [
        known for known in parts.page.fns.values()
        if known.fn and "turn_all" in known.fn.__qualname__ and known.targets[0][1] == "change"
    ]  # fmt: skip
    held = {parts.panel.session.scan: scan if is_open else None}
    said: dict[Any, Any] = {}
    for event in turned:
        given = [held.get(part, getattr(part, "value", None)) for part in event.inputs]
        said |= event.fn(visitor, *given)
        assert set(said) <= {part for event in turned for part in event.outputs}
    assert len(turned) == 2
    assert not caplog.records
    assert said[parts.report.use_truth].visible is is_open
    assert {parts.chat.suggestions, parts.report.notice, parts.panel.examples} <= set(said)
