"""Answers to the same questions side by side, one column for each scan.

columns(shown, "the scan, mirrored"), column_rows(shown)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from med3dvlm.choices import HEADING
from med3dvlm.ui.explain.said import bars, picture

CHANGE_MEANS = (
    "It means what this change does to this model's answers; it doesn't mean that they were right "
    "before. Where the answer is the same without an image, the image may not have been used."
)


@dataclass(frozen=True, slots=True)
class Column:
    """What the model made of one scan: the probability of each option, by question.

    Attributes:
        title: names the column, in the page and in the file.
        answers: probability of each option, by question.
        picture: of the scan.
        change: what was changed, for the page.
    """

    title: str
    answers: Mapping[str, Mapping[str, float]]
    picture: bytes | None = None
    change: str = ""

    @property
    def heading(self) -> str:
        """The title, and what was changed."""
        return f"{self.title}: {self.change}" if self.change else self.title


def columns(shown: Sequence[Column], words: str) -> str:
    """Scans side by side, with the bars of every question."""
    cells = [f"<h4>{escape(one.heading)}</h4>" for one in shown]
    cells += [picture(one.picture, words) if one.picture else "<span></span>" for one in shown]
    for question in shown[0].answers:
        cells.append(f"<p class='asked'>{escape(question.split(HEADING)[0].strip())}</p>")
        cells += [bars(one.answers[question]) for one in shown]
    return (
        f"<div class='explain-columns'>{''.join(cells)}</div>"
        f"<p class='explain-note'>{CHANGE_MEANS}</p>"
    )


def column_rows(shown: Sequence[Column]) -> list[dict[str, Any]]:
    """A row for each question and option, with every probability of the columns."""
    return [
        {"question": question.split(HEADING)[0].strip(), "option": option}
        | {one.title: round(one.answers[question][option], 6) for one in shown}
        for question, options in shown[0].answers.items()
        for option in options
    ]
