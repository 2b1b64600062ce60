"""From a question to a dialogue that grows: the steps behind the chat, without any component.

question = PendingQuestion.typed("Is there a stone?", 0)
for step in steps(services, features, dialogue, question, asking, stopped):
    step.dialogue, step.notice
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import NamedTuple

from med3dvlm.choices import Choices, read_choices
from med3dvlm.engine.agreement import Sample, agreement_of
from med3dvlm.engine.cautions import cautions_for
from med3dvlm.engine.closed import chosen, chosen_samples
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.dialogue import NO_ANSWER, Dialogue, Exchange, Option
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.services import Services
from med3dvlm.model.prompt import followed_turns
from med3dvlm.ui.chat.decoding_form import Asking
from med3dvlm.ui.page.notice import NOTHING, busy
from med3dvlm.values import whole_text
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice

# Greedy decoding gives the same answer every time; samples need some warmth.
SAMPLE_TEMPERATURE = 0.7
MOST_WAITING = 5
FULL = "Five questions wait for their answers. Ask this one when they have come."
MOST_LETTERS = 1000
LONG = "A question may have {most:,} characters, and this one has {length:,}. Shorten it."

Stopped = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class PendingQuestion:
    """A question that waits for its answer.

    Attributes:
        text: the question, as the model reads it.
        index: its place among the exchanges; what stands there and after it is dropped.
        several: ask the question at `index` several times, and keep its answer and what follows.
        choices: the same in its parts; None for an open question.
        prepared: how the scan is prepared for the model; other answers are not taken along.
    """

    text: str
    index: int
    several: bool = False
    choices: Choices | None = None
    prepared: InputChoice = AS_TRAINED

    @classmethod
    def typed(cls, text: str, index: int) -> "PendingQuestion":
        """What a user typed: its choices are read here, and nowhere after.

        Raises:
            PromptError: it is too long.
        """
        check_length(text)
        text = whole_text(text)
        choices = read_choices(text)
        return cls(choices.text if choices else text, index, choices=choices)

    def comes_after(self, dialogue: Dialogue) -> bool:
        """Whether it is a new question, and the one before has no word of an answer yet.

        Raises:
            PromptError: too many wait already.
        """
        new = not self.several and self.index == len(dialogue.exchanges)
        if not (new and dialogue.going) or dialogue.last.tokens:
            return False
        if sum(exchange.going for exchange in dialogue.exchanges) > MOST_WAITING:
            raise PromptError(FULL)
        return True

    def standing_in(self, dialogue: Dialogue) -> Dialogue:
        """The dialogue in which it is asked, without it and what it takes the place of."""
        whole = dialogue.ended()
        return whole if self.several else whole.before(self.index)

    def asked_in(self, dialogue: Dialogue, *, waits: bool = False) -> Dialogue:
        """The dialogue with the question asked, and no word of an answer yet.

        What goes on in the dialogue ends, unless the question `waits` for it.
        """
        before = dialogue if waits else self.standing_in(dialogue)
        return (
            before
            if self.several
            else before.asking(
                Exchange(question=self.text, choices=self.choices, prepared=self.prepared)
            )
        )


def check_length(text: str) -> None:
    """See that a question can be read at a glance, and by the model.

    Raises:
        PromptError: it is too long.
    """
    if len(text) > MOST_LETTERS:
        raise PromptError(LONG.format(most=MOST_LETTERS, length=len(text)))


# A question for a dialogue as it is when the question is taken.
Make = Callable[[Dialogue], PendingQuestion]


def typed(text: str) -> Make:
    """A new question, behind all others."""
    return lambda now: PendingQuestion.typed(text, len(now.exchanges))


class DialogueStep(NamedTuple):
    """The dialogue as it is now, and a notice where that doesn't tell what is being done."""

    dialogue: Dialogue
    notice: str = NOTHING


def steps(
    services: Services, features: VolumeFeatures, dialogue: Dialogue, question: PendingQuestion,
    asking: Asking, stopped: Stopped,
) -> Iterator[DialogueStep]:  # fmt: skip
    """What comes of a question about a volume, asked in `question.standing_in(dialogue)`."""
    if question.several:
        yield from stream_samples(
            services, features, dialogue, index=question.index, samples=asking.samples,
            stopped=stopped,
        )  # fmt: skip
        return
    start = begin(services, features, dialogue, question, asking.decoding)
    yield from map(DialogueStep, stream_answer(services, features, start, stopped))


def begin(
    services: Services,
    features: VolumeFeatures,
    dialogue: Dialogue,
    question: PendingQuestion,
    decoding: Decoding,
) -> Dialogue:
    """With the question asked and nothing answered yet."""
    card, known = services.card, services.familiarity(features)
    unfamiliar = known is not None and known.outside
    earlier = len(dialogue.seen_as(question.prepared).conversation.turns)
    return dialogue.asking(
        Exchange(
            question=question.text,
            choices=question.choices,
            prepared=question.prepared,
            decoding=decoding,
            followed=followed_turns(
                question.text, earlier, follows_up=card.follows_up and not card.understands
            ),
            cautions=cautions_for(
                question.text,
                limits=card.info.limits,
                unfamiliar=unfamiliar,
                changed=question.prepared != AS_TRAINED,
            ),
        )
    )


def stream_answer(
    services: Services, features: VolumeFeatures, dialogue: Dialogue, stopped: Stopped
) -> Iterator[Dialogue]:
    """The dialogue with its last exchange answered token by token, or by one of its choices.

    The words that could have stood there come when the answer is complete. Ends without a further
    value once `stopped()`; what was yielded before is then what was said.
    """
    if stopped():
        return
    exchange = replace(dialogue.last, state="answering")
    earlier = dialogue.before(len(dialogue.exchanges) - 1).seen_as(exchange.prepared)
    yield dialogue
    with closing(_growing(services, features, earlier.conversation, exchange)) as pieces:
        for exchange in pieces:
            if stopped():
                return
            yield dialogue.with_last(exchange)
    if stopped():
        return
    exchange = replace(exchange, state="complete")
    yield dialogue.with_last(exchange)
    if not stopped() and exchange.tokens:
        before, question = earlier.conversation, exchange.question
        known = services.considered(features, before, question, exchange.tokens)
        yield dialogue.with_last(replace(exchange, tokens=known))


def _growing(
    services: Services, features: VolumeFeatures, before: Conversation, exchange: Exchange
) -> Generator[Exchange, None, None]:
    """The exchange as its answer is written; one of its choices comes at once."""
    if exchange.choices:
        texts = exchange.choices.options
        shares = services.choose(features, exchange.question, texts)
        answer = chosen(texts, shares, exchange.decoding)
        options = tuple(map(Option, texts, map(float, shares)))
        yield replace(exchange, tokens=(answer,), options=options)
        return
    stream = services.answer(features, before, exchange.question, exchange.decoding)
    with closing(stream) as events:
        for event in events:
            exchange = replace(exchange, tokens=(*exchange.tokens, event))
            yield exchange


def stream_samples(
    services: Services,
    features: VolumeFeatures,
    dialogue: Dialogue,
    *,
    index: int,
    samples: int,
    stopped: Stopped,
) -> Iterator[DialogueStep]:
    """The dialogue with the question at `index` asked `samples` times at once, with other seeds.

    An answer counts once it is complete; a stop keeps those that are. They are compared with the
    answer in the dialogue by what they say.
    """
    exchange = dialogue.exchanges[index]
    before = dialogue.before(index).seen_as(exchange.prepared).conversation
    own = exchange.decoding
    decoding = replace(
        own, temperature=own.temperature or SAMPLE_TEMPERATURE, seed=own.seed + 1
    )  # fmt: skip
    if stopped():
        return
    yield DialogueStep(dialogue, progress_of((Sample(),) * samples))
    with closing(_sampled(services, features, before, exchange, decoding, samples)) as growing:
        for answers in growing:
            if stopped():
                return
            texts = [answer.text or NO_ANSWER for answer in answers if answer.complete]
            agreement = agreement_of(texts, exchange)
            if agreement.asked:
                dialogue = dialogue.with_exchange(index, replace(exchange, agreement=agreement))
            yield DialogueStep(dialogue, progress_of(answers))


def _sampled(
    services: Services, features: VolumeFeatures, before: Conversation, exchange: Exchange,
    decoding: Decoding, samples: int,
) -> Generator[tuple[Sample, ...], None, None]:  # fmt: skip
    """Several answers as they grow; choices are drawn, by their probabilities."""
    if exchange.choices:
        texts = exchange.choices.options
        shares = services.choose(features, exchange.question, texts)
        yield chosen_samples(texts, shares, decoding, samples)
        return
    yield from services.sample(features, before, exchange.question, decoding, samples)


def progress_of(answers: tuple[Sample, ...]) -> str:
    """How far several answers are, as a notice."""
    complete = sum(answer.complete for answer in answers)
    longest = max(len(answer.text.split()) for answer in answers)
    return busy(
        f"Asking the same {len(answers)} times, each with its own seed. Complete answers: "
        f"{complete}; words of the longest: {longest}.",
        complete / len(answers),
    )
