from dataclasses import replace

import pytest

from med3dvlm.engine.conversation import Alternative, Conversation, TokenEvent
from med3dvlm.engine.dialogue import NO_ANSWER, Dialogue, Exchange


def event(text: str, probability: float = 0.5, *others: tuple[str, float]) -> TokenEvent:
    alternatives = tuple(Alternative(*other) for other in others)
    return TokenEvent(text=text, probability=probability, alternatives=alternatives, seconds=0.0)


@pytest.fixture
def dialogue() -> Dialogue:
    first = Exchange(question="a?", tokens=(event("Yes"), event(".")), state="complete")
    return Dialogue((first, Exchange(question="b?", state="complete")))


def test_the_model_is_given_the_turns(dialogue: Dialogue) -> None:
    turns = Conversation().with_turn("a?", "Yes.").with_turn("b?", NO_ANSWER)
    assert dialogue.conversation == turns


def test_tokens_survive_undo_and_retry(dialogue: Dialogue) -> None:
    tokens = dialogue.exchanges[0].tokens
    again = dialogue.before(1).asking(Exchange(question="c?"))
    assert again.exchanges[0].tokens == tokens
    assert dialogue.with_exchange(1, Exchange(question="d?")).exchanges[0].tokens == tokens


def test_an_answer_that_ends_early_is_kept(dialogue: Dialogue) -> None:
    asked = dialogue.asking(Exchange(question="c?"))
    begun = asked.with_last(replace(asked.last, tokens=(event("No"),), state="answering"))
    assert begun.ended().last.state == "stopped"
    assert begun.ended().last.answer == "No"
    assert begun.last.ended("failed").state == "failed"
    assert dialogue.ended() == dialogue


def test_a_question_that_is_stopped_before_the_first_word_is_kept(dialogue: Dialogue) -> None:
    """It was taken out: a stop in the first moment lost what had been typed."""
    asked = dialogue.asking(Exchange(question="c?")).ended()
    assert (asked.last.question, asked.last.state) == ("c?", "stopped")
    assert asked.last.unanswered
    assert asked.ended() == asked


def test_the_model_is_not_given_questions_without_an_answer(dialogue: Dialogue) -> None:
    stopped = dialogue.asking(Exchange(question="c?")).ended()
    failed = dialogue.asking(Exchange(question="c?").ended("failed"))
    assert stopped.conversation == failed.conversation == dialogue.conversation
    once = Dialogue((Exchange(question="a?", state="stopped"),))
    assert once.conversation.turns == ()
