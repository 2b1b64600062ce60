"""Occlusion finds the only block that a fake score looks at, and equals its plain loop."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor

from med3dvlm.errors import ConfigError
from med3dvlm.explain.maps.occlusion import (
    Baseline,
    covered_by,
    default_blocks,
    occlude,
    with_blocks_covered,
)
from med3dvlm.volumes.grid import GridMap, ModelInput
from med3dvlm.volumes.window import MODEL_CT

SHAPE = (8, 12, 14)


def model_input() -> ModelInput:
    tensor = torch.rand(1, 1, *SHAPE, generator=torch.Generator().manual_seed(0))
    mapping = GridMap(start=(4, 0, 2), stop=(20, 24, 30), grid=SHAPE)
    return ModelInput(tensor=tensor, window=MODEL_CT, mapping=mapping)


def corner(volumes: Tensor) -> Tensor:
    """A score whose truth is known: only voxel (1, 6, 10) counts."""
    return volumes[:, 0, 1, 6, 10]


def wavy(volumes: Tensor) -> Tensor:
    return (volumes**2).mean(dim=(1, 2, 3, 4)) + volumes[:, 0, 2, 3, 4].sin()


@pytest.mark.parametrize("baseline", ["mean", "black", "blurred"])
def test_it_equals_its_plain_loop(baseline: Baseline) -> None:
    seen = model_input()
    *_, last = occlude(wavy, seen, blocks=(4, 2), baseline=baseline, batch=7)
    cover = covered_by(seen.tensor, baseline)
    plain = np.zeros((4, 6, 7), np.float32)
    for z, y, x in product(range(4), range(6), range(7)):
        one = with_blocks_covered(seen.tensor, cover, [(z, y, x)], 2)
        plain[z, y, x] = wavy(seen.tensor)[0] - wavy(one)[0]
    np.testing.assert_allclose(last.map.values, plain, atol=1e-6)
    assert last.done == last.of == 2 * 3 * 4 + 4 * 6 * 7


def test_the_only_block_that_counts_is_found() -> None:
    seen = model_input()
    steps = list(occlude(corner, seen, blocks=(4, 2), baseline="black", batch=24))
    assert steps[0].map.values.shape == (2, 3, 4), "the coarse map comes first"
    assert np.argwhere(steps[0].map.values).tolist() == [[0, 1, 2]]
    assert np.argwhere(steps[-1].map.values).tolist() == [[0, 3, 5]]
    assert steps[-1].map.values.max() == pytest.approx(float(corner(seen.tensor)))
    assert "black" in steps[0].map.means
    # The block lies in the volume where the voxel does: voxel 10 of x begins at 2 + 10 * 2.
    z, y, x = steps[-1].map.mapping.to_voxel((0, 3, 5))
    assert (z, y, x) == (5.5, 13.5, 23.5)


def test_fine_blocks_share_what_the_coarse_one_around_them_lost_until_they_are_measured() -> None:
    steps = list(occlude(corner, model_input(), blocks=(4, 2), baseline="black", batch=2))
    coarse = next(step for step in steps if step.done == 24)
    first = next(step for step in steps if step.done == 26)
    assert first.map.values.sum() <= coarse.map.values.sum() * 2
    waiting = first.map.values[0:2, 2:4, 4:6]
    assert np.count_nonzero(waiting) >= 5
    assert np.count_nonzero(first.map.values) == np.count_nonzero(waiting)
    assert waiting.min() >= 0


def test_no_score_is_asked_for_after_the_last_step_that_was_wanted() -> None:
    asked: list[int] = []

    def counted(volumes: Tensor) -> Tensor:
        asked.append(len(volumes))
        return corner(volumes)

    steps = occlude(counted, model_input(), blocks=(4, 2), batch=6)
    next(steps)
    steps.close()
    assert asked == [1, 6], "the whole scan, then one batch"


def test_covers() -> None:
    tensor = model_input().tensor
    cover: Callable[[Baseline], Tensor] = lambda name: covered_by(tensor, name)  # noqa: E731
    assert float(cover("mean").mean()) == pytest.approx(float(tensor.mean()))
    assert not cover("black").any()
    assert float(cover("blurred").std()) < float(tensor.std()) / 4
    assert cover("blurred").shape == tensor.shape


def test_blocks_must_fill_one_another() -> None:
    with pytest.raises(ConfigError, match="don't fill"):
        next(occlude(corner, model_input(), blocks=(4, 3)))
    assert default_blocks((48, 96, 96)) == (24, 12)
