"""What is smaller than a voxel is told from nothing by chance alone."""

import numpy as np
import pytest

from med3dvlm.explain.lab.chance import told_apart
from med3dvlm.explain.lab.detectability import Outcome, trials_of


def outcomes_of(kind: str, seen: dict[int, float]) -> list[Outcome]:
    """Of a model that sees sizes as surely as it is said, and else guesses by the person."""
    trials = trials_of(kind, seeds=range(40), steps=7)
    return [Outcome(t, seen.get(t.size_mm, 0.0) + 0.01 * (t.seed % 7)) for t in trials]


def test_a_model_that_sees_nothing_so_small_is_at_chance() -> None:
    found = told_apart(
        outcomes_of("lung nodule", {42: 0.9}), up_to_mm=4, rng=np.random.default_rng(0)
    )
    assert found is not None
    assert found.size_mm == 1
    assert found.area == pytest.approx(0.5)
    assert found.low < 0.5 < found.high or found.low == found.high == 0.5


def test_a_model_that_sees_it_is_not() -> None:
    found = told_apart(outcomes_of("ascites", {1: 0.5}), up_to_mm=4, rng=np.random.default_rng(0))
    assert found is not None
    assert (found.area, found.low, found.high) == (1, 1, 1)


@pytest.mark.parametrize("kind", ["splenomegaly", "hip prosthesis"])
def test_an_altered_organ_is_never_so_small(kind: str) -> None:
    """Nor is what has one size, whose contrast is varied."""
    assert told_apart(outcomes_of(kind, {}), up_to_mm=4, rng=np.random.default_rng(0)) is None
