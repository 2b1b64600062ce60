"""Thresholds are the smallest that make claims precise enough."""

from pathlib import Path

from med3dvlm.config import VLM_FOLDER
from med3dvlm.engine.claims import read_claims
from med3dvlm.model.checkpoint import weights_digest
from med3dvlm.phantoms.findings import KINDS
from train.evaluation.claims import SUREST, fit_claims, thresholds_for


def test_the_threshold_is_where_claims_become_precise() -> None:
    claims = [(0.5, False), (0.6, False), (0.7, True), (0.8, True), (0.9, True), (0.95, True)]
    found = thresholds_for({"ascites": claims}, precision=0.8, least=0.4)
    assert found["ascites"] == 0.7


def test_precise_claims_need_no_more_than_the_least() -> None:
    claims = [(p / 20, True) for p in range(10, 20)]
    assert thresholds_for({"ascites": claims}, precision=0.8, least=0.4)["ascites"] == 0.4


def test_a_kind_that_is_never_claimed_rightly_needs_the_most() -> None:
    claims = [(0.9, False)] * 5
    found = thresholds_for({"ascites": claims}, precision=0.8, least=0.4)
    assert found["ascites"] == SUREST
    assert set(found) == set(KINDS), "also those that no report claimed"


def test_thresholds_lie_next_to_the_weights_they_were_fitted_for(random_model: Path) -> None:
    made = fit_claims(random_model, count=1)
    folder = random_model / VLM_FOLDER
    assert read_claims(folder, weights_digest(folder)) == made
    (folder / "claims.json").unlink()
