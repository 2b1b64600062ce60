"""A hundred stops in the first second after a question: none loses it, or what the stop says.

Events of a page come from several threads, as Gradio runs them, so that a stop meets every stage:
before the stream begins, in the line before the model, while the model reads, between two words.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.hosting.models.queue import ModelQueue
from med3dvlm.ui.chat.tab import STOPPED, ChatTab
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.page.stopping import Switches
from tests.ui.chat.talk import QUESTION, Held, Talk, said, with_services

STOPS, FIRST_SECOND = 100, 1.0
AT_ONCE = 25  # visitors; some wait in line for as long as others are answered
READING, A_WORD = 0.15, 0.02  # seconds
TRAVEL = 0.1  # from the question's reply to the stream: an event of the page lies between them
THEN = "And now?"


def slow_answer(*_: object) -> Iterator[Any]:
    time.sleep(READING)
    for number in range(200):
        yield from said(f"word{number} ")
        time.sleep(A_WORD)


@dataclass
class Page:
    """What one visitor sees: each update shows its part."""

    talk: Talk
    shown: Held

    def see(self, held: Held) -> None:
        self.shown = self.shown | held

    def stream(self) -> None:
        time.sleep(TRAVEL)
        for held in self.talk.pieces():
            self.see(held)


def stop_early(talk: Talk, after: float) -> Page:
    """Ask, stop so many seconds later, and wait for the stream's end."""
    page = Page(talk, talk.take())
    stream = threading.Thread(target=page.stream)
    stream.start()
    time.sleep(after)
    page.see(talk.chat.stop_answer(talk.visitor))
    stream.join(30)
    assert not stream.is_alive()
    return page


@pytest.fixture
def slow_chat(chat: ChatTab) -> ChatTab:
    queue = ModelQueue(at_once=AT_ONCE // 2, most_waiting=STOPS)
    return replace(with_services(chat, answer=slow_answer), switches=Switches(queue))


@pytest.mark.slow
def test_no_early_stop_loses_the_question_or_what_it_says(
    slow_chat: ChatTab, scan: Scan, encoded: Encoded
) -> None:
    def visit(number: int) -> Page:
        visitor = gr.Request(session_hash=f"visitor {number}")
        return stop_early(Talk(slow_chat, scan, encoded, visitor), FIRST_SECOND * number / STOPS)

    with ThreadPoolExecutor(AT_ONCE) as visitors:
        pages = list(visitors.map(visit, range(STOPS)))
    words = [len(page.talk.dialogue.last.tokens) for page in pages]
    assert min(words) == 0, "stopped before the first word"
    assert max(words) > 3, "and midway"
    for page in pages:
        [exchange] = page.talk.dialogue.exchanges
        assert (exchange.question, exchange.state) == (QUESTION, "stopped")
        assert page.shown[slow_chat.chat].dialogue == page.talk.dialogue
        assert STOPPED in page.shown[slow_chat.notice]
        assert page.shown[slow_chat.send].visible


@pytest.mark.slow
def test_asking_on_after_an_early_stop_loses_neither_question(
    slow_chat: ChatTab, scan: Scan, encoded: Encoded
) -> None:
    """The stream of the first may begin, or send its last piece, after the second was asked."""

    def visit(number: int) -> Talk:
        talk = Talk(slow_chat, scan, encoded, gr.Request(session_hash=f"visitor {number}"))
        page = Page(talk, talk.take())
        first = threading.Thread(target=page.stream)
        first.start()
        time.sleep(FIRST_SECOND * number / STOPS)
        slow_chat.stop_answer(talk.visitor)
        talk.take(THEN)
        second = threading.Thread(target=page.stream)
        second.start()
        time.sleep(READING)
        slow_chat.stop_answer(talk.visitor)
        first.join(30), second.join(30)
        assert STOPPED in page.shown[slow_chat.notice]
        return talk

    with ThreadPoolExecutor(AT_ONCE) as visitors:
        talks = list(visitors.map(visit, range(0, STOPS, 4)))
    for talk in talks:
        asked = [(exchange.question, exchange.state) for exchange in talk.dialogue.exchanges]
        assert asked == [(QUESTION, "stopped"), (THEN, "stopped")]
