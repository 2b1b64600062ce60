"""The gallery of failures: eight cards, each of which runs its case on the loaded model.

gallery = build_gallery(switches, services, library)
gallery.wire()
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from html import escape

import gradio as gr

from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.lessons.content import Failure, read_failures, read_words
from med3dvlm.lessons.pictures import slice_picture
from med3dvlm.retrieval import Library
from med3dvlm.ui.explain.running import Work
from med3dvlm.ui.learn.experiments.bench import Bench
from med3dvlm.ui.learn.failing import CASES, Outcome
from med3dvlm.ui.learn.outcome import build_outcome
from med3dvlm.ui.learn.said import paragraph, slice_words
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.stopping import Switches

TASK = "failure"
NO_CASE = "There is no such case: choose one of the list."
CLICKS = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-case]");
  if (!button) return;
  for (const other of element.querySelectorAll("button")) other.ariaPressed = other === button;
  trigger("select", { index: button.dataset.case, value: button.dataset.case });
});
"""


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """The components of the gallery, and what happens in it."""

    work: Work
    library: Loading[Library]
    cards: gr.HTML
    result: gr.HTML

    def run(self, event: gr.SelectData, request: gr.Request) -> Iterator[Updates]:
        """Run the case of a card."""
        key = str(event.index)
        if key not in CASES:
            raise PromptError(NO_CASE)
        failure = read_failures()[key]
        yield {self.result: introduced(failure)}
        yield from self.work.run(request, failure.title, partial(self._ran, key, failure))

    def _ran(self, key: str, failure: Failure, services: Services) -> Generator[Updates]:
        outcome = CASES[key](Bench(services=services, library=self.library))
        yield {self.result: told(failure, outcome), self.work.notice: NOTHING}

    def wire(self) -> None:
        """Connect the events."""
        self.cards.select(
            guarded(self.run, self.work.refuse), None, [self.result, *self.work.shown], **IN_QUEUE
        )


def introduced(failure: Failure) -> str:
    """The case before it has run."""
    return f"<h3>{escape(failure.title)}</h3>{paragraph(failure.text)}"


def told(failure: Failure, outcome: Outcome) -> str:
    """What came of it, in the words for that, and what to take from it."""
    z = outcome.shown.shape[0] // 2 if outcome.z is None else outcome.z
    picture = slice_picture(outcome.shown, outcome.window, z)
    verdict = read_words()["fails" if outcome.failed else "holds"]
    said = (failure.fails if outcome.failed else failure.holds).format(**outcome.values)
    return (
        f"{introduced(failure)}{slice_words(picture, read_words()['failure_slice'])}"
        f"<p><b>{escape(verdict)}.</b> {escape(said)}</p>{paragraph(failure.learn, 'learn-lesson')}"
    )


def build_gallery(
    switches: Switches, services: Loading[Services], library: Loading[Library]
) -> Gallery:
    """Lay the gallery out."""
    gr.HTML(paragraph(read_words()["failures_start"], "learn-note"))
    cards = gr.HTML(_cards(), elem_id="failures", js_on_load=CLICKS)
    notice = gr.HTML(elem_id="failure-told", elem_classes="explain-notice")
    result = build_outcome("failure-result")
    work = Work(switches=switches, services=services, task=TASK, notice=notice)
    return Gallery(work=work, library=library, cards=cards, result=result)


def _cards() -> str:
    items = "".join(
        f"<li><button type='button' data-case='{key}' aria-pressed='false'>"
        f"<b>{escape(failure.title)}</b><span>{escape(failure.text)}</span></button></li>"
        for key, failure in read_failures().items()
    )
    return f"<ul class='learn-cases'>{items}</ul>"
