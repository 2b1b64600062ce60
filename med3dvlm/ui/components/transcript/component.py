"""The Gradio component for a conversation; `postprocess` is the boundary to the JavaScript."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import GradioModel

from med3dvlm.engine.before_after import before_and_after, to_ask_again
from med3dvlm.engine.dialogue import NO_ANSWER, Agreement, Dialogue, Exchange
from med3dvlm.engine.understanding.sentences import as_shown
from med3dvlm.ui.components.base import NoStub
from med3dvlm.ui.components.transcript.prepared import in_words
from med3dvlm.ui.components.words import WordData, script, style, word_data
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice

FOLDER = Path(__file__).parent
NOTHING_SAID = Dialogue()
ENDINGS = {
    "stopped": "Stopped before the end.",
    "failed": "An error interrupted this answer.",
}
STOPPED_EARLY = "Stopped before its first word."
WAITS = "Waits for the answer before it."


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptView:
    """A dialogue, what to say of it, and what to show while there is none.

    Attributes:
        dialogue: the exchanges.
        note: about earlier turns.
        empty: shown while there are no exchanges.
        prepared: how the scan is prepared for the next question.
    """

    dialogue: Dialogue = NOTHING_SAID
    note: str = ""
    empty: str = ""
    prepared: InputChoice = AS_TRAINED


class OptionData(GradioModel):
    """An option of a closed question with its probability."""

    text: str
    probability: float


class SampleData(GradioModel):
    """Sampled answers that say the same: what, in which words, and how many there are."""

    meaning: str
    texts: list[str]
    count: int
    as_answered: bool


class PairData(GradioModel):
    """A question, and its answers before and after the model's input was changed."""

    question: str
    before: str
    after: str


class ExchangeData(GradioModel):
    """A question and its answer in the browser."""

    question: str
    understood: str
    divider: str
    pairs: list[PairData]
    words: list[WordData]
    going: bool
    ending: str
    about: str
    cautions: list[str]
    options: list[OptionData]
    agreement: str
    samples: list[SampleData]


class TranscriptData(GradioModel):
    """All exchanges; what divides them from the next question, and what can be asked again then."""

    exchanges: list[ExchangeData]
    divider: str
    again: int
    note: str
    empty: str


class Transcript(gr.HTML, metaclass=NoStub):
    """A conversation with its words' probabilities and a few buttons.

    The value is a `TranscriptView`. Events: `retry` and `undo` of the last exchange, `edit` with
    `gr.EditData.index` (of the exchange) and `.value` (the new question), `select` of an exchange
    whose question is to be asked several times, and `submit` where all that was asked with another
    input is to be asked again. Texts only ever become text nodes.

    Args:
        value: what is shown first.
        kwargs: passed to `gr.HTML` (`elem_id`, `visible`, ...).
    """

    data_model = TranscriptData

    def __init__(self, value: TranscriptView | None = None, **kwargs: Any) -> None:
        super().__init__(
            value=value,
            html_template='<div class="transcript words-stage"></div>',
            css_template=style(FOLDER / "transcript.css"),
            js_on_load=script(FOLDER / "transcript.js"),
            apply_default_css=False,
            **kwargs,
        )

    # gr.HTML types its value as str; components with a data model have their own.
    def preprocess(self, payload: TranscriptData | None) -> None:  # type: ignore[override]
        """The browser sends back only events: the session holds the turns."""

    def postprocess(self, value: TranscriptView | None) -> TranscriptData:  # type: ignore[override]
        """Convert the conversation for the browser."""
        view = value or TranscriptView()
        said = view.dialogue.exchanges
        return TranscriptData(
            exchanges=[_data(view.dialogue, index) for index in range(len(said))],
            divider=_divider(view.prepared, said[-1]) if said else "",
            again=len(to_ask_again(view.dialogue, view.prepared)),
            note=view.note,
            empty=view.empty,
        )

    def api_info(self) -> dict[str, Any]:
        """The value is meant for this component's own script."""
        return {"type": "object"}

    def example_payload(self) -> None:
        """There is no value that a caller could send."""

    def example_value(self) -> None:
        """Nothing is shown without a conversation."""


def _divider(prepared: InputChoice, before: Exchange | None) -> str:
    """How the model's input differs from here on; empty where it is as before."""
    earlier = before.prepared if before else AS_TRAINED
    return "" if prepared == earlier else f"From here: {in_words(prepared)}"


def _data(dialogue: Dialogue, index: int) -> ExchangeData:
    exchange = dialogue.exchanges[index]
    before = dialogue.exchanges[index - 1] if index else None
    waits = exchange.state == "waiting" and before is not None and before.going
    divider = _divider(exchange.prepared, before)
    pairs = before_and_after(dialogue, index) if divider else ()
    # While an answer streams these lists only grow: Gradio's JavaScript can't follow other changes.
    words = word_data(exchange.tokens) if exchange.answer else []
    if not words and not exchange.going:
        words = [WordData(text=NO_ANSWER, probability=None, others=[], shares=[])]
    agreement = exchange.agreement
    return ExchangeData(
        question=exchange.question,
        understood=as_shown(exchange.understood),
        divider=divider,
        pairs=[PairData(**pair._asdict()) for pair in pairs],
        words=words,
        going=exchange.going,
        ending=_ending(exchange),
        about=WAITS if waits else _about(exchange),
        cautions=list(exchange.cautions),
        options=[OptionData(text=o.text, probability=o.probability) for o in exchange.options],
        agreement=f"{agreement.words}." if agreement else "",
        samples=_samples(agreement) if agreement else [],
    )


def _samples(agreement: Agreement) -> list[SampleData]:
    return [
        SampleData(
            meaning=group.meaning, texts=list(group.texts), count=group.count,
            as_answered=group.as_answered,
        )
        for group in agreement.groups
    ]  # fmt: skip


def _ending(exchange: Exchange) -> str:
    """Why the answer ends where it does, where that is not its own end."""
    if exchange.state == "stopped" and exchange.unanswered:
        return STOPPED_EARLY
    return ENDINGS.get(exchange.state, "")


def _about(exchange: Exchange) -> str:
    """How the answer was produced, if not with the defaults."""
    parts = []
    if exchange.followed and not exchange.understood:
        turns = "turn" if exchange.followed == 1 else f"{exchange.followed} turns"
        parts.append(f"Answered with the previous {turns} as context.")
    if exchange.decoding.temperature:
        parts.append(
            f"Sampled at temperature {exchange.decoding.temperature:g}, "
            f"seed {exchange.decoding.seed}: words are drawn at random, by another seed others."
        )
    return " ".join(parts)
