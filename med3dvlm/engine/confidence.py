"""The confidence of an answer: the model's own probability of each word that it wrote.

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
        text: as it was written; all words of an answer joined are the answer.
        probability: the model's own, before any sampling settings: that of all its tokens.
        alternatives: what could have stood here, taken at the least sure of its tokens: a whole
            word or the beginning of one, with the probability of that token.
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
    """The probability of an answer, wherever one is told: the geometric mean over its tokens.

    That of all tokens together would fall with every word, so that long answers were unsure for
    being long. None where there is no token.
    """
    if not tokens:
        return None
    # The smallest number stands for a probability that is too small for one.
    logs = [math.log(max(token.probability, sys.float_info.min)) for token in tokens]
    return math.exp(sum(logs) / len(logs))
