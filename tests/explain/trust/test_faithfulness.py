"""Curves of a score whose only voxel is known."""

import numpy as np
import pytest
import torch
from torch import Tensor

from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.trust.faithfulness import cells_of_voxels, faithfulness
from med3dvlm.volumes.grid import GridMap, ModelInput
from med3dvlm.volumes.window import MODEL_CT

SEEN = GridMap(start=(0, 4, 0), stop=(8, 20, 16), grid=(4, 8, 8))
CELLS = GridMap(start=(0, 4, 0), stop=(8, 20, 16), grid=(2, 2, 2))


def corner(volumes: Tensor) -> Tensor:
    """Only voxel (3, 0, 7) counts: it lies in cell (1, 0, 1)."""
    return volumes[:, 0, 3, 0, 7]


def shown(*, right: bool) -> Map:
    values = np.zeros((2, 2, 2), np.float32)
    values[1, 0, 1] = 1 if right else -1
    return Map(values=values, mapping=CELLS, legend="", means="", means_not="")


def areas(*, right: bool) -> tuple[float, float, float, float]:
    seen = ModelInput(tensor=torch.ones(1, 1, 4, 8, 8), window=MODEL_CT, mapping=SEEN)
    cover = torch.zeros(1, 1, 4, 8, 8)
    found = faithfulness(corner, seen, shown(right=right), cover, rng=np.random.default_rng(3))
    return found.deletion, found.insertion, found.deletion_random, found.insertion_random


def test_the_right_cell_first_is_the_steepest_curve() -> None:
    deletion, insertion, deletion_random, insertion_random = areas(right=True)
    assert deletion == pytest.approx(1 / 16), "the score is gone after one of eight cells"
    assert insertion == pytest.approx(15 / 16)
    assert deletion < deletion_random
    assert insertion > insertion_random
    assert deletion_random + insertion_random == pytest.approx(1)


def test_the_right_cell_last_is_the_flattest() -> None:
    deletion, insertion, *_ = areas(right=False)
    assert deletion == pytest.approx(15 / 16)
    assert insertion == pytest.approx(1 / 16)


def test_voxels_lie_in_the_cells_that_cover_them() -> None:
    numbers = cells_of_voxels(SEEN, CELLS)
    assert numbers[3, 0, 7] == 5
    assert np.bincount(numbers.ravel()).tolist() == [32] * 8
    beyond = GridMap(start=(4, 4, 0), stop=(8, 20, 16), grid=(2, 2, 2))
    assert cells_of_voxels(SEEN, beyond)[0, 0, 0] == 0, "the nearest cell"
