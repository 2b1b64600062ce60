"""Tokens that tell facts: one per fact, the same for the same fact, mixed where there is doubt."""

import numpy as np
import pytest
import torch
from torch import Tensor

from med3dvlm.errors import TrainingError
from med3dvlm.phantoms.facts import draw_facts
from train.data.phantoms.fact_tokens import FactTokens
from train.data.phantoms.labels import ATTRIBUTES, KIND_NAMES, Labels, labels_of
from train.stages.warm_language import DOUBT, doubt_of

LOW, HIGH, WIDTH = len(KIND_NAMES) + 1, len(ATTRIBUTES) + 2, 16
FACTS = len(KIND_NAMES) + len(ATTRIBUTES)


@pytest.fixture
def told() -> FactTokens:
    torch.manual_seed(0)
    return FactTokens(low=LOW, high=HIGH, width=WIDTH)


def tensors(labels: list[Labels]) -> tuple[Tensor, Tensor, Tensor]:
    fields = ("attributes", "places", "sizes")
    stacked = (np.stack([getattr(label, name) for label in labels]) for name in fields)
    attributes, places, sizes = (torch.from_numpy(array) for array in stacked)
    return attributes, places, sizes


def test_two_cases_differ_in_the_tokens_of_the_facts_they_differ_in(told: FactTokens) -> None:
    cases = [labels_of(draw_facts(seed)) for seed in (3, 4)]
    tokens = told(*tensors(cases))
    assert tokens.shape == (2, LOW + HIGH, WIDTH)
    same = (tokens[0] == tokens[1]).all(dim=1)
    a, b = cases
    expected = [
        a.places[i] == b.places[i] and (a.places[i] == 0 or a.sizes[i] == b.sizes[i])
        for i in range(len(KIND_NAMES))
    ]
    assert same[: len(KIND_NAMES)].tolist() == expected
    assert not all(expected)
    attributes = [bool(x == y) for x, y in zip(a.attributes, b.attributes, strict=True)]
    assert same[LOW : LOW + len(ATTRIBUTES)].tolist() == attributes
    assert bool(same[LOW - 1])
    assert bool(same[LOW + len(ATTRIBUTES) :].all())


def test_doubt_mixes_in_the_next_case_and_no_more_than_half(told: FactTokens) -> None:
    labels = tensors([labels_of(draw_facts(seed)) for seed in (3, 4)])
    sure = told(*labels)
    doubt = torch.full((2, FACTS), 0.25)
    mixed = told(*labels, doubt=doubt)
    assert torch.allclose(mixed, 0.75 * sure + 0.25 * sure.roll(1, dims=0), atol=1e-6)
    drawn = doubt_of(500, np.random.default_rng(0))
    assert drawn.shape == (500, FACTS)
    assert drawn.min() >= 0
    assert 0.4 < drawn.max() <= DOUBT < 0.5
    assert 0.05 < (drawn > 0).mean() < 0.3


def test_too_few_tokens_are_refused() -> None:
    with pytest.raises(TrainingError, match="low and"):
        FactTokens(low=3, high=HIGH, width=WIDTH)
