"""The stored figures are those of the shipped checkpoint: its first cases are run again."""

import json
from pathlib import Path

import pytest

from med3dvlm.phantoms.splits import TEST
from train.data.phantoms.cache import PhantomCache, cache_spec
from train.evaluation.cases import PhantomCases
from train.evaluation.evaluate import SUBSET, Evaluation, evaluate, load_checkpoints
from train.evaluation.results import read_figures, read_outcomes
from train.evaluation.table import verdict

MODEL = Path(__file__).resolve().parents[3] / "assets" / "default_model"
CASES = 6


@pytest.mark.slow
def test_the_first_cases_come_out_as_stored(tmp_path: Path) -> None:
    """Rounding differs between machines and batch sizes, so one answer in fifty may turn."""
    cache = PhantomCache.build(tmp_path / "test", cache_spec(TEST.start, CASES), workers=1)
    wanted = Evaluation(count=CASES, tasks=("vqa", "report"))
    again = evaluate(load_checkpoints(MODEL), PhantomCases(cache), wanted, work=tmp_path).outcomes
    stored = read_outcomes(MODEL)[:CASES]
    assert [row["case"] for row in again] == [row["case"] for row in stored]
    marks = [
        new == old
        for ours, theirs in zip(again, stored, strict=True)
        for form in ("closed", "yes/no", "open")
        for new, old in zip(ours[form], theirs[form], strict=True)
    ]
    assert len(marks) > 60
    assert sum(marks) >= 0.98 * len(marks)
    assert sum(a["report"] == b["report"] for a, b in zip(again, stored, strict=True)) >= CASES - 1


def test_figures_and_outcomes_are_of_the_same_run() -> None:
    figures, outcomes = read_figures(MODEL), read_outcomes(MODEL)
    assert len(outcomes) == figures["cases"]
    assert figures["subset"]["cases"] == SUBSET
    hits = [row["rank"] == 1 for row in outcomes]
    assert sum(hits) / len(hits) == pytest.approx(figures["retrieval"]["text_to_volume"]["r1"])
    marks = "".join(row["open"] for row in outcomes)
    exact = [cell for name, cell in figures["open"]["exact"].items() if name != "mean"]
    right = sum(cell["seeing"] * cell["questions"] for cell in exact)
    assert marks.count("1") == pytest.approx(right)


def test_the_shipped_model_beats_blind_and_chance_in_every_task() -> None:
    figures = read_figures(MODEL)
    text, wins = verdict(figures)
    assert wins, text
    assert "DOES NOT" not in text
    assert json.loads((MODEL / "bench.json").read_text())["report"]["kinds"]


def test_the_marks_of_the_paper_are_passed_on_phantoms() -> None:
    """Floors: a retrained model that falls below them is not to be shipped."""
    figures = read_figures(MODEL)
    assert figures["retrieval"]["text_to_volume"]["r1"] >= 0.61
    assert figures["retrieval"]["ceiling_r1"] > 0.9
    assert figures["closed"]["mean"]["seeing"] >= 0.80
    for cell in figures["closed"].values():
        assert abs(cell["blind"] - cell["chance"]) <= 0.10
    assert figures["yes/no"]["mean"]["seeing"] >= 0.85
    assert figures["open"]["meteor"]["mean"]["seeing"] >= 0.368
    assert figures["report"]["seeing"]["meteor"] >= 0.364
    assert figures["report"]["seeing"]["finding_f1"] >= 0.60
