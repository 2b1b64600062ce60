"""Rates by place are means over the same people, and kinds with one place are refused."""

import numpy as np
import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.explain.lab.detectability import Outcome
from med3dvlm.explain.lab.places import rates_by_place, trials_by_place
from med3dvlm.phantoms.findings import KINDS


def test_each_person_has_the_lesion_in_every_place() -> None:
    trials = list(trials_by_place("lung nodule", seeds=range(4)))
    places = KINDS["lung nodule"].places
    assert len(trials) == 4 * len(places)
    # The model sees half of those in the first place, and all others.
    outcomes = [
        Outcome(trial, float(trial.place != places[0] or trial.seed % 2)) for trial in trials
    ]
    rates = rates_by_place(outcomes, rng=np.random.default_rng(0))
    assert rates.people == 4
    assert rates.means[places[0]] == 0.5
    low, high = rates.intervals[places[0]]
    assert 0 <= low < 0.5 < high <= 1
    assert {rates.means[place] for place in places[1:]} == {1.0}
    assert rates.intervals[places[1]] == (1, 1)


def test_a_kind_with_one_place_is_refused_with_the_remedy() -> None:
    with pytest.raises(ConfigError, match=r"one place.*lung nodule"):
        next(trials_by_place("gallstone", seeds=[0]))
