"""Scores of answers that are known."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from med3dvlm.metrics.meteor import open_meteor
from med3dvlm.metrics.resampling import Resamples
from med3dvlm.phantoms import questions
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.questions import QUESTION_TYPES, Question
from train.evaluation.calibration import score_calibration
from train.evaluation.cases import said_facts
from train.evaluation.cells import Answered, Cells, Figures
from train.evaluation.record import Said
from train.evaluation.vqa import (
    names_letter,
    names_letter_anywhere,
    names_option,
    score_options,
    score_vqa,
)

CASES = 30


def scores(seeing: Callable[[Question], str], blind: str = "") -> Figures:
    asked = [
        Answered(row, question, Said(seeing(question), blind))
        for row in range(CASES)
        for question in questions.ask(draw_facts(row), np.random.default_rng(row))
    ]
    cells = Cells(Resamples(cases=CASES, rng=np.random.default_rng(0), resamples=200))
    return score_vqa(asked, cells, open_meteor())


def test_right_answers_score_one_and_empty_ones_zero() -> None:
    figures = scores(lambda question: question.answer)
    for form in ("closed", "closed by words", "closed lenient", "yes/no"):
        cell = figures[form]["mean"]
        assert (cell["seeing"], cell["low"], cell["high"], cell["blind"]) == (1, 1, 1, 0)
    assert figures["open"]["exact"]["mean"]["seeing"] == 1
    assert figures["open"]["meteor"]["mean"]["seeing"] > 0.4
    assert figures["open"]["rouge_1"]["mean"]["seeing"] == 1


def test_the_right_letter_with_other_words_is_right_and_words_alone_are_not() -> None:
    assert scores(lambda question: question.letter + ".")["closed"]["mean"]["seeing"] == 1
    other = scores(lambda q: next(f"{x}. " for x in "ABCD" if x != q.letter) + q.answer[3:])
    assert other["closed"]["mean"]["seeing"] == 0
    assert other["closed by words"]["mean"]["seeing"] == 1


def test_an_option_is_right_with_its_letter_and_its_words() -> None:
    right = Question(
        kind="location", form="closed", question="Where is the cyst?", answer="B. left kidney",
        options=("right kidney", "left kidney"),
    )  # fmt: skip
    said = ("B. left kidney", "B. right kidney", "A. left kidney", "A. right kidney")
    taken = [Answered(row, right, Said(text, said[0])) for row, text in enumerate(said)]
    cells = Cells(Resamples(cases=len(said), rng=np.random.default_rng(0), resamples=200))
    figures = score_options(taken, cells)["closed by options"]
    assert set(figures) == {"location"}, "one type of question has no mean"
    cell = figures["location"]
    assert (cell["seeing"], cell["blind"], cell["chance"]) == (0.25, 1, 0.5)
    assert score_options([], cells) == {}


def test_naming_all_letters_wins_leniently_alone() -> None:
    figures = scores(lambda question: "The options are A. B. C. D.")
    assert figures["closed lenient"]["mean"]["seeing"] == 1
    assert figures["closed"]["mean"]["seeing"] == 0


def test_always_yes_is_worth_a_half() -> None:
    cells = scores(lambda _: "Yes")["yes/no"]
    asked = [q for row in range(CASES)
             for q in questions.ask(draw_facts(row), np.random.default_rng(row))
             if q.form == "yes/no"]  # fmt: skip
    share = np.mean([question.answer == "Yes" for question in asked])
    total = sum(cells[kind]["seeing"] * cells[kind]["questions"] for kind in QUESTION_TYPES)
    assert total / len(asked) == pytest.approx(share)


def test_closed_answer_by_words_looks_past_the_letter() -> None:
    question = Question(
        kind="plane", form="closed", question="Which plane?", answer="B. axial",
        options=("coronal", "axial", "sagittal"),
    )  # fmt: skip
    assert [names_option(question, said) for said in ("A. axial", "B. Axial.", "B. coronal", "B")
            ] == [1, 1, 0, 0]  # fmt: skip
    assert names_letter(question, "B) axial")
    assert not names_letter_anywhere(question, "B) axial")
    assert names_letter_anywhere(question, "It is B. axial")


def test_reports_that_say_the_same_cannot_be_told_apart() -> None:
    facts = draw_facts(4)
    assert said_facts(replace(facts, seed=5)) == said_facts(facts)
    assert said_facts(replace(facts, findings=())) != said_facts(facts)
    pelvis = next(f for f in map(draw_facts, range(99)) if f.acquisition.region == "pelvis")
    assert said_facts(replace(pelvis, scoliosis="severe")) == said_facts(pelvis)


def test_calibration_worked_by_hand() -> None:
    """Two questions at 0.9 and 0.6: one right, one wrong; errors 0.1 and 0.6, half each."""
    question = Question(kind="plane", form="closed", question="?", answer="A. axial",
                        options=("axial", "coronal"))  # fmt: skip
    opened = replace(question, form="open", options=())
    found = score_calibration([[question, opened], [question]], [[[0.9, 0.1]], [[0.4, 0.6]]])
    assert (found["cases"], found["questions"]) == (2, 2)
    assert found["expected_calibration_error"] == pytest.approx(0.35)
    assert found["accuracy"] == 0.5
    assert score_calibration([], []) == {}
