"""From which similarity on a hit fits: kept next to the weights it was fitted for."""

import shutil
from pathlib import Path

import pytest

from med3dvlm.engine.engine import load_engine
from med3dvlm.engine.open_model import open_engine
from med3dvlm.engine.search_scores import (
    SEARCH_SCORES,
    SearchScores,
    read_search_scores,
    write_search_scores,
)
from med3dvlm.errors import CheckpointError, ConfigError
from med3dvlm.model.checkpoint import weights_digest

MADE = SearchScores(weights="mine", text=0.4, volume=0.6, cases=3)


def test_scores_are_read_for_the_weights_they_were_fitted_for(tmp_path: Path) -> None:
    assert read_search_scores(tmp_path, "mine") is None
    write_search_scores(tmp_path, MADE)
    assert read_search_scores(tmp_path, "mine") == MADE
    assert read_search_scores(tmp_path, "others") is None


@pytest.mark.parametrize("damage", ["{", '{"weights": "mine", "text": "high", "volume": 0}', "[]"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    (tmp_path / SEARCH_SCORES).write_text(damage)
    with pytest.raises(CheckpointError, match=SEARCH_SCORES):
        read_search_scores(tmp_path, "mine")


def test_impossible_scores_are_refused() -> None:
    with pytest.raises(ConfigError, match="volume"):
        SearchScores(weights="mine", text=0.4, volume=1.5)
    with pytest.raises(ConfigError, match="format 2"):
        SearchScores(weights="mine", text=0.4, volume=0.5, format=2)


def test_every_way_to_open_a_model_finds_its_scores(random_model: Path, tmp_path: Path) -> None:
    model = shutil.copytree(random_model, tmp_path / "model")
    assert load_engine(model).search_scores is None
    place = model / "dual_encoder"
    made = SearchScores(weights=weights_digest(place), text=0.4, volume=0.6)
    write_search_scores(place, made)
    assert load_engine(model).search_scores == made
    assert open_engine(str(model)).search_scores == made
