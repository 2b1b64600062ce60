from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import gradio as gr
import pytest

from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.dialogue import NO_ANSWER, Dialogue, Exchange
from med3dvlm.engine.familiarity import Familiarity
from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.chat.decoding_form import Asking
from med3dvlm.ui.chat.layout import ALONE, FOLLOWS, follow_note, question_cards
from med3dvlm.ui.chat.question_flow import PendingQuestion
from med3dvlm.ui.chat.tab import STOPPED, ChatTab
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Conversations, Encoded, Scan
from med3dvlm.ui.scan.examples import ANY_SCAN, example_questions

Held = dict[Any, Any]
QUESTION = "Is there a kidney stone?"
CLOSED = "In which plane? A. axial B. coronal"


class Talk:
    """One visitor who asks about one scan, as the page's events do it."""

    def __init__(
        self, chat: ChatTab, scan: Scan, encoded: Encoded | None, visitor: gr.Request
    ) -> None:
        self.chat, self.scan, self.encoded, self.visitor = chat, scan, encoded, visitor
        self.kept, self.asking = Conversations(), Asking()

    def take(self, text: str = QUESTION) -> Held:
        return self.chat.take_question(text, self.scan, self.kept, self.visitor)

    def pieces(self, asked: PendingQuestion | None = None) -> Generator[Held, None, None]:
        """Updates of the answer; what they write is kept, as in the page."""
        for held in self.chat.answer(
            asked or PendingQuestion(QUESTION),
            self.scan,
            self.encoded,
            self.kept,
            self.asking,
            self.visitor,
        ):
            self.kept = held.get(self.chat.session.conversations, self.kept)
            yield held

    def finish(self, taken: Held) -> Held:
        return list(self.pieces(taken[self.chat.asked]))[-1]

    def ask(self, text: str = QUESTION) -> Held:
        return self.finish(self.take(text))

    @property
    def dialogue(self) -> Dialogue:
        return self.kept.of(self.scan)

    def edit(self, index: int, text: str) -> Held:
        event = gr.EditData(None, {"index": index, "value": text, "previous_value": ""})
        return self.chat.edit(event, self.scan, self.kept, self.visitor)

    def several(self, index: int) -> Held:
        event = gr.SelectData(None, {"index": index, "value": ""})
        return self.chat.several(event, self.scan, self.kept, self.visitor)


@pytest.fixture
def talk(chat: ChatTab, scan: Scan, encoded: Encoded, visitor: gr.Request) -> Talk:
    return Talk(chat, scan, encoded, visitor)


def texts(chat: ChatTab, held: Held) -> list[tuple[str, str]]:
    """Questions and answers that are shown."""
    return [(e.question, e.answer) for e in held[chat.chat].dialogue.exchanges]


def answering(chat: ChatTab, answer: Callable[..., Any]) -> ChatTab:
    """The tab with another model behind it."""
    services = chat.services.value()
    return replace(chat, services=Loading("m", lambda tell: replace(services, answer=answer)))


def said(*texts: str) -> list[TokenEvent]:
    return [TokenEvent(text=text, probability=1, alternatives=(), seconds=0) for text in texts]


def can_ask(chat: ChatTab, held: Held) -> bool:
    """Ask and stop are never shown together."""
    assert held[chat.send].visible is not held[chat.stop].visible
    return bool(held[chat.send].visible)


def test_a_question_is_shown_at_once_with_a_stop(chat: ChatTab, talk: Talk) -> None:
    held = talk.take(f"  {QUESTION}\n")
    assert held[chat.asked] == PendingQuestion(QUESTION)
    assert held[chat.box] == ""
    assert texts(chat, held) == [(QUESTION, "")]
    assert held[chat.chat].dialogue.last.going, "dots until the first word"
    assert not can_ask(chat, held)


def test_an_empty_question_changes_nothing(chat: ChatTab, talk: Talk) -> None:
    assert talk.take(" \n") == {chat.asked: None}
    assert (
        list(chat.answer(None, talk.scan, talk.encoded, talk.kept, talk.asking, talk.visitor)) == []
    )


def test_without_a_scan_the_user_is_told_to_open_one(chat: ChatTab, visitor: gr.Request) -> None:
    take = guarded(chat.take_question, chat.say)
    held = take(QUESTION, None, Conversations(), visitor)
    assert "Open a scan first" in held[chat.notice]
    assert held[chat.asked] is None, "so that no answer follows"
    assert can_ask(chat, held)


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

    talk.chat = answering(chat, answer)
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
    assert chat.notice not in last, "what the stop said stays"
    assert can_ask(chat, last)


def test_stop_before_the_first_word_takes_the_question_back(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    talk.take()
    chat.stop_answer(visitor)
    [held] = list(talk.pieces())
    assert texts(chat, held) == []
    assert talk.dialogue == Dialogue()


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

    talk.chat = answering(chat, endless)
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
    taken = talk.take("And now?")
    assert list(first) == [], "it has no last word, which would cover the new question"
    talk.finish(taken)
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


def test_a_new_scan_keeps_the_old_conversation(
    chat: ChatTab, talk: Talk, scan: Scan, other_scan: Scan
) -> None:
    shown = texts(chat, talk.ask())
    assert texts(chat, chat.turn_to(other_scan, talk.kept)) == []
    held = chat.turn_to(scan, talk.kept)
    assert texts(chat, held) == shown
    assert can_ask(chat, held)


def test_clear_forgets_this_scan_alone(
    chat: ChatTab, talk: Talk, other_scan: Scan, visitor: gr.Request
) -> None:
    talk.ask()
    other = Dialogue((Exchange(question="a?", state="complete"),))
    held = chat.forget(talk.scan, talk.kept.keeping(other_scan, other), visitor)
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


def test_retry_answers_the_last_question_anew(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    talk.ask()
    first = talk.dialogue
    talk.ask("Where is it?")
    talk.asking = Asking(decoding=Decoding(temperature=1.5, seed=5))
    taken = chat.retry(talk.scan, talk.kept, visitor)
    assert texts(chat, taken)[1] == ("Where is it?", "")
    talk.finish(taken)
    assert talk.dialogue.before(1) == first
    assert talk.dialogue.last.question == "Where is it?"
    assert talk.dialogue.last.decoding.seed == 5
    assert len(talk.dialogue.exchanges) == 2
    assert chat.retry(talk.scan, Conversations(), visitor) == {chat.asked: None}


def test_an_edited_question_takes_the_place_of_the_old_one(chat: ChatTab, talk: Talk) -> None:
    for question in ("a?", "b?", "c?"):
        talk.ask(question)
    first = talk.dialogue.exchanges[0]
    talk.finish(talk.edit(1, " B? "))
    assert talk.dialogue.exchanges[0] == first
    assert [exchange.question for exchange in talk.dialogue.exchanges] == ["a?", "B?"]
    assert talk.edit(7, "x?") == talk.edit(0, " ") == {chat.asked: None}


def test_choices_are_asked_as_in_training_and_all_are_scored(
    chat: ChatTab, talk: Talk, services: Services
) -> None:
    held = talk.ask(CLOSED)
    asked = "In which plane? Choices: A. axial B. coronal"
    assert texts(chat, held)[0][0] == asked
    options = talk.dialogue.last.options
    assert [option.text for option in options] == ["A. axial", "B. coronal"]
    shares = services.choose(talk.encoded.features, asked, ["A. axial", "B. coronal"])
    assert [option.probability for option in options] == list(shares)


def test_the_form_asks_the_same(chat: ChatTab, talk: Talk) -> None:
    taken = chat.take_choices(
        "In which plane?", "axial\n\ncoronal\n", talk.scan, talk.kept, talk.visitor
    )
    talk.finish(taken)
    typed = Talk(chat, talk.scan, talk.encoded, talk.visitor)
    typed.ask(CLOSED)
    assert replace(typed.dialogue.last, tokens=()) == replace(talk.dialogue.last, tokens=())
    told = guarded(chat.take_choices, chat.say)("What?", "one", talk.scan, talk.kept, talk.visitor)
    assert "2 to 8" in told[chat.notice]


def test_asking_several_times_counts_the_answers(chat: ChatTab, talk: Talk) -> None:
    seeds = []

    def answer(_features: Any, before: Conversation, question: str, decoding: Decoding) -> Any:
        assert (before, question) == (Conversation(), QUESTION)
        seeds.append((decoding.seed, decoding.temperature > 0))
        yield from said("A stone." if decoding.seed % 3 else "Nothing.")

    talk.ask()
    talk.ask("Where is it?")
    before = talk.dialogue
    talk.chat, talk.asking = answering(chat, answer), Asking(samples=6)
    held = talk.finish(talk.several(0))
    agreement = talk.dialogue.exchanges[0].agreement
    assert agreement is not None
    assert agreement.answers == (("A stone.", 4), ("Nothing.", 2))
    assert seeds == [(seed, True) for seed in range(1, 7)]
    kept = replace(talk.dialogue.exchanges[0], agreement=None)
    assert talk.dialogue.with_exchange(0, kept) == before
    assert can_ask(chat, held)
    assert talk.several(9) == {chat.asked: None}


def test_what_no_scan_tells_is_warned_about(chat: ChatTab, talk: Talk) -> None:
    talk.ask("How old is the patient?")
    assert "made up" in talk.dialogue.last.cautions[0]


def test_an_unfamiliar_scan_is_warned_about(chat: ChatTab, talk: Talk, services: Services) -> None:
    talk.ask()
    assert talk.dialogue.last.cautions == ()
    far = Familiarity(score=9.0, percentile=100.0, outside=True)
    strange = replace(services, familiarity=lambda features: far)
    talk.chat = replace(chat, services=Loading("m", lambda tell: strange))
    talk.ask()
    assert "unlike the model's training data" in talk.dialogue.last.cautions[0]


def test_the_page_says_whether_turns_count(chat: ChatTab, talk: Talk, services: Services) -> None:
    note = chat.turn_to(talk.scan, talk.kept)[chat.chat].note
    assert note in ("", FOLLOWS.format(count=2))
    loaded = Loading("m", lambda tell: services)
    loaded.value()
    assert follow_note(loaded) == FOLLOWS.format(count=2)
    card = replace(services.card, follows_up=False)
    single = Loading("m", lambda tell: replace(services, card=card))
    assert follow_note(single) == "", "nothing is claimed while it is loading"
    single.value()
    assert follow_note(single) == ALONE


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
        PendingQuestion(QUESTION), talk.scan, talk.encoded, talk.kept, talk.asking, talk.visitor
    )
    *shown, last = stream
    assert texts(chat, shown[-1])[-1][1] == "There is"
    assert shown[-1][chat.chat].dialogue.last.state == "failed"
    assert chat.chat not in last
    assert "ran out of &lt;words&gt;" in last[chat.notice]
    assert can_ask(chat, last)


def test_an_answer_without_words_is_said_to_be_none(chat: ChatTab, talk: Talk) -> None:
    talk.chat = answering(chat, lambda *_: (event for event in said(" ", "\n")))
    shown = chat.chat.postprocess(talk.ask()[chat.chat])
    assert [word.text for word in shown.exchanges[-1].words] == [NO_ANSWER]


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
    assert (texts(chat, held), held[chat.notice]) == ([], NOTHING)


def test_the_sliders_make_the_settings(chat: ChatTab) -> None:
    form = chat.decoding
    held = form.read(0.7, 0.9, 40, 64, 1.2, 7, 3)
    assert held[form.settings] == Asking(
        decoding=Decoding(
            temperature=0.7, top_p=0.9, top_k=40, max_new_tokens=64, repetition_penalty=1.2, seed=7
        ),
        samples=3,
    )
    assert form.restore()[form.settings] == Asking() == Asking(decoding=Decoding())
    assert "must not be negative" in guarded(form.read, form.say)(-1, 1, 0, 9, 1, 0, 3)[form.notice]
