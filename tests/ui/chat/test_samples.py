"""One question asked several times: side by side, counted as they end, stopped at any token."""

from dataclasses import replace
from typing import Any

import gradio as gr

from med3dvlm.engine.agreement import Sample, agreement_of
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.dialogue import NO_ANSWER, Agreement
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.chat.again import GONE, SEVERAL
from med3dvlm.ui.chat.decoding_form import Asking
from med3dvlm.ui.chat.question_flow import SAMPLE_TEMPERATURE, progress_of
from med3dvlm.ui.chat.tab import STOPPED, ChatTab
from tests.ui.chat.talk import QUESTION, Talk, can_ask, with_services

GROWING = (
    (Sample("A"), Sample("Nothing.")),
    (Sample("A stone."), Sample("Nothing.", complete=True)),
    (Sample("A stone.", complete=True), Sample("Nothing.", complete=True)),
)


def counts(found: Agreement | None) -> dict[str, int]:
    return {group.texts[0]: group.count for group in found.groups} if found else {}


def growing(*_: object) -> Any:
    yield from GROWING


def test_asking_several_times_counts_the_answers(
    chat: ChatTab, talk: Talk, services: Services
) -> None:
    """The same ones, with the same seeds, as one after the other."""
    talk.ask()
    talk.ask("Where is it?")
    before = talk.dialogue
    talk.asking = Asking(samples=6)
    assert SEVERAL in talk.several(0)[chat.notice]
    held = talk.finish()
    agreement = talk.dialogue.exchanges[0].agreement
    alone = []
    for seed in range(1, 7):
        warm = Decoding(temperature=SAMPLE_TEMPERATURE, seed=seed)
        events = services.answer(talk.encoded.features, Conversation(), QUESTION, warm)
        alone.append("".join(event.text for event in events).strip() or NO_ANSWER)
    assert agreement == agreement_of(alone, before.exchanges[0])
    assert agreement.asked == 6
    kept = replace(talk.dialogue.exchanges[0], agreement=None)
    assert talk.dialogue.with_exchange(0, kept) == before
    assert can_ask(chat, held)
    assert GONE in talk.several(9)[chat.notice]


def test_answers_are_counted_as_soon_as_they_are_complete(chat: ChatTab, talk: Talk) -> None:
    talk.ask()
    talk.chat = with_services(chat, sample=growing)
    talk.several(0)
    counted = [held[chat.chat].dialogue.last.agreement for held in talk.pieces()]
    assert [counts(found) for found in counted[1:4]] == [
        {},
        {"Nothing.": 1},
        {"A stone.": 1, "Nothing.": 1},
    ]


def test_progress_tells_how_many_are_complete_and_how_long_they_are() -> None:
    told = progress_of((Sample("one two three"), Sample("yes", complete=True)))
    assert 'value="50"' in told
    assert "Complete answers: 1; words of the longest: 3" in told


def test_a_stop_keeps_the_answers_that_are_complete(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    talk.ask()
    talk.chat = with_services(chat, sample=growing)
    talk.several(0)
    stream = talk.pieces()
    next(stream), next(stream), next(stream)
    chat.stop_answer(visitor)
    [last] = list(stream)
    assert counts(talk.dialogue.last.agreement) == {"Nothing.": 1}
    assert talk.dialogue.last.state == "complete", "the answer that was there before"
    assert STOPPED in last[chat.notice]


def test_a_stop_closes_the_models_generator(chat: ChatTab, talk: Talk, visitor: gr.Request) -> None:
    closed = []

    def endless(*_: object) -> Any:
        try:
            while True:
                yield GROWING[0]
        finally:
            closed.append(True)

    talk.ask()
    talk.chat = with_services(chat, sample=endless)
    talk.several(0)
    stream = talk.pieces()
    next(stream), next(stream)
    chat.stop_answer(visitor)
    assert list(stream)
    assert closed


def test_answers_without_words_agree_with_each_other(chat: ChatTab, talk: Talk) -> None:
    def silent(*_: object) -> Any:
        yield (Sample("", complete=True), Sample("", complete=True), Sample("", complete=False))

    talk.ask()
    talk.chat = with_services(chat, sample=silent)
    talk.several(0)
    talk.finish()
    assert counts(talk.dialogue.last.agreement) == {NO_ANSWER: 2}
