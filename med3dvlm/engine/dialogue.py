"""What was said about one volume, with what is known of every word of it.

    dialogue = Dialogue().asking(Exchange(question="Is there a stone?"))
    dialogue = dialogue.with_last(replace(dialogue.last, tokens=(*dialogue.last.tokens, event)))
    dialogue.conversation            # the finished turns, as the model is given them

A `Conversation` is what the model reads; a `Dialogue` is what the user may look at again.
"""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from med3dvlm.choices import Choices
from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding
from med3dvlm.model.prompt import Turn

State = Literal["waiting", "answering", "complete", "stopped", "failed"]
NO_ANSWER = "(no answer)"
GREEDY = Decoding()


class Option(NamedTuple):
    """An option of a closed question, with its probability among all options."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Answers to one question asked several times, each with how often it came, in that order."""

    answers: tuple[tuple[str, int], ...]

    @property
    def asked(self) -> int:
        """How many answers there are."""
        return sum(count for _, count in self.answers)

    @property
    def share(self) -> float:
        """How many of the answers are the most frequent one, from 0 to 1."""
        return self.answers[0][1] / self.asked if self.answers else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question and its answer.

    Attributes:
        question: as the model reads it.
        choices: the same in its parts; None for an open question.
        tokens: the answer, token by token, with probabilities and alternatives.
        state: whether the answer is on its way, complete, or ended before its end.
        decoding: how the tokens were chosen.
        followed: how many turns before it the model was given.
        cautions: why the answer may mean nothing, in words for the user.
        options: of a closed question, in the order of their letters, once they are scored.
        agreement: of several samples, once the user has asked for them.
    """

    question: str
    choices: Choices | None = None
    tokens: tuple[TokenEvent, ...] = ()
    state: State = "waiting"
    decoding: Decoding = GREEDY
    followed: int = 0
    cautions: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    agreement: Agreement | None = None

    @property
    def answer(self) -> str:
        """The text of the answer so far."""
        return "".join(token.text for token in self.tokens).strip()

    @property
    def turn(self) -> Turn:
        """As the model reads it when a question follows."""
        return Turn(self.question, self.answer or NO_ANSWER)

    @property
    def going(self) -> bool:
        """Whether more of the answer is to come."""
        return self.state in ("waiting", "answering")

    @property
    def unanswered(self) -> bool:
        """Whether it ended, or is to end, before the first word of an answer."""
        return not self.tokens and self.state != "complete"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """All exchanges about one volume, in order."""

    exchanges: tuple[Exchange, ...] = ()

    @property
    def last(self) -> Exchange:
        """The latest exchange; there must be one."""
        return self.exchanges[-1]

    @property
    def conversation(self) -> Conversation:
        """What the model is given before the next question: the questions that have an answer."""
        answered = (exchange for exchange in self.exchanges if not exchange.unanswered)
        return Conversation(tuple(exchange.turn for exchange in answered))

    def asking(self, exchange: Exchange) -> "Dialogue":
        """With one more exchange."""
        return Dialogue((*self.exchanges, exchange))

    def with_exchange(self, index: int, exchange: Exchange) -> "Dialogue":
        """With another exchange at `index`."""
        return Dialogue((*self.exchanges[:index], exchange, *self.exchanges[index + 1 :]))

    def with_last(self, exchange: Exchange) -> "Dialogue":
        """With another last exchange."""
        return Dialogue((*self.exchanges[:-1], exchange))

    def before(self, index: int) -> "Dialogue":
        """The exchanges before `index`: to ask that question again, or another in its place."""
        return Dialogue(self.exchanges[:index])

    def ended(self) -> "Dialogue":
        """With nothing to come any more: a question that waits stays, its answer is stopped."""
        if not self.exchanges or not self.last.going:
            return self
        return self.with_last(replace(self.last, state="stopped"))

    def failed(self) -> "Dialogue":
        """With the answer that was on its way marked as ended by an error."""
        if not self.exchanges or not self.last.going:
            return self
        return self.with_last(replace(self.last, state="failed"))
