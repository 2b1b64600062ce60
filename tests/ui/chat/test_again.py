"""Questions that are asked again: with another input side by side, and while a scan is opened."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.chat.again import COMPARED, TURNING, Again
from med3dvlm.ui.chat.holding import Holding
from med3dvlm.ui.chat.line import Line
from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.session import Encoded
from med3dvlm.ui.page.stopping import OPEN
from med3dvlm.volumes.grid import InputChoice
from tests.ui.chat.talk import CLOSED, Talk, given_back, said, with_services

UNCROPPED = InputChoice(crop=False)


def compare(talk: Talk) -> dict[Any, Any]:
    """Press the button, and let all be answered; what the page holds then."""
    held = talk.again("compare")
    for piece in talk.pieces():
        held |= piece
    return held


@pytest.fixture
def changed(talk: Talk, services: Services) -> Talk:
    """Three questions were asked, one of them with choices, and then the input was changed."""
    for question in ("Where is it?", CLOSED, "Is it large?"):
        talk.ask(question)
    talk.scan = replace(talk.scan, choice=UNCROPPED)
    features = services.encode(talk.scan.volume, UNCROPPED)
    talk.encoded = Encoded(talk.scan.volume.digest, features, UNCROPPED, services.card.digest)
    return talk


def shown(talk: Talk, held: dict[Any, Any]) -> Any:
    return talk.chat.chat.postprocess(held[talk.chat.chat])


def test_what_was_asked_before_can_be_asked_again_side_by_side(
    chat: ChatTab, changed: Talk, visitor: gr.Request
) -> None:
    before = [exchange.answer for exchange in changed.dialogue.exchanges]
    turned = shown(changed, chat.turn_to(changed.scan, changed.kept, visitor))
    assert turned.divider == "From here: not cropped"
    assert turned.again == 3
    data = shown(changed, compare(changed))
    assert [exchange.question for exchange in data.exchanges[3:]] == [
        exchange.question for exchange in data.exchanges[:3]
    ]
    assert changed.dialogue.exchanges[4].options, "choices stay choices"
    first = data.exchanges[3]
    assert first.divider == "From here: not cropped"
    after = [exchange.answer for exchange in changed.dialogue.exchanges[3:]]
    assert [(pair.before, pair.after) for pair in first.pairs] == [*zip(before, after, strict=True)]
    assert (data.divider, data.again) == ("", 0)
    assert not any(exchange.pairs for exchange in data.exchanges[:3] + data.exchanges[4:])
    assert COMPARED in compare(changed)[chat.notice]


def test_what_was_asked_since_is_not_asked_twice(changed: Talk) -> None:
    changed.ask("Is it large?")
    data = shown(changed, compare(changed))
    asked = [exchange.question for exchange in data.exchanges[3:]]
    assert asked == ["Is it large?", "Where is it?", data.exchanges[1].question]
    assert len(data.exchanges[3].pairs) == 3


def test_an_error_in_one_answer_leaves_no_other_waiting(changed: Talk) -> None:
    def fails_once(*given: Any) -> Iterator[Any]:
        if given[2] == "Where is it?":
            raise PromptError("No room.")
        yield from said("Yes.")

    changed.chat = with_services(changed.chat, answer=fails_once)
    with pytest.raises(PromptError, match="No room"):
        compare(changed)
    states = [exchange.state for exchange in changed.dialogue.exchanges[3:]]
    assert states == ["failed", "complete", "complete"]


def test_a_stop_ends_all_that_wait(changed: Talk, visitor: gr.Request) -> None:
    changed.again("compare")
    changed.chat.stop_answer(visitor)
    list(changed.pieces())
    assert [one.state for one in changed.dialogue.exchanges[3:]] == ["stopped"] * 3


def test_while_a_scan_is_opened_nothing_is_asked_of_the_one_before(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    """It was answered where nobody saw it; what is typed goes back into the box."""
    talk.ask("Where is it?")
    before = talk.dialogue
    signal = chat.switches.renew(visitor, OPEN)
    again = Again(chat)
    event = gr.EditData(None, {"index": 0, "value": "How large?", "previous_value": ""})
    held = again.edit(event, talk.scan, talk.kept, talk.line, visitor)
    assert given_back(chat, held) == ["How large?"]
    assert TURNING in held[chat.notice]
    for handler in (again.retry, again.compare):
        told = guarded(handler, chat.refuse)(talk.scan, talk.kept, talk.line, visitor)
        assert talk.dialogue == before
        assert handler == again.compare or TURNING in told[chat.notice]
    chat.switches.done(visitor, OPEN, signal)


def test_a_question_with_choices_waits_for_the_scan_that_is_being_opened(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    """It was put to the scan before, and vanished with it."""
    signal, line = chat.switches.renew(visitor, OPEN), Line()
    held = chat.take_choices("Which plane?", "axial\ncoronal", talk.scan, talk.kept, line, visitor)
    assert "Waiting until the scan is open" in held[chat.held]
    assert not talk.dialogue.exchanges
    chat.switches.done(visitor, OPEN, signal)
    Holding(chat).take_held(talk.scan, talk.kept, line, visitor)
    assert talk.dialogue.last.choices.options == ("A. axial", "B. coronal")
