"""What estimates are worth is what puts most right volumes first."""

from pathlib import Path

import numpy as np
import pytest

from med3dvlm.engine.estimates import with_estimates
from med3dvlm.engine.search_scores import SEARCH_SCORES, SearchScores, write_search_scores
from med3dvlm.errors import TrainingError
from med3dvlm.model.checkpoint import weights_digest
from med3dvlm.retrieval import Entry
from train.evaluation.search_share import SHARES, Asked, Shelf, best_share, fit_share, precision

STONE = "kidney stone"
ASKED = [Asked(STONE, (STONE,), np.array([1, 0], np.float32))]


def shelf(told: float, *, others: float) -> Shelf:
    """Ten phantoms with a stone, a little less similar to the word than thirty without."""
    entries = [
        with_estimates(
            Entry(title=f"{n}", text="", digest=f"{n}", facts={"kinds": [STONE][: n < 10]}),
            {STONE: told if n < 10 else others},
        )
        for n in range(40)
    ]
    vectors = [[0.50 if n < 10 else 0.55, 0.8] for n in range(40)]
    return Shelf(entries, np.array(vectors, np.float32))


def test_estimates_that_tell_put_the_right_ones_first() -> None:
    found = shelf(0.9, others=0.1)
    assert precision(found, ASKED, 0.0) == 0
    assert precision(found, ASKED, 0.05) == 1
    assert best_share(found, ASKED) == 0.02


def test_estimates_that_tell_nothing_are_worth_nothing() -> None:
    assert best_share(shelf(0.5, others=0.5), ASKED) == 0


def test_it_is_added_to_the_scores_that_were_fitted_before(random_model: Path) -> None:
    place = random_model / "dual_encoder"
    with pytest.raises(TrainingError, match="fit its search scores first"):
        fit_share(random_model, most=1)
    scores = SearchScores(weights=weights_digest(place), text=0.4, volume=0.5, cases=7)
    write_search_scores(place, scores)
    made = fit_share(random_model, most=1)
    assert made.share in (0, *SHARES)
    assert (made.text, made.volume, made.cases) == (0.4, 0.5, 7)
    (place / SEARCH_SCORES).unlink()
