import pytest

from med3dvlm.engine.confidence import mean_probability, words_of
from med3dvlm.engine.conversation import Alternative, TokenEvent


def event(text: str, probability: float = 0.5, *others: tuple[str, float]) -> TokenEvent:
    alternatives = tuple(Alternative(*other) for other in others)
    return TokenEvent(text=text, probability=probability, alternatives=alternatives, seconds=0.0)


def test_words_join_their_tokens_and_multiply_their_probabilities() -> None:
    said = (event("A", 0.9), event(" kid", 0.8), event("ney", 0.5, ("neys", 0.4)), event(".", 1.0))
    words = words_of(said)
    assert [word.text for word in words] == ["A", " kidney."]
    assert words[1].probability == pytest.approx(0.4)
    assert words[1].alternatives == (Alternative("kidneys", 0.4),)
    assert "".join(word.text for word in words_of(())) == ""


def test_a_sentence_has_the_mean_probability_of_its_tokens() -> None:
    assert mean_probability([event("a", 0.25), event("b", 1.0)]) == pytest.approx(0.5)
    assert mean_probability([]) is None
