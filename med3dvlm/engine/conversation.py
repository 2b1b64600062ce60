"""A conversation as frozen values: turns in, token events out."""

from dataclasses import dataclass
from typing import NamedTuple

from med3dvlm.model.prompt import Turn


class Alternative(NamedTuple):
    """Another word the model considered, whole, with its probability."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEvent:
    """One piece of an answer.

    Attributes:
        text: what it adds to the answer (may be empty while a character is incomplete).
        probability: the model's own, before any sampling settings.
        alternatives: the most probable other words, once `Engine.considered` has been asked.
        seconds: time this token took.
        understood: the question in the model's own words, if it was typed in others.
        token: its number in the tokenizer; None where the text is composed or a scored choice.
    """

    text: str
    probability: float
    alternatives: tuple[Alternative, ...]
    seconds: float
    understood: str = ""
    token: int | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """The finished turns about one volume."""

    turns: tuple[Turn, ...] = ()

    def with_turn(self, question: str, answer: str) -> "Conversation":
        """The conversation after one more turn."""
        return Conversation((*self.turns, Turn(question, answer)))
