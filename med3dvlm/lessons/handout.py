"""A lesson on paper: a PDF for learners with room to write, and one for the teacher with answers.

data = handout(lesson)                        # for learners
data = handout(lesson, teacher=True)
"""

from functools import cache

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from med3dvlm.engine.report_pdf import latin
from med3dvlm.lessons.content import Lesson, Question, Step, read_words
from med3dvlm.lessons.link import Place, link_of
from med3dvlm.lessons.visit import stations_of

MARGIN_MM, LINE_MM = 18, 9
GREY = (90, 90, 90)
BOX = "[  ]  "


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
    words, paper = read_words(), _Paper(format="A4")
    paper.set_title(latin(lesson.title))
    paper.set_margin(MARGIN_MM)
    paper.add_page()
    _line(paper, f"{words['lesson']} {lesson.number}: {lesson.title}", size=17, bold=True)
    reader = words["for_teacher" if teacher else "for_learner"]
    _line(paper, words["minutes"].format(reader=reader, minutes=lesson.minutes), grey=True)
    _line(paper, lesson.goal)
    if teacher:
        _line(paper, lesson.teacher, bold=True)
    else:
        _line(paper, f"{words['own_name']} {30 * '_'}")
    _quiz(paper, lesson, words["quiz_before"], teacher=teacher)
    for number, step in enumerate(lesson.steps, 1):
        _step(paper, lesson, step, number, teacher=teacher)
    if not teacher:
        _quiz(paper, lesson, words["quiz_after"], teacher=False)
    _line(paper, words["scores"].replace("...", 6 * "_"), size=12)
    return bytes(paper.output())


def _quiz(paper: FPDF, lesson: Lesson, when: str, *, teacher: bool) -> None:
    if not lesson.quiz:
        return
    _line(paper, when, size=12, bold=True)
    for question in lesson.quiz:
        _line(paper, question.ask)
        for option in _options(question, teacher=teacher):
            _line(paper, option)
        if teacher:
            _line(paper, question.why, grey=True)


def _options(question: Question, *, teacher: bool) -> list[str]:
    return [
        ("[x]  " if teacher and n == question.answer else BOX) + option
        for n, option in enumerate(question.options)
    ]


def _step(paper: FPDF, lesson: Lesson, step: Step, number: int, *, teacher: bool) -> None:
    words = read_words()
    _line(paper, words["paper_step"].format(n=number, title=step.title), size=12, bold=True)
    _line(paper, step.text)
    rounds = f" ({words['times'].format(n=lesson.rounds)})" if lesson.rounds > 1 else ""
    unit = f" ({step.unit})" if step.unit else ""
    _line(paper, step.ask + unit + rounds, bold=True)
    for option in step.options:
        _line(paper, BOX + option)
    if teacher:
        _line(paper, step.learn, grey=True)
        place = 1 + [station.part for station in stations_of(lesson)].index("step") + number - 1
        link = link_of(Place(lesson=lesson.number, step=place, seed=lesson.seed))
        _line(paper, words["address"].format(link=link), grey=True)
        return
    what = words["i_point" if step.kind.prediction == "click" else "i_predict"]
    _line(paper, f"{what} {20 * '_'}   {words['came_out']} {20 * '_'}")
    paper.ln(LINE_MM / 3)


def _line(
    paper: FPDF, text: str, *, size: int = 10, bold: bool = False, grey: bool = False
) -> None:
    paper.set_font("Helvetica", "B" if bold else "", size)
    paper.set_text_color(*(GREY if grey else (0, 0, 0)))
    paper.multi_cell(0, size * 0.48, latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(1)
