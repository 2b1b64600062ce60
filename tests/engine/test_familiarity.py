"""Usual volumes are inside, others outside, and only where it was measured for these weights."""

from pathlib import Path

import numpy as np
import pytest

from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.familiarity import (
    STATISTICS,
    Statistics,
    fitted,
    pooled,
    read_statistics,
    write_statistics,
)
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.fitted import Fitted
from med3dvlm.errors import CheckpointError
from med3dvlm.model.checkpoint import load_vlm

LOW, HIGH = 3, 2


def draw(rng: np.random.Generator, count: int) -> np.ndarray:
    """Features of which one is nearly the sum of two others."""
    rows = rng.normal(size=(count, LOW + HIGH))
    rows[:, 4] = rows[:, 0] + rows[:, 1] + 0.01 * rng.normal(size=count)
    return 5 + 2 * rows


@pytest.fixture(scope="module")
def statistics() -> Statistics:
    rng = np.random.default_rng(0)
    return fitted(draw(rng, 4000), draw(rng, 2000))


def test_features_are_means_of_tokens() -> None:
    low = np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]])
    assert pooled(low, np.ones((4, HIGH))).tolist() == [2, 3, 4, 1, 1]
    assert pooled(np.stack([low, low]), np.ones((2, 4, HIGH))).shape == (2, 5)


def test_one_of_forty_usual_volumes_is_outside(statistics: Statistics) -> None:
    scores = statistics.score(draw(np.random.default_rng(1), 4000))
    assert (scores > statistics.threshold).mean() == pytest.approx(0.025, abs=0.01)
    assert np.sqrt((scores**2).mean()) == pytest.approx(1, abs=0.2)


def test_what_breaks_a_rule_is_outside_though_each_feature_is_usual(
    statistics: Statistics,
) -> None:
    middle = np.full((1, LOW), 5.0)
    usual = statistics.familiarity(middle, np.full((1, HIGH), 5.0))
    assert not usual.outside
    assert usual.nearer < usual.compared / 20
    odd = statistics.familiarity(middle, np.array([[5.0, 8.0]]))
    assert odd.outside
    assert odd.nearer == odd.compared == len(statistics.usual)
    assert odd.score > usual.score


def test_numbers_that_are_none_are_outside(statistics: Statistics) -> None:
    assert statistics.familiarity(np.full((1, LOW), np.nan), np.ones((1, HIGH))).outside


def test_statistics_are_read_back_for_the_same_weights_alone(
    statistics: Statistics, tmp_path: Path
) -> None:
    assert read_statistics(tmp_path, "mine") is None
    write_statistics(tmp_path, statistics, weights="mine")
    back = read_statistics(tmp_path, "mine")
    assert back is not None
    assert np.array_equal(back.whitening, statistics.whitening)
    assert back.threshold == statistics.threshold
    assert read_statistics(tmp_path, "others") is None


def test_a_damaged_file_is_named(statistics: Statistics, tmp_path: Path) -> None:
    write_statistics(tmp_path, statistics, weights="mine")
    whole = (tmp_path / STATISTICS).read_bytes()
    (tmp_path / STATISTICS).write_bytes(whole[:40])
    with pytest.raises(CheckpointError, match=STATISTICS):
        read_statistics(tmp_path, "mine")


def test_an_engine_tells_only_what_was_measured(
    random_model: Path, engine: Engine, features: VolumeFeatures
) -> None:
    assert engine.familiarity(features) is None
    own = pooled(features.low, features.high)
    near = own + np.random.default_rng(0).normal(size=(300, len(own))) * 0.01
    vlm = load_vlm(random_model / "vlm")
    statistics = fitted(near[:200], near[200:])
    told = Engine(vlm, None, fitted=Fitted(statistics=statistics)).familiarity(features)
    assert told is not None
    assert not told.outside


def test_a_folder_brings_its_statistics(random_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "vlm"
    folder.mkdir()
    for path in (random_model / "vlm").iterdir():
        (folder / path.name).symlink_to(path)
    width = sum(load_vlm(folder).model.config.encoder.channels[3:])
    rows = np.random.default_rng(0).normal(size=(100, width))
    write_statistics(folder, fitted(rows, rows), weights=load_vlm(folder).digest)
    assert load_engine(folder)._fitted.statistics is not None
