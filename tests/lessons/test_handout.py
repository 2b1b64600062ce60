"""Lessons on paper: they print, say in what unit to predict, and no page's end parts a question."""

from dataclasses import replace

import pytest
from fpdf import FPDF

from med3dvlm.lessons.content import Lesson, read_lessons
from med3dvlm.lessons.handout import BOX, _blocks, _Line, handout

Printed = list[tuple[int, str]]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Printed:
    """What is printed on which page from now on."""
    found: Printed = []
    whole = _Line.print

    def noted(line: _Line, paper: FPDF, *, dry_run: bool = False) -> float:
        if not dry_run:
            found.append((paper.page_no(), line.text))
        return whole(line, paper, dry_run=dry_run)

    monkeypatch.setattr(_Line, "print", noted)
    return found


def unprinted(lesson: Lesson) -> Lesson:
    """A handout is made once for each lesson."""
    return replace(lesson, title=f"{lesson.title}, not printed before")


@pytest.mark.parametrize("teacher", [False, True])
def test_every_lesson_prints(teacher: bool) -> None:
    for lesson in read_lessons():
        data = handout(lesson, teacher=teacher)
        assert data.startswith(b"%PDF")
        assert 1 <= data.count(b"/Type /Page\n") <= 4


def test_a_handout_says_in_which_unit_to_predict(printed: Printed) -> None:
    """The page did; on paper nothing said what a number was of."""
    handout(unprinted(read_lessons()[3]))
    asked = "At which diameter does the model begin to say yes? (mm)"
    assert asked in [text for _, text in printed]


@pytest.mark.parametrize("teacher", [False, True])
def test_a_page_ends_between_questions(printed: Printed, teacher: bool) -> None:
    """Options stood on the page after their question."""
    most = 0
    for lesson in read_lessons():
        printed.clear()
        handout(unprinted(lesson), teacher=teacher)
        pages = iter(printed)
        for block in _blocks(lesson, teacher=teacher):
            assert len({next(pages)[0] for _ in block}) == 1, block
        most = max(most, printed[-1][0])
    assert most > 1, "what is on one page has nothing to part"


def test_there_is_room_to_write_for_each_round(printed: Printed) -> None:
    """The game has ten; one line was printed. Who ticks a box need not write it down again."""
    handout(unprinted(read_lessons()[6]))
    assert sum("I point at:" in text for _, text in printed) == 10
    printed.clear()
    handout(unprinted(read_lessons()[4]))
    assert not any("I predict:" in text for _, text in printed)


def test_a_question_and_its_options_are_one_block() -> None:
    for lesson in read_lessons():
        blocks = [[line.text for line in block] for block in _blocks(lesson, teacher=False)]
        for asked in (*lesson.quiz, *lesson.steps):
            options = [BOX + option for option in asked.options]
            found = [block for block in blocks if any(text.startswith(asked.ask) for text in block)]
            assert found
            assert all(set(options) <= set(block) for block in found)
