"""The confidence of an answer: the model's own probability of each word it wrote.

for word in words_of(exchange.tokens):
    word.text, word.probability, word.alternatives
mean_probability(exchange.tokens)        # of the whole answer
"""

import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import starmap

from med3dvlm.engine.conversation import Alternative, TokenEvent

PUNCTUATION = ".,;:!? \n\t"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of an answer, with the spaces before it.

    Attributes:
        text: as written; joining all words gives the answer.
        probability: product over its tokens of the model's own probability, before any sampling
            settings.
        alternatives: the whole words that could have stood here, as the model saw it at this
            word's least probable token; empty text where the answer could have ended instead.
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
    spelled = [place for place, token in enumerate(tokens) if token.text.strip(PUNCTUATION)]
    least = min(spelled or range(len(tokens)), key=lambda place: tokens[place].probability)
    text = "".join(token.text for token in tokens)
    return Word(
        text,
        math.prod(token.probability for token in tokens),
        _others(tokens[:least], tokens[least].alternatives, besides=text),
    )


def _others(
    before: Sequence[TokenEvent], alternatives: Iterable[Alternative], *, besides: str
) -> tuple[Alternative, ...]:
    """The words that alternatives make after the tokens of a word before them, each once."""
    start = "".join(token.text for token in before).strip()
    share = math.prod(token.probability for token in before)
    words: dict[str, float] = {}
    for other in alternatives:
        # A word that has begun is whole where a space, punctuation or the end could follow.
        ends = bool(start) and (other.text or " ")[0] in PUNCTUATION
        word = start if ends else start + other.text.strip()
        words[word] = words.get(word, 0.0) + share * other.probability
    words.pop(besides.strip(PUNCTUATION) or besides.strip(), None)
    return tuple(sorted(starmap(Alternative, words.items()), key=lambda word: -word.probability))


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
