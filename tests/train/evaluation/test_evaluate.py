"""Evaluation on a handful of cases: the tasks, going on after a stop, and sameness."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from med3dvlm.choices import lettered
from med3dvlm.errors import TrainingError
from med3dvlm.phantoms.questions import QUESTION_TYPES
from tests.train.evaluation.conftest import COUNT
from train.evaluation import evaluate as module
from train.evaluation.cases import PhantomCases
from train.evaluation.evaluate import Checkpoints, Evaluation, Result, evaluate, load_checkpoints
from train.evaluation.plots import draw_figures
from train.evaluation.record import about_places
from train.evaluation.results import (
    compare,
    read_figures,
    read_outcomes,
    renew_result,
    write_result,
)
from train.evaluation.table import kinds_table, table, verdict

Made = tuple[Result, Path]


def test_all_tasks_are_there_in_plain_json(made: Made) -> None:
    figures = made[0].figures
    assert {"retrieval", "closed", "yes/no", "open", "report", "calibration"} <= set(figures)
    assert (figures["cases"], figures["of"], figures["first"]) == (COUNT, "test phantoms", "50")
    assert json.loads(json.dumps(figures)) == figures
    for task in ("closed", "yes/no"):
        assert {"plane", "abnormality", "mean"} <= set(figures[task]) <= {*QUESTION_TYPES, "mean"}


def test_noise_is_scored_as_noise_and_chance_stands_beside_it(made: Made) -> None:
    figures = made[0].figures
    assert figures["retrieval"]["ceiling_r1"] == 1
    assert figures["retrieval"]["text_to_volume"]["chance_r1"] == pytest.approx(1 / COUNT)
    assert figures["closed"]["plane"]["chance"] == pytest.approx(1 / 3)
    assert figures["closed"]["plane"]["questions"] == COUNT
    assert figures["yes/no"]["mean"]["chance"] == 0.5
    assert figures["report"]["seeing"]["finding_f1"] == 0
    assert not verdict(figures)[1], "noise beats nobody"


def test_every_interval_holds_its_figure(made: Made) -> None:
    figures = made[0].figures
    cells = [cell for form in ("closed", "yes/no") for cell in figures[form].values()]
    cells += list(figures["open"]["meteor"].values())
    assert all(cell["low"] <= cell["seeing"] <= cell["high"] for cell in cells)


def test_the_table_has_a_row_for_every_figure_in_percent(made: Made) -> None:
    text = table(made[0].figures)
    lines = text.splitlines()
    assert lines[0].startswith(f"| task ({COUNT} test phantoms) | model | 95 % interval |")
    assert {line.count("|") for line in lines} == {6}
    assert "| 33.3 |" in next(line for line in lines if "letter, plane: accuracy" in line)
    for metric in ("BLEU-1", "BLEU-4", "ROUGE-1", "ROUGE-L", "METEOR", "findings with place"):
        assert any(line.startswith(f"| report: {metric}") for line in lines)
    assert kinds_table(made[0].figures).count("\n") >= 3


def test_the_figures_are_drawn(made: Made, tmp_path: Path) -> None:
    path = draw_figures(made[0].figures, tmp_path)
    with Image.open(path) as picture:
        assert picture.width > picture.height > 200
    alone = {k: v for k, v in made[0].figures.items() if k not in {"report", "calibration"}}
    with Image.open(draw_figures(alone, tmp_path)) as picture:
        assert picture.width < 600, "a task that was not run takes no room"


def test_every_case_has_its_outcome(made: Made, cases: PhantomCases) -> None:
    rows = made[0].outcomes
    assert [row["case"] for row in rows] == [cases.key(i) for i in range(COUNT)]
    for number, row in enumerate(rows):
        asked = [q.form for q in cases.questions(number)]
        assert {form: len(row[form]) for form in ("closed", "open", "yes/no")} == {
            form: asked.count(form) for form in ("closed", "open", "yes/no")
        }
        assert 1 <= row["rank"] <= COUNT


def test_a_stopped_run_goes_on_and_a_finished_one_asks_nothing(
    made: Made,
    model: Checkpoints,
    cases: PhantomCases,
    brief: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result, work = made
    (part,) = work.glob("answers-*/vqa-000002.json")
    part.unlink()
    assert evaluate(model, cases, Evaluation(count=COUNT), work=work) == result
    monkeypatch.setattr("train.evaluation.batch_speaker.answer_all", None)
    assert evaluate(model, cases, Evaluation(count=COUNT), work=work) == result


def test_fewer_cases_from_nothing_are_the_same_cases(
    made: Made, model: Checkpoints, cases: PhantomCases, brief: None, tmp_path: Path
) -> None:
    """The rule of the shipped figures: a part run again gives what is stored."""
    few = evaluate(model, cases, Evaluation(count=3), work=tmp_path / "said")
    write_result(made[0], tmp_path)
    stored = read_figures(tmp_path), read_outcomes(tmp_path)
    assert compare(few, *stored) == []
    assert compare(made[0], *stored) == []
    few.outcomes[1]["open"] = "9" + few.outcomes[1]["open"]
    assert compare(few, *stored) == [
        f"case 51: open is {few.outcomes[1]['open']!r}, stored {stored[1][1]['open']!r}"
    ]


def test_a_stored_subset_is_compared_figure_by_figure(
    model: Checkpoints,
    cases: PhantomCases,
    brief: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for place in (module, "train.evaluation.results"):
        monkeypatch.setattr(f"{getattr(place, '__name__', place)}.SUBSET", 2)
    wanted = Evaluation(count=4, tasks=("retrieval", "vqa"))
    whole = evaluate(model, cases, wanted, work=tmp_path)
    few = evaluate(model, cases, Evaluation(count=2, tasks=wanted.tasks), work=tmp_path)
    assert compare(few, whole.figures, whole.outcomes) == []
    whole.figures["subset"]["retrieval"]["ceiling_r1"] = 0.5
    assert compare(few, whole.figures, whole.outcomes) == [
        "retrieval: the figures differ from the stored ones"
    ]


def test_options_are_taken_as_the_page_takes_them(made: Made, cases: PhantomCases) -> None:
    """Whole options are scored, so that the answer is always one of them."""
    asked = [q for row in range(COUNT) for q in about_places(cases.questions(row))]
    (folder,) = made[1].glob("choices-*")
    parts = [json.loads(path.read_text())["said"] for path in sorted(folder.glob("options-*"))]
    taken = [pair for part in parts for case in part for pair in case]
    assert len(taken) == len(asked) > 0
    for question, (seeing, blind) in zip(asked, taken, strict=True):
        assert {seeing, blind} <= set(lettered(question.options))
    assert made[0].figures["closed by options"]["location"]["questions"] == len(asked)
    marks = "".join(row.get("options", "") for row in made[0].outcomes)
    assert len(marks) == len(asked)


def test_some_tasks_are_renewed_and_the_others_stay(
    made: Made, model: Checkpoints, cases: PhantomCases, brief: None, tmp_path: Path
) -> None:
    result = made[0]
    figures = {k: v for k, v in result.figures.items() if k != "closed by options"}
    rows = [{k: v for k, v in row.items() if k != "options"} for row in result.outcomes]
    write_result(Result({**figures, "open": "as it was"}, rows), tmp_path)
    wanted = Evaluation(count=COUNT, tasks=("options",))
    renew_result(evaluate(model, cases, wanted, work=made[1]), tmp_path)
    stored = read_figures(tmp_path)
    assert stored["closed by options"] == result.figures["closed by options"]
    assert stored["open"] == "as it was"
    assert read_outcomes(tmp_path) == result.outcomes
    few = evaluate(model, cases, replace(wanted, count=2), work=made[1])
    with pytest.raises(TrainingError, match="about 5 cases, this run about 2"):
        renew_result(few, tmp_path)


def test_said_of_other_cases_is_not_taken(
    made: Made,
    model: Checkpoints,
    cases: PhantomCases,
    brief: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("train.evaluation.cases.QUESTIONS_STREAM", 12)
    with pytest.raises(TrainingError, match="other cases or questions"):
        evaluate(model, cases, Evaluation(count=COUNT, tasks=("vqa",)), work=made[1])


def test_what_can_not_be_evaluated_is_refused(
    model: Checkpoints, cases: PhantomCases, random_model: Path, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="unknown tasks"):
        Evaluation(count=1, tasks=("grading",))
    with pytest.raises(TrainingError, match="must be positive"):
        Evaluation(count=0)
    with pytest.raises(TrainingError, match=f"there are {COUNT}"):
        evaluate(model, cases, Evaluation(count=COUNT + 1), work=tmp_path)
    vlm_alone = load_checkpoints(random_model / "vlm")
    with pytest.raises(TrainingError, match="needs a dual encoder"):
        evaluate(vlm_alone, cases, Evaluation(count=1, tasks=("retrieval",)), work=tmp_path)
    with pytest.raises(TrainingError, match="need a VLM"):
        evaluate(
            replace(model, vlm=None), cases, Evaluation(count=1, tasks=("vqa",)),
            work=tmp_path,
        )  # fmt: skip
    with pytest.raises(TrainingError, match="evaluate writes it"):
        read_figures(tmp_path)
