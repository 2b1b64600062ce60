"""Scores tell right hits from wrong ones, and lie next to the weights of the dual encoder."""

from pathlib import Path

import numpy as np
import pytest

from med3dvlm.engine.search_scores import SEARCH_SCORES, read_search_scores
from med3dvlm.model.checkpoint import weights_digest
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.findings import KINDS
from train.data.phantoms.cache import PhantomCache
from train.evaluation.cases import PhantomCases
from train.evaluation.search_scores import (
    are_alike,
    best_by_text,
    best_by_volume,
    fit_on_phantoms,
    least_score,
)


@pytest.mark.parametrize(
    ("found", "least"),
    [
        ([(0.1, False), (0.2, False), (0.4, True), (0.6, True)], 0.3),
        ([(0.1, False), (0.5, False), (0.4, True), (0.6, True), (0.7, True)], 0.55),
        ([(0.3, True), (0.5, True)], 0.3),
        ([(0.3, False)], 1.0),
        ([], 1.0),
        ([(0.3, True), (0.5, False)], 0.3),
    ],
)
def test_the_least_score_tells_right_from_wrong(
    found: list[tuple[float, bool]], least: float
) -> None:
    assert least_score(found) == pytest.approx(least)


def test_a_kind_is_searched_with_and_without_phantoms_that_show_it() -> None:
    facts = [draw_facts(seed) for seed in range(12)]
    vectors = np.eye(12, dtype=np.float32)
    texts = np.zeros((len(KINDS) + 1, 12), np.float32)
    first = facts[0].findings[0].kind if facts[0].findings else ""
    texts[:, 0] = 0.9  # everything looks like the first phantom
    found = list(best_by_text(facts, vectors, texts, library=range(12)))
    shown = {kind for kind in KINDS if facts[0].has(kind)}
    assert first in shown or not shown
    right = sum(is_right and score == np.float32(0.9) for score, is_right in found)
    assert right == len(shown)
    assert found[-1] == (np.float32(0.9), False), "what was not taught is never right"


def test_a_phantom_is_searched_among_the_others() -> None:
    facts = [draw_facts(seed) for seed in range(6)]
    vectors = np.eye(6, dtype=np.float32)
    assert all(score == 0 for score, _ in best_by_volume(facts, vectors, library=range(6)))
    assert are_alike(facts[0], facts[0])
    assert list(best_by_volume(facts, vectors, library=[])) == []


def test_scores_lie_next_to_the_weights_they_were_fitted_for(
    random_model: Path, cases: PhantomCases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "phantoms").mkdir()
    (tmp_path / "phantoms" / "validation").symlink_to(cases.cache.folder)
    made = fit_on_phantoms(random_model, tmp_path)
    folder = random_model / "dual_encoder"
    assert read_search_scores(folder, weights_digest(folder)) == made
    assert made.cases == len(cases)
    (folder / SEARCH_SCORES).unlink()


def test_missing_phantoms_are_drawn(
    random_model: Path, cases: PhantomCases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Path] = []

    def build(folder: Path, _: object) -> PhantomCache:
        drawn.append(folder)
        folder.parent.mkdir(parents=True)
        folder.symlink_to(cases.cache.folder)
        return cases.cache

    monkeypatch.setattr(PhantomCache, "build", build)
    fit_on_phantoms(random_model, tmp_path)
    assert drawn == [tmp_path / "phantoms" / "validation"]
    (random_model / "dual_encoder" / SEARCH_SCORES).unlink()
