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
    [other] = words[1].alternatives
    assert (other.text, other.probability) == ("kidneys", pytest.approx(0.8 * 0.4))
    assert "".join(word.text for word in words_of(())) == ""


@pytest.mark.parametrize(
    ("said", "others"),
    [
        ((event(" Left", 0.5, (" right", 0.4)),), {"right": 0.4}),
        # A word that has begun can end where another goes on, in more ways than one.
        (
            (event("kidney", 0.9), event("s", 0.5, (" is", 0.2), (".", 0.1), ("", 0.1))),
            {"kidney": 0.36},
        ),
        ((event("non", 0.8), event("-con", 0.5, ("-specific", 0.2))), {"non-specific": 0.16}),
        ((event("stone", 0.9, ("mass", 0.05)), event(",", 0.1, (" in", 0.8))), {"mass": 0.05}),
        ((event("stone", 0.6, ("stone", 0.2), ("mass", 0.1)),), {"mass": 0.1}),
        ((event(".", 0.6, (" in", 0.3), ("", 0.1)),), {"in": 0.3, "": 0.1}),
    ],
)
def test_alternatives_are_words_that_could_stand_there(
    said: tuple[TokenEvent, ...], others: dict[str, float]
) -> None:
    [word] = words_of(said)
    assert dict(word.alternatives) == pytest.approx(others)
    assert list(dict(word.alternatives)) == list(others), "the likeliest first"


def test_a_sentence_has_the_mean_probability_of_its_tokens() -> None:
    assert mean_probability([event("a", 0.25), event("b", 1.0)]) == pytest.approx(0.5)
    assert mean_probability([]) is None
