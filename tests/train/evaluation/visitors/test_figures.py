"""Figures of the measure, from models whose answers are known."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from med3dvlm.phantoms.facts import Facts, draw_facts
from train.evaluation.visitors.asking import Answered, VisitorCases
from train.evaluation.visitors.figures import Figures, visitor_figures, visitor_table
from train.evaluation.visitors.questions import Asked, draw_questions
from train.evaluation.visitors.search import Query
from train.evaluation.visitors.truth import judged, wanted_kinds

CASES = VisitorCases(split="test", count=40)
QUERIES = [
    Query("gallstone", "gallstone", "own", 1.0, 0.1),
    Query("gallstone", "gall stone", "lay", 0.5, 0.1),
    Query("ascites", "water in the belly", "lay", 0.0, 0.3),
]


def figures(say: Callable[[Asked, Facts], str]) -> Figures:
    answers = []
    for row in range(CASES.count):
        facts = draw_facts(row)
        for asked in draw_questions(facts, np.random.default_rng(row), split="test"):
            said = say(asked, facts)
            answers.append(Answered(row, asked, said, judged(asked.wish, facts, said)))
    return visitor_figures(answers, QUERIES, CASES)


def truthful(asked: Asked, facts: Facts) -> str:
    """A model that knows which kind of answer fits, and whether a finding is there."""
    refusals = {
        "not in scan": "That part is not in this scan.",
        "not taught": "I was not taught that: I can be asked about findings.",
        "small talk": "Hello. I am a small model; I can be asked about findings.",
    }
    wanted = wanted_kinds(asked.wish, facts)[0]
    return refusals.get(wanted, "Yes" if facts.has(asked.wish.kind) else "No")


def test_a_model_that_knows_scores_one_and_one_that_says_axial_nothing() -> None:
    good, bad = figures(truthful), figures(lambda asked, facts: "Axial")
    for cells in good["yes/no"].values():
        for cell in cells.values():
            assert (cell["share"], cell["low"], cell["yes or no"]) == (1, 1, 1)
    for kind in ("not in scan", "not taught", "small talk"):
        assert good["kinds"][kind]["share"] == 1
        assert bad["kinds"][kind]["share"] == 0
        assert bad["kinds"][kind]["said"] == {"answer": bad["kinds"][kind]["questions"]}
    assert all(cell["share"] == 0 for cells in bad["yes/no"].values() for cell in cells.values())


def test_a_model_that_refuses_everything_is_right_only_where_that_is_wanted() -> None:
    found = figures(lambda asked, facts: "I was not taught that.")["kinds"]
    assert (found["not taught"]["share"], found["answer"]["share"]) == (1, 0)
    assert found["all"]["low"] < found["all"]["share"] < found["all"]["high"]


def test_search_figures_worked_by_hand() -> None:
    found = figures(truthful)["search"]
    assert found["own"]["share"] == 1
    assert (found["lay"]["share"], found["lay"]["questions"]) == (0.25, 2)
    assert found["lay"]["chance"] == pytest.approx(0.2)
    assert found["lay"]["low"] == 0
    assert "radiological" not in found


def test_the_table_has_a_line_for_every_figure() -> None:
    made = visitor_table(figures(truthful))
    assert "| yes/no, lay words, other frames (100 % say yes or no) | 100.0 |" in made
    assert "| search, lay words, first 10 (chance 20.0) | 25.0 |" in made
    assert "right kind of answer: not in scan | 100.0" in made


def test_cases_are_of_validation_or_test() -> None:
    assert replace(CASES, split="validation").seeds.start != CASES.seeds.start
    with pytest.raises(Exception, match="validation or test"):
        replace(CASES, split="training")
