"""An answer as a value that prints as its text, and as words with their confidence in a notebook.

answer = answer_to(engine, features, "Is there a stone?")
print(answer)                    # the text
answer.probability, answer.options
"""

from dataclasses import dataclass, field
from html import escape

from med3dvlm.choices import read_choices
from med3dvlm.engine.closed import chosen
from med3dvlm.engine.confidence import Word, mean_probability, words_of
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.understanding.sentences import as_shown

UNFAMILIAR = "This scan is unlike what the model was trained on: its answers may mean nothing."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the model said to a question.

    Attributes:
        question: as it was asked.
        text: the answer.
        words: its words, each with the model's probability.
        probability: of the whole answer, the geometric mean over its tokens.
        options: of a question with choices, the probability of each; else empty.
        understood: the question in the model's own words, if it was asked in others.
        unfamiliar: whether the scan is unlike the training data; None if that is unknown.
    """

    question: str
    text: str
    words: tuple[Word, ...] = ()
    probability: float | None = None
    options: dict[str, float] = field(default_factory=dict)
    understood: str = ""
    unfamiliar: bool | None = None

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        """For notebooks: the fainter a word, the less sure the model is of it."""
        words = "".join(
            f'<span style="opacity:{0.35 + 0.65 * word.probability:.2f}" '
            f'title="{100 * word.probability:.0f} %">{escape(word.text)}</span>'
            for word in self.words
        )
        lines = [f"<b>{escape(self.question)}</b>", words or escape(self.text)]
        if self.understood:
            lines.append(f"<small>Understood as: {escape(as_shown(self.understood))}</small>")
        lines += [f"{escape(text)}: {100 * share:.0f} %" for text, share in self.options.items()]
        if self.unfamiliar:
            lines.append(f"<small>{UNFAMILIAR}</small>")
        return "<br>".join(lines)


def answer_to(
    engine: Engine, features: VolumeFeatures, question: str, decoding: Decoding | None = None
) -> Answer:
    """Ask one question, without a conversation before it.

    Raises:
        PromptError: the question is empty or too long.
    """
    how = decoding or Decoding()
    choices = read_choices(question)
    options: dict[str, float] = {}
    if choices:
        shares = engine.choose(features, choices.text, choices.options)
        events = [chosen(choices.options, shares, how)]
        options = dict(zip(choices.options, map(float, shares), strict=True))
    else:
        events = list(engine.answer(features, Conversation(), question, decoding=how))
    known = engine.familiarity(features)
    return Answer(
        question=question,
        text="".join(event.text for event in events).strip(),
        words=words_of(events),
        probability=mean_probability(events),
        options=options,
        understood=events[0].understood if events else "",
        unfamiliar=None if known is None else known.outside,
    )
