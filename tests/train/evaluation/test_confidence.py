"""Temperatures are those that fit, and the shipped model's confidence can be believed."""

from pathlib import Path

import numpy as np
import pytest

from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.engine.calibration import CALIBRATION, softmax
from med3dvlm.engine.familiarity import fitted, read_statistics, write_statistics
from med3dvlm.errors import TrainingError
from med3dvlm.model.checkpoint import load_vlm
from med3dvlm.phantoms.questions import Question
from med3dvlm.phantoms.splits import TEST
from train.data.phantoms.cache import PhantomCache, cache_spec
from train.evaluation.calibration import (
    TEMPERATURES,
    ScoredQuestion,
    figures_of,
    fitted_temperature,
)
from train.evaluation.confidence import (
    CLOSING,
    OPENING,
    confidence_figures,
    confidence_lines,
    rewrite_card,
)
from train.evaluation.familiarity import familiarity_figures

ANY = Question(kind="plane", form="closed", question="?", answer="A. x", options=("x", "y"))


def scored(sharpness: float, count: int = 4000) -> list[ScoredQuestion]:
    """Questions whose right options were drawn from known probabilities, told too sharply."""
    rng = np.random.default_rng(0)
    items = []
    for _ in range(count):
        logits = rng.normal(size=4)
        right = int(rng.choice(4, p=softmax(logits, 1)))
        items.append(ScoredQuestion(ANY, logits * sharpness, right, lettered=True))
    return items


@pytest.mark.parametrize("sharpness", [0.3, 1.0, 2.5])
def test_the_temperature_undoes_the_sharpness(sharpness: float) -> None:
    items = scored(sharpness)
    assert fitted_temperature(items) == pytest.approx(sharpness, rel=0.1)


def test_all_temperatures_at_once_are_as_good_as_one_by_one() -> None:
    items = scored(2.5, count=60)
    losses = [
        -sum(np.log(softmax(item.scores, t)[item.right] + 1e-12) for item in items)
        for t in TEMPERATURES
    ]
    assert fitted_temperature(items) == TEMPERATURES[int(np.argmin(losses))]


def test_no_question_no_temperature() -> None:
    assert fitted_temperature([]) == 1


def test_figures_by_hand() -> None:
    scores = np.log([0.9, 0.1])
    items = [ScoredQuestion(ANY, scores, right, lettered=True) for right in (0, 0, 1)]
    found = figures_of(items, None)
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["ece"] == pytest.approx(0.9 - 2 / 3)
    assert found["brier"] == pytest.approx((2 * 0.02 + 1.62) / 3)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> PhantomCache:
    folder = tmp_path_factory.mktemp("test phantoms")
    return PhantomCache.build(folder, cache_spec(TEST.start, 8), workers=1)


@pytest.mark.slow
def test_the_shipped_model_is_calibrated(few: PhantomCache) -> None:
    """On few phantoms; `python -m train confidence` does it on 50."""
    figures = confidence_figures(DEFAULT_MODEL / "vlm", few, count=8)
    closed = figures["calibration"]["closed"]
    assert closed["questions"] > 25
    assert closed["after"]["accuracy"] > 0.75
    assert closed["after"]["ece"] < 0.2
    assert figures["familiarity"]["phantoms_outside"] <= 1 / 8


@pytest.mark.slow
def test_real_scans_are_outside_for_the_shipped_model(
    few: PhantomCache, volumes_folder: Path
) -> None:
    vlm = load_vlm(DEFAULT_MODEL / "vlm")
    statistics = read_statistics(DEFAULT_MODEL / "vlm", vlm.digest)
    assert statistics is not None
    found = familiarity_figures(vlm, statistics, few, 8, volumes_folder / "totalseg-ct")
    assert found["scans_outside"] == 1
    assert found["auroc"] > 0.95


def test_what_was_not_fitted_is_not_measured(random_model: Path, few: PhantomCache) -> None:
    with pytest.raises(TrainingError, match="no calibration: run `train calibrate` first"):
        confidence_figures(random_model / "vlm", few, count=1)


def test_the_card_keeps_its_other_lines(tmp_path: Path, random_model: Path) -> None:
    folder = tmp_path / "vlm"
    folder.mkdir()
    for path in (random_model / "vlm").iterdir():
        (folder / path.name).symlink_to(path)
    digest = load_vlm(folder).digest
    rows = np.ones((3, 2))
    write_statistics(folder, fitted(rows, rows), weights=digest)
    (folder / CALIBRATION).write_text(
        f'{{"weights": "{digest}", "lettered": 2.5, "worded": 1.25, "cases": 7, '
        '"ece_before": 0.05, "ece_after": 0.01}'
    )
    card = tmp_path / "README.md"
    card.write_text("# Card\n\nBefore.\n")
    rewrite_card(tmp_path)
    once = card.read_text()
    assert once.startswith("# Card\n\nBefore.\n")
    assert "2.50 with letters, 1.25 in words" in once
    assert "5.0 points before, 1.0 points after" in once
    card.write_text(once + "\nAfter.\n")
    rewrite_card(tmp_path)
    assert card.read_text() == once + "\nAfter.\n"
    assert card.read_text().count(OPENING) == card.read_text().count(CLOSING) == 1


def test_the_shipped_card_tells_what_was_measured_of_the_shipped_weights() -> None:
    """The figures once belonged to earlier weights, so the card told none of them."""
    lines = confidence_lines(DEFAULT_MODEL / "vlm")
    assert "\n".join(lines) in (DEFAULT_MODEL / "README.md").read_text()
    assert any("test phantoms, options scored" in line for line in lines)
