"""The grounding card: how much of what the model answers needs the image, asked live.

part = build(switches, services)
part.wire()
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from itertools import chain
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from med3dvlm.engine.understanding import own_words
from med3dvlm.errors import PromptError
from med3dvlm.explain.trust.asking import Case, asked_in_turn
from med3dvlm.explain.trust.grounding import GroundingCard, grounding_card, rows_of
from med3dvlm.explain.trust.questions import phantom_cases, read_phantom_cases
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.explain.asking import ModelReader
from med3dvlm.ui.explain.running import Work, build_earlier
from med3dvlm.ui.explain.saving import csv_of, kept
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.page.notice import NOTHING, busy, told
from med3dvlm.ui.page.stopping import Switches

TASK = "ground"
FEWEST, MOST, FIRST = 4, 40, 12
LARGEST_SET = 200_000  # bytes
DOING = "{done} of {of} scans asked about, each also blanked, swapped, mirrored and cropped."
ABOUT = (
    "The same questions about phantoms whose truth is known: with the scan, with air in its place, "
    "with another scan, mirrored, and cropped. What stays right without the scan wasn't seen."
)
MEANS = (
    "It means how far the answers to these questions come from the scan; it doesn't mean that they "
    "come from the right place in it, nor that other questions would fare alike."
)
OWN = "A set of {questions} questions about {scans} phantoms is asked next."
NO_SET = "This file is not a set of questions ({why}). docs/api.md shows what a line looks like."
NO_TEXT = "it is not a text file"


@dataclass(frozen=True, kw_only=True)
class GroundPart:
    """The components of the part, and what happens to them."""

    work: Work
    count: gr.Slider
    own: gr.UploadButton
    cases: gr.State  # the visitor's own set; None for the usual one
    result: gr.HTML
    export: gr.DownloadButton

    def take(self, path: str) -> Updates:
        """A visitor's own set of questions."""
        cases = read_set(Path(path))
        questions = sum(len(case.questions) for case in cases)
        words = OWN.format(questions=questions, scans=len(cases))
        return {
            self.cases: cases,
            self.work.notice: told(words),
            self.result: NOTHING,
            self.export: gr.DownloadButton(visible=False),
            **self.work.found(""),
        }

    def ask(
        self, count: float | None, own: Sequence[Case] | None, request: gr.Request
    ) -> Iterator[Updates]:  # fmt: skip
        """Ask every question in every condition, and show the card."""
        cases = own or phantom_cases(int(min(max(count or FIRST, FEWEST), MOST)), words=own_words)
        yield from self.work.run(request, "Opening the first scan.", partial(self._asked, cases))

    def _asked(self, cases: Sequence[Case], services: Services) -> Generator[Updates]:
        answers = []
        for done, found in enumerate(asked_in_turn(ModelReader(services), cases), start=1):
            answers.append(found)
            doing = DOING.format(done=done, of=len(cases))
            yield {self.work.notice: busy(doing, done / len(cases))}
        card = grounding_card(list(chain(*answers)), rng=np.random.default_rng(0))
        yield {
            self.work.notice: told(card.verdict),
            **self.work.found(f"{card.questions} questions about {card.scans} scans"),
            self.result: card_of(card),
            self.export: kept(self.export, "grounding.csv", csv_of(share_rows(card))),
        }

    def wire(self) -> None:
        """Connect the events."""
        self.work.on_start(
            self.ask, [self.count, self.cases], [self.result, self.export, *self.work.shown]
        )
        self.own.upload(
            guarded(self.take, self.work.refuse), self.own,
            [self.cases, self.result, self.export, *self.work.shown], **QUICK,
        )  # fmt: skip


def read_set(path: Path) -> list[Case]:
    """The phantoms of an uploaded set of questions, which is then removed.

    Raises:
        PromptError: it is none, or asks about too few or too many.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_SET + 1)
        if len(data) > LARGEST_SET:
            raise PromptError(NO_SET.format(why=f"it has over {LARGEST_SET // 1000} kB"))
        cases = read_phantom_cases(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise PromptError(NO_SET.format(why=NO_TEXT)) from None
    except PromptError as error:
        raise PromptError(NO_SET.format(why=str(error).rstrip("."))) from None
    finally:
        path.unlink(missing_ok=True)
    if not 2 <= len(cases) <= MOST:
        raise PromptError(f"A set asks about 2 to {MOST} phantoms, this one about {len(cases)}.")
    return cases


def card_of(card: GroundingCard) -> str:
    """The card as a table in percent, with what it means."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{_percent(rate.value)}</td>"
        f"<td>{_percent(rate.low)} to {_percent(rate.high)}</td></tr>"
        if rate
        else f"<tr><th>{escape(name)}</th><td>-</td><td>too few questions</td></tr>"
        for name, rate in rows_of(card)
    )
    head = f"<tr><th>{card.questions} questions about {card.scans} scans</th><th>share</th>"
    return (
        f"<table class='explain-card'><thead>{head}<th>95 % interval</th></tr></thead>"
        f"<tbody>{rows}</tbody></table><p class='explain-note'>{MEANS}</p>"
    )


def share_rows(card: GroundingCard) -> list[dict[str, Any]]:
    """A row for each share with its interval; empty where too few questions were asked."""
    return [
        {"share": name}
        | ({"value": rate.value, "low": rate.low, "high": rate.high} if rate else {})
        for name, rate in rows_of(card)
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def build(switches: Switches, services: Loading[Services]) -> GroundPart:
    """Lay the part out."""
    gr.HTML(f"<p class='explain-note'>{ABOUT}</p>")
    count = gr.Slider(FEWEST, MOST, FIRST, step=1, label="Phantoms", elem_id="ground-count")
    with gr.Row():
        start = gr.Button("Ask", variant="primary", elem_id="ground-ask", min_width=120)
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="ground-stop")
        own = gr.UploadButton(
            "Own questions (.jsonl)", file_types=[".jsonl"], elem_id="ground-own", min_width=120
        )
    notice = gr.HTML(elem_id="ground-told", elem_classes="explain-notice")
    earlier = build_earlier("ground")
    result = gr.HTML(elem_id="ground-result")
    export = gr.DownloadButton("Card as CSV", visible=False, size="sm", elem_id="ground-csv")
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, earlier=earlier,
        start=start, stop=stop,
    )  # fmt: skip
    return GroundPart(
        work=work, count=count, own=own, cases=gr.State(None), result=result, export=export
    )
