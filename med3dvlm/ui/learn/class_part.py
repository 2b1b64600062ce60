"""A place for the scores of a class: typed in by the teacher, or added from this page.

part = build_class()
part.wire(visit)
"""

from dataclasses import dataclass

import gradio as gr

from med3dvlm.errors import PromptError
from med3dvlm.lessons.class_scores import read_scores, with_score
from med3dvlm.lessons.content import read_words
from med3dvlm.lessons.visit import Visit
from med3dvlm.ui.learn.said import class_words
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import EACH, QUICK
from med3dvlm.ui.page.notice import problem

EXAMPLE = "Anna: 7 of 10\nBo: 4 of 10"
NO_POINTS = "There is no score to add yet: predict something first."


@dataclass(frozen=True, kw_only=True)
class ClassPart:
    """The components, and what happens to them."""

    lines: gr.Textbox
    name: gr.Textbox
    add: gr.Button
    table: gr.HTML

    def add_mine(self, lines: str, name: str, visit: Visit | None) -> Updates:
        """One more line, with the score of the lesson under way."""
        points = visit.points("step") if visit else None
        if points is None or not points.of:
            raise PromptError(NO_POINTS)
        return {self.lines: with_score(lines, name, points.learner, points.of), self.name: ""}

    def count(self, lines: str) -> Updates:
        """The class as a table."""
        return {self.table: class_words(read_scores(lines), read_words())}

    def refuse(self, message: str) -> Updates:
        """Which line can't be read."""
        return {self.table: problem(message)}

    def wire(self, visit: gr.State) -> None:
        """Connect the events."""
        self.add.click(
            guarded(self.add_mine, self.refuse), [self.lines, self.name, visit],
            [self.lines, self.name, self.table], **EACH,
        )  # fmt: skip
        self.lines.change(guarded(self.count, self.refuse), self.lines, self.table, **QUICK)


def build_class() -> ClassPart:
    """Lay the part out, folded."""
    words = read_words()
    with gr.Accordion(words["class"], open=False, elem_id="learn-class"):
        lines = gr.Textbox(
            "",  # an unopened fold sends what it was made with
            label=words["class_lines"], lines=3,
            placeholder=EXAMPLE, elem_id="learn-class-lines",
        )  # fmt: skip
        with gr.Row():
            name = gr.Textbox(
                label=words["class_name"], max_length=40, elem_id="learn-name", min_width=120
            )
            add = gr.Button(words["class_add"], size="sm", elem_id="learn-add", min_width=120)
        table = gr.HTML(elem_id="learn-class-table")
    return ClassPart(lines=lines, name=name, add=add, table=table)
