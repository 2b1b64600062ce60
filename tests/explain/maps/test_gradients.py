"""Gradient times input, against finite differences and where the truth is known."""

import numpy as np
import torch
from torch import Tensor

from med3dvlm.explain.maps.gradients import gradient_times_input, through_mixer
from med3dvlm.model.mixer import MixerConfig, MixerProjector, StreamConfig


def grids(*, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.randn(1, 6, 5, dtype=dtype), torch.randn(1, 4, 7, dtype=dtype)


def test_through_the_mixer_it_equals_finite_differences() -> None:
    torch.manual_seed(0)
    config = MixerConfig(
        low=StreamConfig(tokens=(6, 3), channels=(5, 8)),
        high=StreamConfig(tokens=(4, 2), channels=(7, 8)),
    )
    projector = MixerProjector(config).double()
    score = through_mixer(projector, lambda image_tokens: image_tokens.sin().sum())
    low, high = grids()
    found = gradient_times_input(score, low, high)
    step = 1e-5
    for which, parts in enumerate(found):
        for cell in range(len(parts)):
            # The slope when a cell fades: that of a factor before it, at 1.
            ends = []
            for sign in (1, -1):
                moved = [low.clone(), high.clone()]
                moved[which][:, cell] *= 1 + sign * step
                ends.append(float(score(*moved).detach()))
            slope = (ends[0] - ends[1]) / (2 * step)
            np.testing.assert_allclose(parts[cell], slope, rtol=1e-4, atol=1e-6)


def test_a_linear_score_is_split_exactly() -> None:
    low, high = grids()
    low_parts, high_parts = gradient_times_input(lambda a, _: 3 * a[:, 2].sum(), low, high)
    assert np.flatnonzero(low_parts).tolist() == [2]
    np.testing.assert_allclose(low_parts.sum(), 3 * float(low[:, 2].sum()), rtol=1e-6)
    assert not high_parts.any(), "a grid that the score doesn't read has no part in it"


def test_it_works_where_gradients_are_off() -> None:
    low, high = grids()
    with torch.inference_mode():
        low_parts, _ = gradient_times_input(lambda a, b: a.sum() * b.sum(), low, high)
    assert low_parts.shape == (6,)
    assert low_parts.any()
