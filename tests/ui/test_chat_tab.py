from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import gradio as gr
import pytest

from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.errors import PromptError
from med3dvlm.hosting.services import Services
from med3dvlm.hosting.slot import Slot
from med3dvlm.ui.boundary import guarded
from med3dvlm.ui.chat_tab import STOPPED, THINKING, ChatTab, messages, question_cards
from med3dvlm.ui.examples import ANY_SCAN, example_questions
from med3dvlm.ui.notice import NOTHING
from med3dvlm.ui.session import Conversations, Encoded, Scan

Held = dict[Any, Any]
QUESTION = "Is there a kidney stone?"


class Talk:
    """One visitor who asks about one scan, as the page's events do it."""

    def __init__(
        self, chat: ChatTab, scan: Scan, encoded: Encoded | None, visitor: gr.Request
    ) -> None:
        self.chat, self.scan, self.encoded, self.visitor = chat, scan, encoded, visitor
        self.kept = Conversations()

    def take(self, text: str = QUESTION) -> Held:
        return self.chat.take_question(text, self.scan, self.kept, self.visitor)

    def pieces(self, question: str = QUESTION) -> Generator[Held, None, None]:
        """Updates of the answer; what they write is kept, as in the page."""
        for held in self.chat.answer(question, self.scan, self.encoded, self.kept, self.visitor):
            self.kept = held[self.chat.session.conversations]
            yield held

    def ask(self, text: str = QUESTION) -> Held:
        taken = self.take(text)
        return list(self.pieces(taken[self.chat.question]))[-1]

    @property
    def conversation(self) -> Conversation:
        return self.kept.of(self.scan)


@pytest.fixture
def talk(chat: ChatTab, scan: Scan, encoded: Encoded, visitor: gr.Request) -> Talk:
    return Talk(chat, scan, encoded, visitor)


def answering(chat: ChatTab, answer: Callable[..., Any]) -> ChatTab:
    """The tab with another model behind it."""
    services = chat.services.value()
    return replace(chat, services=Slot("m", lambda tell: replace(services, answer=answer)))


def said(*texts: str) -> list[TokenEvent]:
    return [TokenEvent(text=text, probability=1, alternatives=(), seconds=0) for text in texts]


def can_ask(chat: ChatTab, held: Held) -> bool:
    """Ask and stop are never shown together."""
    assert held[chat.send].visible is not held[chat.stop].visible
    return bool(held[chat.send].visible)


def test_a_question_is_shown_at_once_with_a_stop(chat: ChatTab, talk: Talk) -> None:
    held = talk.take(f"  {QUESTION}\n")
    assert held[chat.question] == QUESTION
    assert held[chat.box] == ""
    assert [message["content"] for message in held[chat.chat]] == [QUESTION, THINKING]
    assert not can_ask(chat, held)


def test_an_empty_question_changes_nothing(chat: ChatTab, talk: Talk) -> None:
    assert talk.take(" \n") == {chat.question: ""}
    assert list(talk.pieces("")) == []


def test_without_a_scan_the_user_is_told_to_open_one(chat: ChatTab, visitor: gr.Request) -> None:
    take = guarded(chat.take_question, chat.say)
    held = take(QUESTION, None, Conversations(), visitor)
    assert "Open a scan first" in held[chat.notice]
    assert held[chat.question] == "", "so that no answer follows"
    assert can_ask(chat, held)


def test_the_answer_grows_and_is_what_the_model_said(
    chat: ChatTab, talk: Talk, services: Services
) -> None:
    talk.take()
    updates = list(talk.pieces())
    answers = [held[chat.chat][-1]["content"] for held in updates]
    assert len(set(answers)) > 3
    assert all(later.startswith(one) for one, later in pairwise(answers[:-1]))
    events = services.answer(talk.encoded.features, Conversation(), QUESTION)
    assert answers[-1] == "".join(event.text for event in events).strip()
    assert talk.conversation == Conversation().with_turn(QUESTION, answers[-1])
    assert can_ask(chat, updates[-1])


def test_every_piece_is_kept_as_it_is_shown(chat: ChatTab, talk: Talk) -> None:
    talk.take()
    for held in talk.pieces():
        assert held[chat.chat] == messages(talk.conversation)


def test_a_second_question_follows_the_first(chat: ChatTab, talk: Talk) -> None:
    talk.ask()
    shown = talk.ask("Where is it?")[chat.chat]
    assert [turn.question for turn in talk.conversation.turns] == [QUESTION, "Where is it?"]
    assert [message["role"] for message in shown] == ["user", "assistant"] * 2


def test_earlier_turns_are_put_to_the_model(chat: ChatTab, talk: Talk) -> None:
    seen = []

    def answer(_features: Any, before: Conversation, _question: str) -> Any:
        seen.append(before)
        yield from said("Yes")

    talk.chat = answering(chat, answer)
    talk.ask()
    talk.ask("Where?")
    assert seen == [Conversation(), Conversation().with_turn(QUESTION, "Yes")]


def test_stop_ends_the_answer_and_what_was_said_stays(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    talk.take()
    stream = talk.pieces()
    for _ in range(4):
        partial = next(stream)[chat.chat]
    held = chat.stop_answer(talk.scan, talk.kept, visitor)
    assert list(stream) == []
    assert held[chat.chat] == partial == messages(talk.conversation)
    assert partial[-1]["content"] not in ("", THINKING)
    assert STOPPED in held[chat.notice]
    assert can_ask(chat, held)


def test_stop_before_the_first_word_takes_the_question_back(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    talk.take()
    held = chat.stop_answer(talk.scan, talk.kept, visitor)
    assert list(talk.pieces()) == []
    assert held[chat.chat] == []


def test_after_a_stop_one_can_ask_again(chat: ChatTab, talk: Talk, visitor: gr.Request) -> None:
    talk.take()
    chat.stop_answer(talk.scan, talk.kept, visitor)
    assert can_ask(chat, talk.ask("And now?"))


def test_stop_closes_the_models_generator(chat: ChatTab, talk: Talk, visitor: gr.Request) -> None:
    """On a GPU host a worker would else go on to the end of the answer."""
    closed = []

    def endless(*_: object) -> Any:
        try:
            while True:
                yield from said("word ")
        finally:
            closed.append(True)

    talk.chat = answering(chat, endless)
    talk.take()
    stream = talk.pieces()
    next(stream)
    chat.stop_answer(talk.scan, talk.kept, visitor)
    assert next(stream, None) is None
    assert closed


def test_another_visitor_does_not_stop_it(
    chat: ChatTab, talk: Talk, other_visitor: gr.Request
) -> None:
    talk.take()
    stream = talk.pieces()
    next(stream)
    chat.stop_answer(talk.scan, Conversations(), other_visitor)
    assert list(stream)


def test_a_new_question_ends_the_answer_before(chat: ChatTab, talk: Talk) -> None:
    talk.take()
    first = talk.pieces()
    next(first)
    talk.take("And now?")
    assert list(first) == []


def test_a_new_scan_keeps_the_old_conversation(
    chat: ChatTab, talk: Talk, scan: Scan, other_scan: Scan
) -> None:
    shown = talk.ask()[chat.chat]
    assert chat.turn_to(other_scan, talk.kept)[chat.chat] == []
    held = chat.turn_to(scan, talk.kept)
    assert held[chat.chat] == shown
    assert can_ask(chat, held)


def test_clear_forgets_this_scan_alone(
    chat: ChatTab, talk: Talk, other_scan: Scan, visitor: gr.Request
) -> None:
    talk.ask()
    other = Conversation().with_turn("a?", "b")
    held = chat.forget(talk.scan, talk.kept.keeping(other_scan, other), visitor)
    kept = held[chat.session.conversations]
    assert (kept.of(talk.scan), kept.of(other_scan)) == (Conversation(), other)
    assert held[chat.chat] == []
    assert chat.forget(None, kept, visitor)[chat.session.conversations] == kept


def test_clear_ends_a_running_answer(chat: ChatTab, talk: Talk, visitor: gr.Request) -> None:
    talk.take()
    stream = talk.pieces()
    next(stream)
    chat.forget(talk.scan, talk.kept, visitor)
    assert list(stream) == []


def test_a_scan_that_was_not_read_is_not_answered_about(
    chat: ChatTab, encoded: Encoded, other_scan: Scan, visitor: gr.Request
) -> None:
    for stale in (None, encoded):
        talk = Talk(chat, other_scan, stale, visitor)
        talk.take()
        with pytest.raises(PromptError, match="has not read this scan"):
            next(talk.pieces())


def test_what_was_said_before_an_error_is_kept(chat: ChatTab, talk: Talk) -> None:
    def answer(*_: object) -> Any:
        yield from said("There ", "is")
        raise PromptError("The model ran out of <words>.")

    talk.chat = answering(chat, answer)
    talk.take()
    stream = guarded(talk.chat.answer, talk.chat.say)(
        QUESTION, talk.scan, talk.encoded, talk.kept, talk.visitor
    )
    *shown, last = stream
    assert shown[-1][chat.chat][-1]["content"] == "There is"
    assert chat.chat not in last
    assert "ran out of &lt;words&gt;" in last[chat.notice]
    assert can_ask(chat, last)


def test_an_answer_without_words_is_said_to_be_none(chat: ChatTab, talk: Talk) -> None:
    talk.chat = answering(chat, lambda *_: (event for event in said(" ", "\n")))
    assert talk.ask()[chat.chat][-1]["content"] == "(no answer)"


def test_suggestions_fit_the_scan(chat: ChatTab, scan: Scan, real_scan: Scan) -> None:
    def titles(of: Scan | None) -> list[str]:
        cards = chat.turn_to(of, Conversations())[chat.suggestions]
        return [card.title for card in cards]

    assert titles(scan) == list(example_questions(scan))
    assert titles(real_scan) == titles(None) == list(ANY_SCAN)
    keys = [card.key for card in question_cards(scan)]
    assert len(set(keys)) == len(keys)


def test_a_suggestion_becomes_the_question(chat: ChatTab, clicked: Any) -> None:
    assert chat.picked(clicked("0", QUESTION)) == QUESTION


def test_turning_to_no_scan_clears_the_tab(chat: ChatTab) -> None:
    held = chat.turn_to(None, Conversations())
    assert (held[chat.chat], held[chat.notice]) == ([], NOTHING)
