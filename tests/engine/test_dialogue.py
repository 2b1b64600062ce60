from dataclasses import replace

import pytest

from med3dvlm.engine.conversation import Alternative, Conversation, TokenEvent
from med3dvlm.engine.dialogue import NO_ANSWER, Agreement, Dialogue, Exchange


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


def test_an_answer_that_ends_early_is_kept_once_it_has_a_word(dialogue: Dialogue) -> None:
    asked = dialogue.asking(Exchange(question="c?"))
    assert asked.ended() == dialogue
    begun = asked.with_last(replace(asked.last, tokens=(event("No"),), state="answering"))
    assert begun.ended().last.state == "stopped"
    assert begun.ended().last.answer == "No"
    assert begun.failed().last.state == "failed"
    assert dialogue.ended() == dialogue.failed() == dialogue


def test_agreement_is_the_share_of_the_most_frequent() -> None:
    agreement = Agreement((("Yes.", 3), ("No.", 2)))
    assert (agreement.asked, agreement.share) == (5, 0.6)
    assert Agreement(()).share == 0
