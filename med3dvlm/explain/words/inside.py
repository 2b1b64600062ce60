"""What is known of each word of an answer: both grids, one alone, and what the layers would say.

    words = look_inside(probe, seen)              # probe: an AnswerProbe
    words[0].text, words[0].probability, words[0].low_only, words[0].high_only
    words[0].layers                               # the likeliest token of each layer, the last last
    rows = word_rows(words)                       # for a table

A word is one or more tokens; its probability is the product of theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from med3dvlm.volumes.grid import ModelInput

if TYPE_CHECKING:  # it brings transformers, for which the page does not wait
    from med3dvlm.explain.words.answer_probe import AnswerProbe

LONGEST = 60  # words
Guess = tuple[str, float]

MEANS = (
    "Low only and high only: the probability of the same word while the numbers of the other grid "
    "are zero. Layers: the token that would follow if the model ended there."
)
MEANS_NOT = (
    "Not where a word was learnt: with a grid of zeros the model is in a state that it never saw "
    "in training, and layers that are read too early may mean nothing."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of an answer.

    Attributes:
        text: as it was said.
        tokens: their places in the answer.
        probability: with the image.
        low_only: with zeros in place of the high grid.
        high_only: with zeros in place of the low grid.
        layers: the likeliest token after each layer and its probability, for the first token.
        alternatives: what else could have stood here, and how probable.
    """

    text: str
    tokens: tuple[int, ...]
    probability: float
    low_only: float
    high_only: float
    layers: tuple[Guess, ...]
    alternatives: tuple[Guess, ...] = ()

    @property
    def settled(self) -> int:
        """The layer (from 1) from which on all layers would say what the model says."""
        last = self.layers[-1][0]
        for layer in range(len(self.layers), 0, -1):
            if self.layers[layer - 1][0] != last:
                return layer + 1
        return 1


def words_of(pieces: Sequence[str]) -> list[tuple[int, ...]]:
    """The places of the tokens of each word; a piece that begins with a space begins a word.

    Pieces without letters (the end of the answer) belong to no word.
    """
    words: list[list[int]] = []
    for place, piece in enumerate(pieces):
        if not piece.strip():
            continue
        if words and not piece[0].isspace() and words[-1][-1] == place - 1:
            words[-1].append(place)
        else:
            words.append([place])
    return [tuple(word) for word in words[:LONGEST]]


def look_inside(probe: "AnswerProbe", seen: ModelInput) -> tuple[Word, ...]:
    """Every word of the probe's answer."""
    shares, lens = probe.ablated(seen), probe.lens(seen)

    def share(kept: str, places: Sequence[int]) -> float:
        return float(np.prod(shares[kept][list(places)]))

    return tuple(
        Word(
            text="".join(probe.pieces[place] for place in places).strip(),
            tokens=places,
            probability=share("both", places),
            low_only=share("low only", places),
            high_only=share("high only", places),
            layers=tuple(lens[places[0]]),
        )
        for places in words_of(probe.pieces)
    )


def with_alternatives(
    words: Sequence[Word], spoken: Sequence[tuple[str, Sequence[Guess]]]
) -> tuple[Word, ...]:
    """The words with what else could have stood there.

    Args:
        words: of an answer.
        spoken: the pieces of the answer as they were said, each with its alternatives.
    """
    ends, said = [], ""
    for text, alternatives in spoken:
        said += text
        if text.strip():
            ends.append((len(said), alternatives))
    found, at = [], 0
    for word in words:
        at = max(said.find(word.text, at), at)
        others = next((others for end, others in ends if end > at), ())
        pairs = tuple((text, float(share)) for text, share in others)
        found.append(replace(word, alternatives=pairs))
        at += len(word.text)
    return tuple(found)


def word_rows(words: Sequence[Word]) -> list[dict[str, str | float]]:
    """A row for each word, with a column for each layer and for each alternative."""
    rows = []
    for word in words:
        row: dict[str, str | float] = {
            "word": word.text, "probability": round(word.probability, 5),
            "low_only": round(word.low_only, 5), "high_only": round(word.high_only, 5),
        }  # fmt: skip
        for number, (text, share) in enumerate(word.alternatives, start=1):
            row |= {f"alternative_{number}": text.strip(), f"probability_{number}": round(share, 5)}
        for number, (text, share) in enumerate(word.layers, start=1):
            row |= {f"layer_{number}": text.strip(), f"layer_{number}_share": round(share, 5)}
        rows.append(row)
    return rows
