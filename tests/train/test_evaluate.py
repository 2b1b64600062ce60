"""PhantomBench on a handful of cases, and its scores on answers that are known."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.model.checkpoint import load_dual_encoder, load_vlm
from med3dvlm.phantoms import questions
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.questions import QUESTION_TYPES, Question
from tests.engine_maker import GRID
from tests.train.conftest import SPEC
from train import evaluate
from train.evaluate import (
    Asked,
    Figures,
    bench,
    closed,
    names_option,
    open_answers,
    said_facts,
    table,
    yes_no,
)
from train.phantom_cache import PhantomCache

COUNT = 4


def asked(seeing: Callable[[Question], str], blind: str = "") -> list[Asked]:
    return [
        Asked(seed, question, seeing(question), blind)
        for seed in range(30)
        for question in questions.ask(draw_facts(seed), np.random.default_rng(seed))
    ]


@pytest.fixture(scope="module")
def figures(random_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Figures:
    spec = replace(SPEC, first=50, count=COUNT, grid=GRID, cells=(4, 8, 8))
    cache = PhantomCache.build(tmp_path_factory.mktemp("test"), spec, workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "SHORT", 6)
        patch.setattr(evaluate, "LONG", 12)
        return bench(
            load_vlm(random_model / "vlm"),
            load_dual_encoder(random_model / "dual_encoder"),
            cache,
            count=COUNT,
        )


def test_the_bench_has_the_four_tasks_in_plain_json(figures: Figures) -> None:
    assert {"retrieval", "closed", "yes/no", "open", "report"} <= set(figures)
    assert (figures["cases"], figures["first_seed"]) == (COUNT, 50)
    assert json.loads(json.dumps(figures)) == figures
    for task in ("closed", "yes/no"):
        assert {"plane", "abnormality", "mean"} <= set(figures[task]) <= {*QUESTION_TYPES, "mean"}


def test_noise_is_scored_as_noise_and_chance_stands_beside_it(figures: Figures) -> None:
    assert figures["retrieval"]["ceiling_r1"] == 1
    assert figures["retrieval"]["text_to_volume"]["chance_r1"] == pytest.approx(1 / COUNT)
    assert figures["closed"]["plane"]["chance"] == pytest.approx(1 / 3)
    assert figures["closed"]["plane"]["questions"] == COUNT
    assert figures["yes/no"]["mean"]["chance"] == 0.5
    assert figures["report"]["seeing"]["finding_f1"] == 0


def test_the_table_has_a_row_for_every_figure_in_percent(figures: Figures) -> None:
    lines = table(figures).splitlines()
    assert lines[0] == "| task (4 test phantoms) | model | image-blind | chance |"
    assert all(line.count("|") == 5 for line in lines)
    assert "| closed question by letter, plane: accuracy |" in table(figures)
    assert "| 33.3 |" in next(line for line in lines if "plane: accuracy" in line)


def test_right_answers_score_one_and_empty_ones_zero() -> None:
    items = asked(lambda question: question.answer)
    for figures in (closed(items), yes_no(items)):
        assert figures["mean"]["seeing"] == 1
        assert figures["mean"]["blind"] == 0
    opened = open_answers(items, evaluate.open_meteor())
    assert opened["mean"]["exact"] == {"seeing": 1, "blind": 0}
    assert opened["mean"]["meteor"]["seeing"] > 0.4


def test_the_right_letter_with_other_words_is_right_and_words_alone_are_not() -> None:
    letter = closed(asked(lambda question: question.letter + "."))
    assert letter["mean"]["seeing"] == 1
    wrong = closed(asked(lambda q: next(f"{x}. " for x in "ABCD" if x != q.letter) + q.answer[3:]))
    assert wrong["mean"]["seeing"] == 0


def test_always_yes_is_worth_a_half() -> None:
    items = [item for item in asked(lambda _: "Yes") if item.question.form == "yes/no"]
    share = np.mean([item.question.answer == "Yes" for item in items])
    scores = yes_no(items)
    total = sum(scores[kind]["seeing"] * scores[kind]["questions"] for kind in QUESTION_TYPES)
    assert total / len(items) == pytest.approx(share)


def test_reports_that_say_the_same_cannot_be_told_apart() -> None:
    facts = draw_facts(4)
    assert said_facts(replace(facts, seed=5)) == said_facts(facts)
    assert said_facts(replace(facts, findings=())) != said_facts(facts)
    pelvis = next(f for f in map(draw_facts, range(99)) if f.acquisition.region == "pelvis")
    assert said_facts(replace(pelvis, scoliosis="severe")) == said_facts(pelvis)


def test_closed_answer_by_words_looks_past_the_letter() -> None:
    question = Question(
        kind="plane", form="closed", question="Which plane?", answer="B. axial",
        options=("coronal", "axial", "sagittal"),
    )  # fmt: skip
    assert names_option(question, "A. axial")
    assert names_option(question, "B. Axial.")
    assert not names_option(question, "B. coronal")
    assert not names_option(question, "B")
