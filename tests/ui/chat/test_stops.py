from typing import Any

import gradio as gr
import pytest

from med3dvlm.ui.chat.tab import STOPPED, ChatTab
from med3dvlm.ui.components.transcript.component import STOPPED_EARLY
from tests.ui.chat.talk import QUESTION, Talk, can_ask, said, texts, with_services


def test_stop_ends_the_answer_and_what_was_said_stays(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    talk.take()
    stream = talk.pieces()
    for _ in range(4):
        partial = texts(chat, next(stream))
    held = chat.stop_answer(visitor)
    assert STOPPED in held[chat.notice]
    assert can_ask(chat, held)
    [last] = list(stream)
    assert texts(chat, last) == partial
    assert talk.dialogue.last.state == "stopped"
    assert partial[-1][1]
    assert STOPPED in last[chat.notice], "the last word, whatever came late"
    assert can_ask(chat, last)


def test_stop_before_the_first_word_keeps_the_question(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    """It was taken out of the conversation, and whoever had typed it had to type it again."""
    talk.take()
    chat.stop_answer(visitor)
    [held] = list(talk.pieces())
    assert texts(chat, held) == [(QUESTION, "")]
    [shown] = chat.chat.postprocess(held[chat.chat]).exchanges
    assert (shown.going, shown.ending) == (False, STOPPED_EARLY)
    assert STOPPED in held[chat.notice]
    assert can_ask(chat, held)


def test_a_question_that_was_stopped_early_can_be_asked_again(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    talk.take()
    chat.stop_answer(visitor)
    list(talk.pieces())
    talk.retry()
    talk.finish()
    [exchange] = talk.dialogue.exchanges
    assert (exchange.question, exchange.state) == (QUESTION, "complete")


def test_a_late_piece_of_the_answer_before_loses_no_question(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    """It may be written into the session after the next question was."""
    talk.take()
    stream = talk.pieces()
    late = [next(stream) for _ in range(3)][-1]
    talk.take("And now?")
    talk.keep(late)
    chat.stop_answer(visitor)
    talk.finish()
    assert [e.question for e in talk.dialogue.exchanges] == [QUESTION, "And now?"]


def test_after_a_stop_one_can_ask_again(chat: ChatTab, talk: Talk, visitor: gr.Request) -> None:
    talk.take()
    stream = talk.pieces()
    next(stream), next(stream), next(stream)
    chat.stop_answer(visitor)
    partial = texts(chat, list(stream)[-1])
    shown = texts(chat, talk.ask("And now?"))
    assert shown[0] == partial[0]
    assert shown[1][0] == "And now?"


def test_stop_closes_the_models_generator(chat: ChatTab, talk: Talk, visitor: gr.Request) -> None:
    """On a GPU host a worker would else go on to the end of the answer."""
    closed = []

    def endless(*_: object) -> Any:
        try:
            while True:
                yield from said("word ")
        finally:
            closed.append(True)

    talk.chat = with_services(chat, answer=endless)
    talk.take()
    stream = talk.pieces()
    next(stream), next(stream)
    chat.stop_answer(visitor)
    assert texts(chat, next(stream)) == [(QUESTION, "word")]
    assert closed


def test_another_visitor_does_not_stop_it(
    chat: ChatTab, talk: Talk, other_visitor: gr.Request
) -> None:
    talk.take()
    stream = talk.pieces()
    next(stream)
    chat.stop_answer(other_visitor)
    list(stream)
    assert talk.dialogue.last.state == "complete"


def test_a_new_question_ends_the_answer_before_and_they_do_not_mix(
    chat: ChatTab, talk: Talk
) -> None:
    talk.take()
    first = talk.pieces()
    next(first), next(first), next(first)
    partial = talk.dialogue.last.answer
    talk.take("And now?")
    assert list(first) == [], "it has no last word, which would cover the new question"
    talk.finish()
    one, two = talk.dialogue.exchanges
    assert (one.answer, one.state, two.state) == (partial, "stopped", "complete")


@pytest.mark.parametrize("way", ["forget", "undo", "scan"])
def test_what_ends_an_answer_for_good_leaves_it_no_last_word(
    chat: ChatTab, talk: Talk, visitor: gr.Request, way: str
) -> None:
    talk.take()
    stream = talk.pieces()
    next(stream)
    if way == "scan":
        chat.switches.supersede(visitor)
    else:
        held = getattr(chat, way)(talk.scan, talk.kept, visitor)
        assert texts(chat, held) == []
    assert list(stream) == []


def test_the_last_word_of_the_answer_before_does_not_take_the_stop_away(
    chat: ChatTab, talk: Talk
) -> None:
    """Asked as an answer ends, a question may be shown before that answer's last word is."""
    talk.take()
    last = talk.finish()
    shown = talk.take("And now?")
    talk.keep(last)
    stream = talk.pieces()
    shown = shown | last | next(stream)
    assert not can_ask(chat, shown)
    assert texts(chat, shown)[-1] == ("And now?", "")
    assert can_ask(chat, shown | talk.keep(list(stream)[-1]))
    assert len(talk.dialogue.exchanges) == 2
