"""The confidence of an answer: the model's own probability of each word it wrote.

for word in words_of(exchange.tokens):
    word.text, word.probability, word.alternatives
mean_probability(exchange.tokens)        # of the whole answer
"""

import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from med3dvlm.engine.conversation import Alternative, TokenEvent


@dataclass(frozen=True, slots=True)
class Word:
    """A word of an answer, with the spaces before it.

    Attributes:
        text: as written; joining all words gives the answer.
        probability: product over its tokens of the model's own probability, before any sampling
            settings.
        alternatives: other words at its least probable token: whole words or beginnings of one,
            each with the probability of that token.
    """

    text: str
    probability: float
    alternatives: tuple[Alternative, ...] = ()


def words_of(tokens: Iterable[TokenEvent]) -> tuple[Word, ...]:
    """Tokens joined into words; a new word begins where a token begins with a space."""
    groups: list[list[TokenEvent]] = []
    for token in tokens:
        if not groups or token.text[:1].isspace() or groups[-1][-1].text[-1:].isspace():
            groups.append([])
        groups[-1].append(token)
    return tuple(_word(group) for group in groups)


def _word(tokens: Sequence[TokenEvent]) -> Word:
    least = min(range(len(tokens)), key=lambda place: tokens[place].probability)
    before = "".join(token.text for token in tokens[:least])
    return Word(
        "".join(token.text for token in tokens),
        math.prod(token.probability for token in tokens),
        tuple(
            Alternative((before + other.text).strip(), other.probability)
            for other in tokens[least].alternatives
        ),
    )


def mean_probability(tokens: Sequence[TokenEvent]) -> float | None:
    """The confidence of an answer as shown everywhere: the geometric mean over its tokens.

    The product over all tokens would fall with every word, so that long answers would look
    uncertain merely because they are long. None if there are no tokens.
    """
    if not tokens:
        return None
    # The smallest float stands in for a probability that underflowed to 0.
    logs = [math.log(max(token.probability, sys.float_info.min)) for token in tokens]
    return math.exp(sum(logs) / len(logs))
