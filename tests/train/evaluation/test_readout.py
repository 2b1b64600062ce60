"""The readout learns what the features hold, and claims only what is precise enough."""

from pathlib import Path

import numpy as np
import pytest

from med3dvlm.config import VLM_FOLDER
from med3dvlm.engine.readout import READOUT, read_readout
from med3dvlm.model.checkpoint import weights_digest
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.findings import KINDS
from train.evaluation.readout import Rows, fit_readout, readout_of, threshold, truth_of


def test_the_threshold_is_the_smallest_that_is_precise_enough() -> None:
    scores, true = np.array([4.0, 3.0, 2.0, 1.0]), [True, True, False, True]
    assert threshold(scores, true, 0.7) == 1
    assert threshold(scores, true, 0.9) == 3
    assert threshold(scores, [False] * 4, 0.5) == np.inf


def test_what_the_features_hold_is_found_and_the_rest_is_not_claimed() -> None:
    rng = np.random.default_rng(0)
    features, truth = rng.normal(size=(300, 3)), np.zeros((300, len(KINDS)))
    truth[:, 0] = features[:, 1] > 0
    truth[:, 1] = rng.random(300) < 0.3
    truth[::7, 0] = np.nan
    found = readout_of(Rows(features, truth, np.ones(300, bool)), weights="mine")
    there, nowhere = (
        found.probabilities([[0, shown]], [[0]]) for shown in (3.0, -3.0)
    )  # fmt: skip
    first, second, *_ = KINDS
    assert there[first] > found.least > nowhere[first]
    assert there[second] < found.least
    assert found.cases == 300


def test_a_place_that_is_partly_in_view_tells_nothing() -> None:
    for seed in range(60):
        facts = draw_facts(seed, variety="varied")
        truth = dict(zip(KINDS, truth_of(facts), strict=True))
        deniable, seen = {k.name for k in facts.deniable}, {k for k, _ in facts.in_view}
        for kind, value in truth.items():
            if facts.has(kind):
                assert value == 1
            else:
                assert np.isnan(value) == (kind in seen - deniable)


def test_it_lies_next_to_the_weights_it_was_fitted_for(
    random_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("train.evaluation.readout.SHAPE", (16, 32, 32))
    made = fit_readout(random_model, count=5)
    folder = random_model / VLM_FOLDER
    found = read_readout(folder, weights_digest(folder))
    assert found is not None
    assert (found.offsets, found.least, found.cases) == (made.offsets, made.least, 5)
    (folder / READOUT).unlink()
