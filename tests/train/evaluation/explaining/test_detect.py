"""The command resumes, and its table says what was seen, what was not, and what a guess is."""

import argparse
import json
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.errors import ConfigError, TrainingError
from med3dvlm.explain.lab.detectability import Outcome, trials_of
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial, plant
from train.cli import make_parser
from train.evaluation.explaining.command import DETECTION_MARK
from train.evaluation.explaining.curves import draw_curves
from train.evaluation.explaining.detect import (
    Detector,
    detection_figures,
    measure,
    rank_correlation,
)
from train.evaluation.explaining.detection_table import detection_table, detection_text


class Fake(Detector):
    """A reader whose threshold is known."""

    def __init__(self, reader: Callable[[Trial], float], weights: str = "w") -> None:
        super().__init__(cast("Engine", None))
        self.reader, self._weights = reader, weights
        self.asked: list[Trial] = []

    @property
    def weights(self) -> str:
        return self._weights

    def probabilities(self, trials: Sequence[Trial]) -> list[float]:
        self.asked += trials
        return [self.reader(trial) for trial in trials]

    def blind(self, kind: str) -> float:
        del kind
        return 0.25

    def cell_mm(self, kind: str) -> float:
        del kind
        return 100.0


def seen_from_twenty(trial: Trial) -> float:
    return float(1 / (1 + np.exp(-(trial.size_mm - 20) / 2)))


def test_a_stopped_run_resumes(tmp_path: Path) -> None:
    trials = list(trials_of("lung nodule", seeds=range(3), steps=4))
    path = tmp_path / "new" / "outcomes.jsonl"
    first = Fake(seen_from_twenty)
    measure(first, trials[:5], path)
    path.write_text(path.read_text() + '{"weights": "w", "prob')  # cut off by the stop
    again = Fake(seen_from_twenty)
    outcomes = measure(again, trials, path)
    assert again.asked == trials[5:]
    assert [outcome.trial for outcome in outcomes] == trials
    other = Fake(seen_from_twenty, weights="other")
    measure(other, trials[:2], path)
    assert other.asked == trials[:2], "outcomes of other weights don't count"


def test_a_line_that_was_cut_off_does_not_swallow_the_next(tmp_path: Path) -> None:
    trials = list(trials_of("lung nodule", seeds=range(2), steps=3))
    path = tmp_path / "outcomes.jsonl"
    path.write_text('{"weights": "w", "prob')
    measure(Fake(seen_from_twenty), trials, path)
    again = Fake(seen_from_twenty)
    measure(again, trials, path)
    assert not again.asked


def test_the_table_and_the_picture(tmp_path: Path) -> None:
    outcomes = []
    for kind, reader in (("lung nodule", seen_from_twenty), ("hip prosthesis", lambda _: 0.1)):
        trials = trials_of(kind, seeds=range(20), steps=7)
        outcomes += [Outcome(trial, reader(trial)) for trial in trials]
    figures = detection_figures(Fake(seen_from_twenty), outcomes, {})
    nodule, hip = detection_table(figures).splitlines()[2:]
    assert nodule.startswith(
        "| lung nodule | size | 20 mm | 20 to 20 | 42 mm | 0.00 | 0.00 at 1 mm | "
        "1.00 (1.00 to 1.00) | 1.00 | 0.25 |"
    )
    assert hip.startswith("| hip prosthesis | contrast | not reached | - | 1 of its contrast |")
    assert figures["kinds"]["lung nodule"]["cell_mm"] == 100
    places = figures["kinds"]["lung nodule"]["places"]
    assert set(places) == set(KINDS["lung nodule"].places)
    assert [found["threshold"] for found in places.values()] == pytest.approx(
        [20] * len(places), abs=0.1
    )
    draw_curves(figures, tmp_path / "new" / "detect.png")
    assert (tmp_path / "new" / "detect.png").stat().st_size > 1500


def test_the_text_says_how_thresholds_go_with_reports() -> None:
    outcomes = []
    for kind, size in (("lung nodule", 8), ("renal cyst", 30), ("liver cyst", 66)):
        trials = trials_of(kind, seeds=range(6), steps=7)
        outcomes += [Outcome(trial, float(trial.size_mm > size)) for trial in trials]
    scores = {"lung nodule": 0.9, "renal cyst": 0.7, "liver cyst": 0.5}
    figures = detection_figures(Fake(seen_from_twenty), outcomes, scores)
    assert detection_text(figures).endswith("F1 of the kinds in reports: -1.00.")
    figures["kinds"]["renal cyst"]["means"] = (0.6, 0.9)
    assert detection_text(figures).endswith("yes where there is nothing: renal cyst.")


def kinds(**thresholds: float | None) -> dict[str, Any]:
    found = {"steps": (0, 40), "means": (0.1, 0.9)}
    return {"kinds": {name: found | {"threshold": t} for name, t in thresholds.items()}}


def test_rank_correlation_of_thresholds_with_scores() -> None:
    scores = {"a": 0.9, "b": 0.6, "c": 0.3, "d": 0.1}
    assert rank_correlation(kinds(a=5, b=10, c=20, d=None), scores) == pytest.approx(-1)
    assert rank_correlation(kinds(a=20, b=10, c=5), scores) == pytest.approx(1)
    assert rank_correlation(kinds(a=20, b=10), scores) is None
    assert rank_correlation(kinds(a=20, b=20, c=20), scores) is None


@pytest.mark.parametrize("threshold", [None, 1.5])
def test_a_kind_that_is_affirmed_without_a_lesion_has_no_threshold(
    threshold: float | None,
) -> None:
    """It was ranked as never detected, though the model says yes at every size.

    A fitted curve may cross one half within the steps, though the healthy are above it.
    """
    found = kinds(a=5, b=10, c=20)
    affirmed = {"threshold": threshold, "steps": (0, 40), "means": (0.57, 0.9)}
    found["kinds"] |= {"d": affirmed}
    scores = {"a": 0.9, "b": 0.6, "c": 0.3, "d": 0.7}
    assert rank_correlation(found, scores) == pytest.approx(-1)


def test_a_model_is_asked_with_and_without_the_image(random_model: Path) -> None:
    detector = Detector(load_engine(random_model))
    trial = Trial(seed=3, kind="lung nodule", place="left upper lobe", size_mm=30)
    other = replace(trial, place="right lower lobe")
    together = detector.probabilities([trial, other])
    # The fast way, several at once, gives what the engine gives for each alone.
    alone = [
        detector.engine.presence(detector.engine.encode(plant(one).ill), one.kind)
        for one in (trial, other)
    ]
    assert together == pytest.approx(alone, abs=1e-3)
    blind = detector.blind("lung nodule")
    assert blind == detector.blind("lung nodule") != together[0]
    assert 30 < detector.cell_mm("lung nodule") < 200


def run(*words: str) -> None:
    arguments: argparse.Namespace = make_parser().parse_args(["detect", *words])
    arguments.run(arguments)


def test_the_command(random_model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    model = tmp_path / "model"
    shutil.copytree(random_model, model)
    document = tmp_path / "docs" / "results.md"
    document.parent.mkdir()
    document.write_text(f"Before\n{DETECTION_MARK}\nstale\n{DETECTION_MARK}\nafter\n")
    run(
        "--model", str(model), "--kind", "lung nodule", "--kind", "gallstone", "--people", "2",
        "--steps", "3", "--out", str(tmp_path), "--record", "--into", str(document),
    )  # fmt: skip
    figures = json.loads((tmp_path / "detect.json").read_text())
    assert set(figures["kinds"]) == {"lung nodule", "gallstone"}
    assert json.loads((model / "detect.json").read_text()) == figures
    assert len((tmp_path / "outcomes.jsonl").read_text().splitlines()) == 12
    assert "| gallstone | size |" in caplog.text
    assert "too few kinds" in caplog.text
    text = document.read_text()
    assert detection_text(figures) in text
    assert "stale" not in text
    assert (tmp_path / "docs" / "images" / "detect.png").exists()


def test_contrast_is_varied_on_request(random_model: Path, tmp_path: Path) -> None:
    run(
        "--model", str(random_model), "--kind", "gallstone", "--vary", "contrast", "--people", "2",
        "--steps", "3", "--out", str(tmp_path),
    )  # fmt: skip
    found = json.loads((tmp_path / "detect.json").read_text())["kinds"]["gallstone"]
    assert (found["axis"], found["steps"]) == ("contrast", [0, 0.5, 1])


def test_too_few_people_for_a_curve_are_refused(random_model: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="at least 2 people and 3 steps"):
        run("--model", str(random_model), "--people", "1", "--out", str(tmp_path))


def test_an_unknown_kind_is_named(random_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="broken heart"):
        run("--model", str(random_model), "--kind", "broken heart", "--out", str(tmp_path))
