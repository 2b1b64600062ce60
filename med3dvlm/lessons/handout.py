"""A lesson on paper: a PDF for learners with room to write, and one for the teacher with answers.

data = handout(lesson)                        # for learners
data = handout(lesson, teacher=True)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from med3dvlm.engine.report_pdf import latin
from med3dvlm.lessons.content import Lesson, Question, Step, read_words
from med3dvlm.lessons.link import Place, link_of
from med3dvlm.lessons.visit import Station

MARGIN_MM = 18
ROOM_MM, GAP_MM = 1.5, 0.8  # below a line to write on, and between blocks
GREY = (90, 90, 90)
BOX = "[  ]  "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line of text, or a paragraph that is broken into lines.

    Attributes:
        text: what it says.
        size: of its letters, in points.
        bold: in bold.
        grey: less black than others.
        after: the room below it, in mm.
    """

    text: str = field(kw_only=False)
    size: int = 10
    bold: bool = False
    grey: bool = False
    after: float = 1

    def print(self, paper: FPDF, *, dry_run: bool = False) -> float:
        """Put it below what is printed, or only measure it; returns its height in mm."""
        paper.set_font("Helvetica", "B" if self.bold else "", self.size)
        paper.set_text_color(*(GREY if self.grey else (0, 0, 0)))
        height = paper.multi_cell(
            0, self.size * 0.48, latin(self.text), new_x=XPos.LMARGIN, new_y=YPos.NEXT,
            dry_run=dry_run, output=MethodReturnValue.HEIGHT,
        )  # fmt: skip
        assert isinstance(height, float | int), "one thing was asked for"
        return height


class _Paper(FPDF):
    """A page with its purpose in the footer."""

    def footer(self) -> None:
        words = read_words()
        self.set_y(-12)
        self.set_font("Helvetica", "I", 8)
        self.set_text_color(*GREY)
        self.cell(
            0,
            6,
            latin(f"{words['not_for_care']}   {words['page'].format(n=self.page_no())}"),
            align="C",
        )


@cache  # each stop of a lesson offers it, and it bears its date
def handout(lesson: Lesson, *, teacher: bool = False) -> bytes:
    """The lesson on A4.

    Args:
        lesson: what it is about.
        teacher: with answers, hints and what to take from each step, and no room to write.
    """
    paper = _Paper(format="A4")
    paper.set_title(latin(lesson.title))
    paper.set_margin(MARGIN_MM)
    paper.add_page()
    for block in _blocks(lesson, teacher=teacher):
        _print(paper, block)
    return bytes(paper.output())


def _blocks(lesson: Lesson, *, teacher: bool) -> Iterator[list[_Line]]:
    """What a page's end must not part, one after the other."""
    words = read_words()
    yield _head(lesson, teacher=teacher)
    yield from _quiz(lesson, words["quiz_before"], teacher=teacher)
    for number in range(len(lesson.steps)):
        yield _step(lesson, number, teacher=teacher)
    if not teacher:
        yield from _quiz(lesson, words["quiz_after"], teacher=False)
        yield [_Line(words["scores"].replace("...", 6 * "_"), size=12)]


def _head(lesson: Lesson, *, teacher: bool) -> list[_Line]:
    words = read_words()
    reader = words["for_teacher" if teacher else "for_learner"]
    own = _Line(lesson.teacher, bold=True) if teacher else _Line(f"{words['own_name']} {30 * '_'}")
    return [
        _Line(f"{words['lesson']} {lesson.number}: {lesson.title}", size=17, bold=True),
        _Line(words["minutes"].format(reader=reader, minutes=lesson.minutes), grey=True),
        _Line(lesson.goal),
        own,
    ]


def _quiz(lesson: Lesson, when: str, *, teacher: bool) -> Iterator[list[_Line]]:
    for number, question in enumerate(lesson.quiz):
        heading = [] if number else [_Line(when, size=12, bold=True)]
        options = [_Line(option) for option in _options(question, teacher=teacher)]
        why = [_Line(question.why, grey=True)] if teacher else []
        yield [*heading, _Line(question.ask), *options, *why]


def _options(question: Question, *, teacher: bool) -> list[str]:
    return [
        ("[x]  " if teacher and n == question.answer else BOX) + option
        for n, option in enumerate(question.options)
    ]


def _step(lesson: Lesson, number: int, *, teacher: bool) -> list[_Line]:
    words, step = read_words(), lesson.steps[number]
    rounds = f" ({words['times'].format(n=lesson.rounds)})" if lesson.rounds > 1 else ""
    unit = f" ({step.unit})" if step.unit else ""
    lines = [
        _Line(words["paper_step"].format(n=number + 1, title=step.title), size=12, bold=True),
        _Line(step.text),
        _Line(step.ask + unit + rounds, bold=True),
        *(_Line(BOX + option) for option in step.options),
    ]
    if teacher:
        station = Station("step", number)
        link = link_of(Place(lesson=lesson.number, station=station, seed=lesson.seed))
        address = words["address"].format(link=link)
        return [*lines, _Line(step.learn, grey=True), _Line(address, grey=True)]
    return [*lines, *_room(lesson, step)]


def _room(lesson: Lesson, step: Step) -> Iterator[_Line]:
    """Room to write, once for each round; what is chosen is ticked in its box."""
    words, blank = read_words(), 20 * "_"
    said = words["i_point" if step.kind.prediction == "click" else "i_predict"]
    predicted = "" if step.options else f"{said} {blank}   "
    for number in range(lesson.rounds):
        counted = f"{number + 1}.  " if lesson.rounds > 1 else ""
        yield _Line(f"{counted}{predicted}{words['came_out']} {blank}", after=ROOM_MM)


def _print(paper: FPDF, block: Sequence[_Line]) -> None:
    """The lines of a block, on a page of their own if this one has too little room for all."""
    height = sum(line.print(paper, dry_run=True) + line.after for line in block)
    if paper.will_page_break(height):
        paper.add_page()
    for line in block:
        line.print(paper)
        paper.ln(line.after)
    paper.ln(GAP_MM)
