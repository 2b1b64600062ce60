"""From a question to a dialogue that grows: the steps behind the chat, without any component.

question = PendingQuestion.typed("Is there a stone?")
for dialogue in steps(services, features, dialogue, question, asking, stopped): ...
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from med3dvlm.choices import Choices, read_choices
from med3dvlm.engine.cautions import cautions_for
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.dialogue import (
    NO_ANSWER,
    Agreement,
    Dialogue,
    Exchange,
    Option,
)
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.hosting.models.services import Services
from med3dvlm.metrics.answers import normalised
from med3dvlm.model.prompt import followed_turns
from med3dvlm.ui.chat.decoding_form import Asking

# Greedy decoding gives the same answer every time; samples need some warmth.
SAMPLE_TEMPERATURE = 0.7

Stopped = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class PendingQuestion:
    """A question that waits for its answer.

    Attributes:
        text: the question, as the model reads it.
        index: of the exchange it takes the place of; None comes after all there are.
        several: ask the question at `index` several times, and keep its answer.
        choices: the same in its parts; None for an open question.
    """

    text: str
    index: int | None = None
    several: bool = False
    choices: Choices | None = None

    @classmethod
    def typed(cls, text: str, index: int | None = None) -> "PendingQuestion":
        """What a user typed: its choices are read here, and nowhere after."""
        choices = read_choices(text)
        return cls(choices.text if choices else text, index, choices=choices)

    def before(self, dialogue: Dialogue) -> Dialogue:
        """What stays before it."""
        whole = dialogue.ended()
        return whole if self.index is None else whole.before(self.index)


def steps(
    services: Services, features: VolumeFeatures, dialogue: Dialogue, asked: PendingQuestion,
    asking: Asking, stopped: Stopped,
) -> Iterator[Dialogue]:  # fmt: skip
    """The dialogue as it grows by what was asked; what `asked` replaces is taken out first."""
    if asked.several and asked.index is not None:
        return stream_agreement(
            services, features, dialogue, index=asked.index, samples=asking.samples,
            stopped=stopped,
        )  # fmt: skip
    start = begin(services, features, asked.before(dialogue), asked, asking.decoding)
    return stream_answer(services, features, start, stopped)


def begin(
    services: Services,
    features: VolumeFeatures,
    dialogue: Dialogue,
    asked: PendingQuestion,
    decoding: Decoding,
) -> Dialogue:
    """With the question asked and nothing answered yet."""
    card, known = services.card, services.familiarity(features)
    unfamiliar = known is not None and known.outside
    earlier = len(dialogue.exchanges)
    return dialogue.asking(
        Exchange(
            question=asked.text,
            choices=asked.choices,
            decoding=decoding,
            followed=followed_turns(asked.text, earlier, follows_up=card.follows_up),
            cautions=cautions_for(asked.text, limits=card.info.limits, unfamiliar=unfamiliar),
        )
    )


def stream_answer(
    services: Services, features: VolumeFeatures, dialogue: Dialogue, stopped: Stopped
) -> Iterator[Dialogue]:
    """The dialogue with its last exchange answered token by token, then its options scored.

    Ends without a further value once `stopped()`; what was yielded before is then what was said.
    """
    if stopped():
        return
    before = dialogue.before(len(dialogue.exchanges) - 1).conversation
    exchange = replace(dialogue.last, state="answering")
    yield dialogue
    stream = services.answer(features, before, exchange.question, exchange.decoding)
    with closing(stream) as events:
        for event in events:
            if stopped():
                return
            exchange = replace(exchange, tokens=(*exchange.tokens, event))
            yield dialogue.with_last(exchange)
    if stopped():
        return
    if exchange.choices:
        # The words are all there; a stop from here on loses the bars alone.
        yield dialogue.with_last(exchange)
        texts = exchange.choices.options
        shares = services.choose(features, exchange.question, texts)
        if stopped():
            return
        options = tuple(map(Option, texts, map(float, shares)))
        exchange = replace(exchange, options=options)
    yield dialogue.with_last(replace(exchange, state="complete"))


def stream_agreement(
    services: Services,
    features: VolumeFeatures,
    dialogue: Dialogue,
    *,
    index: int,
    samples: int,
    stopped: Stopped,
) -> Iterator[Dialogue]:
    """The dialogue with the question at `index` asked again `samples` times, each a new seed."""
    exchange = dialogue.exchanges[index]
    before = dialogue.before(index).conversation
    decoding = exchange.decoding
    warm = replace(decoding, temperature=decoding.temperature or SAMPLE_TEMPERATURE)
    answers: list[str] = []
    for number in range(samples):
        if stopped():
            return
        said = ""
        own = replace(warm, seed=decoding.seed + 1 + number)
        with closing(services.answer(features, before, exchange.question, own)) as events:
            for event in events:
                if stopped():
                    return
                said += event.text
        answers.append(said.strip() or NO_ANSWER)
        yield dialogue.with_exchange(index, replace(exchange, agreement=agreement_of(answers)))


def agreement_of(answers: list[str]) -> Agreement:
    """Answers that differ in case, articles and punctuation alone are the same one."""
    words = [normalised(answer) for answer in answers]
    first = {word: answers[words.index(word)] for word in words}
    return Agreement(tuple((first[word], count) for word, count in Counter(words).most_common()))
