"""The questions and answers about one volume, with everything known about each word.

    dialogue = Dialogue().asking(Exchange(question="Is there a stone?"))
    dialogue = dialogue.with_last(replace(dialogue.last, tokens=(*dialogue.last.tokens, event)))
    dialogue.conversation            # the finished turns, as the model reads them

A `Conversation` is what the model reads; a `Dialogue` is what the user sees.
"""

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal, NamedTuple

from med3dvlm.choices import Choices
from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding
from med3dvlm.model.prompt import Turn
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice

State = Literal["waiting", "answering", "complete", "stopped", "failed"]
NO_ANSWER = "(no answer)"
GREEDY = Decoding()


class Option(NamedTuple):
    """An option of a closed question, with its probability among all options."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Sampled answers that say the same.

    Attributes:
        texts: their wordings, each once.
        count: how many answers there are.
        meaning: what they say, to follow "said"; empty if it isn't understood.
        as_answered: whether the answer in the conversation says the same.
    """

    texts: tuple[str, ...]
    count: int
    meaning: str
    as_answered: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """Answers sampled for one question, grouped by what they say, most frequent first."""

    groups: tuple[Alike, ...]

    @property
    def asked(self) -> int:
        """How many answers there are."""
        return sum(group.count for group in self.groups)

    @property
    def agreeing(self) -> int:
        """How many say the same as the answer in the conversation."""
        return sum(group.count for group in self.groups if group.as_answered)

    @property
    def words(self) -> str:
        """The same in a sentence: `0 of 5 agree with this answer; 3 said the pleura is normal`"""
        others = [group for group in self.groups if not group.as_answered]
        said = [f"{group.count} said {group.meaning}" for group in others if group.meaning]
        unread = sum(group.count for group in others if not group.meaning)
        agree = "agrees" if self.agreeing == 1 else "agree"
        return "; ".join([
            f"{self.agreeing} of {self.asked} {agree} with this answer", *said,
            *([f"{unread} said something else"] if unread else []),
        ])  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question and its answer.

    Attributes:
        question: as the model reads it.
        choices: the question and its options; None for an open question.
        tokens: the answer, token by token, with probabilities and alternatives.
        state: whether the answer is in progress, complete, stopped or failed.
        decoding: how the tokens were chosen.
        followed: how many earlier turns the model read.
        cautions: why the answer may be meaningless, as sentences for the user.
        options: of a closed question, in the order of their letters, once scored.
        agreement: of several samples, once the user has requested them.
        prepared: how the scan was prepared for the model.
    """

    question: str
    choices: Choices | None = None
    prepared: InputChoice = AS_TRAINED
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
    def understood(self) -> str:
        """The question in the model's own words, if it was asked in others."""
        return self.tokens[0].understood if self.tokens else ""

    @property
    def turn(self) -> Turn:
        """The exchange as the model reads it before the next question."""
        return Turn(self.question, self.answer or NO_ANSWER)

    @property
    def going(self) -> bool:
        """Whether the answer is still in progress."""
        return self.state in ("waiting", "answering")

    def ended(self, state: State = "stopped") -> "Exchange":
        """The exchange once answering has ended, complete or not."""
        return replace(self, state=state) if self.going else self

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
        """What the model reads before the next question: the questions that have an answer."""
        answered = (exchange for exchange in self.exchanges if not exchange.unanswered)
        return Conversation(tuple(exchange.turn for exchange in answered))

    def seen_as(self, prepared: InputChoice) -> "Dialogue":
        """The exchanges since the model was last given another input than this."""
        alike = takewhile(lambda one: one.prepared == prepared, reversed(self.exchanges))
        return Dialogue(tuple(alike)[::-1])

    def asking(self, exchange: Exchange) -> "Dialogue":
        """The dialogue with one more exchange."""
        return Dialogue((*self.exchanges, exchange))

    def with_exchange(self, index: int, exchange: Exchange) -> "Dialogue":
        """The dialogue with the exchange at `index` replaced."""
        return Dialogue((*self.exchanges[:index], exchange, *self.exchanges[index + 1 :]))

    def with_last(self, exchange: Exchange) -> "Dialogue":
        """The dialogue with its last exchange replaced."""
        return Dialogue((*self.exchanges[:-1], exchange))

    def before(self, index: int) -> "Dialogue":
        """The exchanges before `index`, for repeating or replacing that question."""
        return Dialogue(self.exchanges[:index])

    def without_last(self) -> "Dialogue":
        """The dialogue once its last question was taken back."""
        return self.ended().before(max(len(self.exchanges) - 1, 0))

    @property
    def going(self) -> bool:
        """Whether an answer is in progress or awaited."""
        return any(exchange.going for exchange in self.exchanges)

    def ended(self) -> "Dialogue":
        """The dialogue once answering has ended; a question without an answer stays, as stopped."""
        return Dialogue(tuple(exchange.ended() for exchange in self.exchanges))
