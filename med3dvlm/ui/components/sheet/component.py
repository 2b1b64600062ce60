"""The Gradio component for a report; `postprocess` is the boundary to the JavaScript."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import GradioModel

from med3dvlm.engine.report import ReportState, Section
from med3dvlm.engine.sentences import Sentence
from med3dvlm.ui.components.base import NoStub
from med3dvlm.ui.components.words import WordData, script, style, word_data

FOLDER = Path(__file__).parent


class SentenceData(GradioModel):
    """A sentence, its probability, and its words if the text is unchanged from the model's."""

    words: list[WordData]
    probability: float | None
    source: str


class GroupData(GradioModel):
    """Sentences about one part of the body, or all of a section."""

    name: str
    sentences: list[SentenceData]


class SectionData(GradioModel):
    """A section of the report; `text` is what its editor begins with."""

    title: str
    text: str
    edited: bool
    groups: list[GroupData]


class SheetData(GradioModel):
    """The whole report."""

    sections: list[SectionData]
    empty: str
    editable: bool


class SheetText(GradioModel):
    """A `SheetData` as one text.

    Gradio streams differences, and its JavaScript can't follow lists that shrink or
    reorder, as the sentences do while a report grows.
    """

    json_text: str


class Sheet(gr.HTML, metaclass=NoStub):
    """A report that shows the model's confidence in each sentence.

    The value is a `ReportState`, or a text to show while there is none. `sheet.edit` fires with
    `gr.EditData.index` (of the section) and `.value` (its new text) once the report is complete.

    Args:
        value: what is shown first.
        kwargs: passed to `gr.HTML` (`elem_id`, `visible`, ...).
    """

    data_model = SheetText

    def __init__(self, value: ReportState | str = "", **kwargs: Any) -> None:
        super().__init__(
            value=value,
            html_template='<div class="sheet words-stage"></div>',
            css_template=style(FOLDER / "sheet.css"),
            js_on_load=script(FOLDER / "sheet.js"),
            apply_default_css=False,
            **kwargs,
        )

    # gr.HTML types its value as str; components with a data model have their own.
    def preprocess(self, payload: SheetText | None) -> None:  # type: ignore[override]
        """The browser sends back only edits: the session holds the report."""

    def postprocess(self, value: ReportState | str | None) -> SheetText:  # type: ignore[override]
        """Convert the report for the browser."""
        return SheetText(json_text=self.data_of(value).model_dump_json())

    @staticmethod
    def data_of(value: ReportState | str | None) -> SheetData:
        """The report as plain data."""
        if not isinstance(value, ReportState):
            return SheetData(sections=[], empty=value or "", editable=False)
        return SheetData(
            sections=[_section(section) for section in value.sections],
            empty="",
            editable=value.done >= value.steps,
        )

    def api_info(self) -> dict[str, Any]:
        """The value is meant for this component's own script."""
        return {"type": "object"}

    def example_payload(self) -> None:
        """There is no value that a caller could send."""

    def example_value(self) -> None:
        """Nothing is shown without a report."""


def _section(section: Section) -> SectionData:
    return SectionData(
        title=section.title,
        text="\n".join(sentence.text for sentence in section.sentences),
        edited=section.edited,
        groups=[
            GroupData(name=name, sentences=[_sentence(sentence) for sentence in sentences])
            for name, sentences in section.groups
        ],
    )


def _sentence(sentence: Sentence) -> SentenceData:
    words = word_data(sentence.tokens)
    said = "".join(word.text for word in words).strip()
    if said.lower() != sentence.text.lower():
        words = [WordData(text=sentence.text, probability=None, others=[], shares=[])]
    return SentenceData(words=words, probability=sentence.probability, source=sentence.source)
