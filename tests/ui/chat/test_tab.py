from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape
from itertools import pairwise
from typing import Any

import gradio as gr
import pytest

from med3dvlm.engine.conversation import Alternative, Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.dialogue import NO_ANSWER, Dialogue, Exchange
from med3dvlm.engine.familiarity import Familiarity
from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.chat.again import GONE
from med3dvlm.ui.chat.decoding_form import Asking
from med3dvlm.ui.chat.holding import NOT_OPENED, Holding
from med3dvlm.ui.chat.line import Line
from med3dvlm.ui.chat.question_flow import FULL, MOST_WAITING, PendingQuestion
from med3dvlm.ui.chat.tab import NO_QUESTION, ChatTab
from med3dvlm.ui.components.transcript.component import WAITS
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Conversations, Encoded, Scan
from med3dvlm.ui.page.stopping import OPEN
from med3dvlm.volumes.grid import InputChoice
from med3dvlm.volumes.window import Window
from tests.ui.chat.talk import QUESTION, Talk, can_ask, given_back, said, texts, with_services


def test_a_question_is_shown_at_once_with_a_stop(chat: ChatTab, talk: Talk) -> None:
    held = talk.take(f"  {QUESTION}\n")
    [task] = talk.line.next()
    assert task.question == PendingQuestion(QUESTION, 0)
    assert chat.box not in held, "it was emptied where it was typed; more may stand there by now"
    assert texts(chat, held) == [(QUESTION, "")]
    assert held[chat.chat].dialogue.last.going, "dots until the first word"
    assert not can_ask(chat, held)


def test_a_question_waits_for_the_one_before_while_that_has_no_word(
    chat: ChatTab, talk: Talk, services: Services
) -> None:
    """A second question 80 ms after the first took its place, and both were asked at once."""
    talk.take()
    assert [exchange.question for exchange in talk.dialogue.exchanges] == [QUESTION]
    shown = chat.chat.postprocess(talk.take("And now?")[chat.chat]).exchanges
    assert [one.about for one in shown] == ["", WAITS]
    first, second = talk.pieces(), talk.pieces()
    answered = list(first)
    assert not can_ask(chat, answered[-1]), "there is one more to stop"
    assert can_ask(chat, list(second)[-1])
    asked = [(one.question, one.state) for one in talk.dialogue.exchanges]
    assert asked == [(QUESTION, "complete"), ("And now?", "complete")]
    assert talk.dialogue.last.followed == 1


def test_two_questions_at_once_are_both_kept_and_answered(chat: ChatTab, talk: Talk) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(talk.take, ("a?", "b?", "c?")))
        list(threads.map(lambda _: list(talk.pieces()), range(3)))
    assert {(one.question, one.state) for one in talk.dialogue.exchanges} == {
        ("a?", "complete"), ("b?", "complete"), ("c?", "complete"),
    }  # fmt: skip


def test_more_questions_than_can_wait_are_given_back(chat: ChatTab, talk: Talk) -> None:
    """Thirty quick ones and a stop lost them all; then each took the place of the one before."""
    for number in range(30):
        held = talk.take(f"{number}?")
    asked = [exchange.question for exchange in talk.dialogue.exchanges]
    assert asked + given_back(chat, held) == [f"{number}?" for number in range(30)]
    assert 'data-number="24">29?' in held[chat.returned], "the page takes each once"
    assert len(asked) == MOST_WAITING + 1
    chat.stop_answer(talk.visitor)
    for _ in asked:
        list(talk.pieces())
    assert {exchange.state for exchange in talk.dialogue.exchanges} == {"stopped"}
    assert [exchange.question for exchange in talk.dialogue.exchanges] == asked


def test_a_question_waits_for_the_scan_that_is_being_opened(chat: ChatTab, talk: Talk) -> None:
    """Asked 120 ms after a click on an example, it was put to the scan before and vanished."""
    opening = chat.switches.renew(talk.visitor, OPEN)
    held = talk.take()
    assert QUESTION in held[chat.held]
    assert talk.dialogue.exchanges == ()
    chat.switches.done(talk.visitor, OPEN, opening)
    held = Holding(chat).take_held(talk.scan, talk.kept, talk.line, talk.visitor)
    assert texts(chat, held) == [(QUESTION, "")]
    assert held[chat.held] == NOTHING
    assert Holding(chat).take_held(talk.scan, talk.kept, talk.line, talk.visitor) == {}


def test_several_questions_wait_for_a_scan_in_sight_and_all_are_answered_in_their_order(
    chat: ChatTab, talk: Talk
) -> None:
    """One could wait, and the next was given back."""
    questions = [f"{number} < 9?" for number in range(MOST_WAITING + 2)]
    opening = chat.switches.renew(talk.visitor, OPEN)
    for question in questions[:MOST_WAITING]:
        held = talk.take(question)
    shown = unescape(held[chat.held])
    assert [shown.index(question) for question in questions[:MOST_WAITING]] == sorted(
        shown.index(question) for question in questions[:MOST_WAITING]
    )
    assert NO_QUESTION in talk.take(" ")[chat.notice], "which takes no place in the queue"
    last = talk.take(questions[MOST_WAITING])
    assert given_back(chat, last) == [questions[MOST_WAITING]]
    assert FULL in last[chat.notice]
    chat.switches.done(talk.visitor, OPEN, opening)
    assert given_back(chat, talk.take(questions[-1])) == questions[-2:], "not before the others"
    Holding(chat).take_held(talk.scan, talk.kept, talk.line, talk.visitor)
    assert can_ask(chat, talk.finish())
    asked = [(one.question, one.state) for one in talk.dialogue.exchanges]
    assert asked == [(question, "complete") for question in questions[:MOST_WAITING]]
    assert talk.line.next() == ()


def test_questions_that_waited_for_a_scan_that_was_closed_are_given_back(
    chat: ChatTab, talk: Talk
) -> None:
    chat.switches.renew(talk.visitor, OPEN)
    talk.take()
    talk.take("And now?")
    held = Holding(chat).take_held(None, talk.kept, talk.line, talk.visitor)
    assert given_back(chat, held) == [QUESTION, "And now?"]
    assert "Open a scan first" in held[chat.notice]


def test_a_question_that_is_too_long_is_given_back_whole(chat: ChatTab, talk: Talk) -> None:
    """What was pasted was cut off without a word."""
    held = talk.take("why? " * 1000)
    assert given_back(chat, held) == ["why? " * 1000]
    assert "1,000 characters, and this one has 4,999" in held[chat.notice]
    assert not talk.dialogue.exchanges


def test_a_question_for_a_scan_that_cannot_be_opened_is_given_back(
    chat: ChatTab, talk: Talk
) -> None:
    chat.switches.renew(talk.visitor, OPEN)
    talk.take()
    talk.take("And now?")
    held = Holding(chat).give_back(talk.line)
    assert given_back(chat, held) == [QUESTION, "And now?"]
    assert held[chat.held] == NOTHING
    assert NOT_OPENED in held[chat.notice]
    assert Holding(chat).give_back(talk.line) == {}


def test_an_empty_question_changes_nothing_and_says_what_to_do(chat: ChatTab, talk: Talk) -> None:
    """It emptied the conversation that was shown."""
    talk.ask()
    held = talk.take(" \n")
    assert held.keys() == {chat.notice}
    assert NO_QUESTION in held[chat.notice]
    assert list(talk.pieces()) == [], "what was asked before is not answered again"


def test_an_empty_question_leaves_the_answer_that_runs_alone(chat: ChatTab, talk: Talk) -> None:
    talk.take()
    stream = talk.pieces()
    next(stream)
    talk.take(" ")
    assert list(talk.pieces()) == []
    *_, last = stream
    assert talk.dialogue.last.state == "complete"
    assert can_ask(chat, last)


def test_without_a_scan_the_user_is_told_to_open_one(chat: ChatTab, visitor: gr.Request) -> None:
    """The typed text was swallowed; now it is back in its box."""
    held = chat.take_question(QUESTION, None, Conversations(), Line(), visitor)
    assert held.keys() == {chat.notice, chat.returned}
    assert given_back(chat, held) == [QUESTION]
    assert "Open a scan first" in held[chat.notice]


def test_of_two_streams_for_one_question_one_answers(talk: Talk) -> None:
    talk.take()
    first, second = talk.pieces(), talk.pieces()
    assert list(first)
    assert list(second) == []
    assert [exchange.question for exchange in talk.dialogue.exchanges] == [QUESTION]


def test_the_answer_grows_and_is_what_the_model_said(
    chat: ChatTab, talk: Talk, services: Services
) -> None:
    talk.take()
    updates = list(talk.pieces())
    answers = [texts(chat, held)[-1][1] for held in updates]
    assert len(set(answers)) > 3
    assert all(later.startswith(one) for one, later in pairwise(answers))
    events = list(services.answer(talk.encoded.features, Conversation(), QUESTION, Decoding()))
    assert answers[-1] == "".join(event.text for event in events).strip()
    assert [token.text for token in talk.dialogue.last.tokens] == [event.text for event in events]
    assert talk.dialogue.last.state == "complete"
    assert can_ask(chat, updates[-1])


def test_every_piece_is_kept_as_it_is_shown(chat: ChatTab, talk: Talk) -> None:
    talk.take()
    for held in talk.pieces():
        assert held[chat.chat].dialogue == talk.dialogue


def test_a_second_question_follows_the_first(chat: ChatTab, talk: Talk) -> None:
    first = talk.ask()
    shown = texts(chat, talk.ask("Where is it?"))
    assert [question for question, _ in shown] == [QUESTION, "Where is it?"]
    assert shown[0] == texts(chat, first)[0]
    assert [exchange.followed for exchange in talk.dialogue.exchanges] == [0, 1]


def test_earlier_turns_and_the_settings_are_put_to_the_model(chat: ChatTab, talk: Talk) -> None:
    seen = []

    def answer(_features: Any, before: Conversation, _question: str, decoding: Decoding) -> Any:
        seen.append((before, decoding))
        yield from said("Yes")

    talk.chat = with_services(chat, answer=answer)
    talk.ask()
    talk.asking = Asking(decoding=Decoding(temperature=0.5, seed=3))
    talk.ask("Where?")
    followed = Conversation().with_turn(QUESTION, "Yes")
    assert seen == [(Conversation(), Decoding()), (followed, talk.asking.decoding)]
    assert talk.dialogue.last.decoding == talk.asking.decoding


def test_the_same_seed_gives_the_same_answer(chat: ChatTab, talk: Talk) -> None:
    def sampled(seed: int) -> str:
        talk.asking = Asking(decoding=Decoding(temperature=1.5, seed=seed))
        talk.kept = Conversations()
        return texts(chat, talk.ask())[0][1]

    assert sampled(1) == sampled(1)
    assert len({sampled(seed) for seed in range(4)}) > 1


def test_a_new_scan_keeps_the_old_conversation(
    chat: ChatTab, talk: Talk, scan: Scan, other_scan: Scan
) -> None:
    shown = texts(chat, talk.ask())
    assert texts(chat, chat.turn_to(other_scan, talk.kept, talk.visitor)) == []
    held = chat.turn_to(scan, talk.kept, talk.visitor)
    assert texts(chat, held) == shown
    assert can_ask(chat, held)


def test_another_scan_ends_the_answer_which_shows_nothing_more(
    chat: ChatTab, talk: Talk, other_scan: Scan
) -> None:
    talk.take()
    stream = talk.pieces()
    next(stream)
    chat.turn_to(other_scan, talk.kept, talk.visitor)
    assert list(stream) == []
    assert talk.dialogue.last.state == "stopped"


def test_clear_forgets_this_scan_alone(
    chat: ChatTab, talk: Talk, other_scan: Scan, visitor: gr.Request
) -> None:
    talk.ask()
    other = Dialogue((Exchange(question="a?", state="complete"),))
    talk.kept.change(other_scan, lambda _: other)
    held = chat.forget(talk.scan, talk.kept, visitor)
    kept = held[chat.session.conversations]
    assert (kept.of(talk.scan), kept.of(other_scan)) == (Dialogue(), other)
    assert texts(chat, held) == []
    assert chat.forget(None, kept, visitor)[chat.session.conversations] == kept


def test_undo_takes_the_last_question_back(chat: ChatTab, talk: Talk, visitor: gr.Request) -> None:
    talk.ask()
    first = talk.dialogue
    talk.ask("Where is it?")
    held = chat.undo(talk.scan, talk.kept, visitor)
    assert held[chat.session.conversations].of(talk.scan) == first, "with every word's probability"
    nothing = chat.undo(talk.scan, Conversations(), visitor)
    assert texts(chat, nothing) == []


def test_retry_answers_the_last_question_anew(chat: ChatTab, talk: Talk) -> None:
    talk.ask()
    first = talk.dialogue
    talk.ask("Where is it?")
    talk.asking = Asking(decoding=Decoding(temperature=1.5, seed=5))
    assert texts(chat, talk.retry())[1] == ("Where is it?", "")
    talk.finish()
    assert talk.dialogue.before(1) == first
    assert talk.dialogue.last.question == "Where is it?"
    assert talk.dialogue.last.decoding.seed == 5
    assert len(talk.dialogue.exchanges) == 2
    talk.kept = Conversations()
    assert GONE in talk.retry()[chat.notice]


def test_a_question_before_the_page_has_turned_to_its_scan_goes_on(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    """The scan was open, but the page told of it only then: "(no answer)"."""
    talk.take()
    held = chat.turn_to(talk.scan, talk.kept, visitor)
    assert not can_ask(chat, held)
    assert held[chat.chat].dialogue.going
    talk.finish()
    assert talk.dialogue.last.state == "complete"
    assert can_ask(chat, chat.turn_to(talk.scan, talk.kept, visitor))


def test_what_could_have_stood_there_comes_when_the_answer_is_complete(
    chat: ChatTab, talk: Talk
) -> None:
    """Nobody waits for it."""
    other = Alternative("calculus", 0.4)

    def considered(*given: Any) -> tuple[TokenEvent, ...]:
        return tuple(replace(event, alternatives=(other,)) for event in given[-1])

    talk.chat = with_services(chat, considered=considered)
    talk.take()
    grown = [held[chat.chat].dialogue.last for held in talk.pieces()]
    complete = [exchange for exchange in grown if exchange.state == "complete"]
    assert not any(event.alternatives for event in complete[0].tokens)
    assert all(event.alternatives == (other,) for event in complete[-1].tokens)
    assert complete[0].answer == complete[-1].answer


def test_an_edited_question_takes_the_place_of_the_old_one(chat: ChatTab, talk: Talk) -> None:
    for question in ("a?", "b?", "c?"):
        talk.ask(question)
    first = talk.dialogue.exchanges[0]
    talk.edit(1, " B? ")
    talk.finish()
    assert talk.dialogue.exchanges[0] == first
    assert [exchange.question for exchange in talk.dialogue.exchanges] == ["a?", "B?"]
    assert GONE in talk.edit(7, "x?")[chat.notice]
    assert NO_QUESTION in talk.edit(0, " ")[chat.notice]


def test_what_no_scan_tells_is_warned_about(chat: ChatTab, talk: Talk) -> None:
    talk.ask("How old is the patient?")
    assert "made up" in talk.dialogue.last.cautions[0]


def test_an_unfamiliar_scan_is_warned_about(chat: ChatTab, talk: Talk) -> None:
    talk.ask()
    assert talk.dialogue.last.cautions == ()
    far = Familiarity(score=9.0, nearer=256, compared=256, outside=True)
    talk.chat = with_services(chat, familiarity=lambda features: far)
    talk.ask()
    assert "unlike the model's training data" in talk.dialogue.last.cautions[0]


def test_a_scan_that_was_not_read_is_not_answered_about(
    chat: ChatTab, encoded: Encoded, other_scan: Scan, visitor: gr.Request
) -> None:
    for stale in (None, encoded):
        talk = Talk(chat, other_scan, stale, visitor)
        talk.take()
        stream = talk.pieces()
        assert next(stream)[chat.chat].dialogue.last.state == "failed"
        with pytest.raises(PromptError, match="has not read this scan"):
            next(stream)
        assert talk.dialogue.last.question == QUESTION, "to be asked again"


def test_what_was_said_before_an_error_is_kept(chat: ChatTab, talk: Talk) -> None:
    def answer(*_: object) -> Any:
        yield from said("There ", "is")
        raise PromptError("The model ran out of <words>.")

    talk.chat = with_services(chat, answer=answer)
    talk.take()
    stream = guarded(talk.chat.answer, talk.chat.say)(
        talk.line, talk.scan, talk.encoded, talk.kept, talk.asking, talk.visitor
    )
    *shown, last, end = stream
    assert end == gr.skip()
    assert texts(chat, shown[-1])[-1][1] == "There is"
    assert shown[-1][chat.chat].dialogue.last.state == "failed"
    assert chat.chat not in last
    assert "ran out of &lt;words&gt;" in last[chat.notice]
    assert can_ask(chat, last)


def test_an_answer_without_words_is_said_to_be_none(chat: ChatTab, talk: Talk) -> None:
    talk.chat = with_services(chat, answer=lambda *_: (event for event in said(" ", "\n")))
    shown = chat.chat.postprocess(talk.ask()[chat.chat])
    assert [word.text for word in shown.exchanges[-1].words] == [NO_ANSWER]


def test_a_changed_input_is_marked_and_earlier_answers_are_not_taken_along(
    chat: ChatTab, talk: Talk
) -> None:
    talk.ask()
    plain = talk.scan, talk.encoded
    bone = InputChoice(window=Window(name="Bone", center=300, width=1500), crop=False)
    talk.scan = replace(talk.scan, choice=bone)
    talk.encoded = replace(talk.encoded, choice=bone)
    talk.ask("And in bone?")
    talk.ask("And now?")
    talk.scan, talk.encoded = plain
    shown = chat.chat.postprocess(talk.ask("And as before?")[chat.chat]).exchanges
    changed = "From here: bone window (level 300, width 1500), not cropped"
    back = "From here: the input as in training"
    assert [one.divider for one in shown] == ["", changed, "", back]
    assert [one.followed for one in talk.dialogue.exchanges] == [0, 0, 1, 0]


def test_an_input_unlike_the_training_is_not_blamed_on_the_scan(chat: ChatTab, talk: Talk) -> None:
    far = Familiarity(score=9.0, nearer=256, compared=256, outside=True)
    talk.chat = with_services(chat, familiarity=lambda features: far)
    choice = InputChoice(crop=False)
    talk.scan = replace(talk.scan, choice=choice)
    talk.encoded = replace(talk.encoded, choice=choice)
    talk.ask()
    assert "input that you set" in talk.dialogue.last.cautions[0]
    assert "This scan is unlike" not in talk.dialogue.last.cautions[0]
