"""What a cell sees: equal to finite differences, and exact where the field is known."""

import numpy as np
import pytest
import torch

from med3dvlm.explain.structure.receptive import (
    cell_slopes,
    nominal_cell,
    reach_of,
    receptive_field,
)
from med3dvlm.model.dcformer import DCFormer
from med3dvlm.volumes.grid import GridMap, ModelInput
from med3dvlm.volumes.window import MODEL_CT
from tests.engine_maker import ENCODER

GRID = (32, 64, 64)


@pytest.fixture(scope="module")
def encoder() -> DCFormer:
    torch.manual_seed(0)
    return DCFormer(ENCODER).eval()


@pytest.fixture(scope="module")
def seen() -> ModelInput:
    torch.manual_seed(1)
    mapping = GridMap(start=(0, 0, 0), stop=(16, 128, 128), grid=GRID)
    return ModelInput(tensor=torch.rand(1, 1, *GRID), window=MODEL_CT, mapping=mapping)


def test_slopes_equal_finite_differences(encoder: DCFormer, seen: ModelInput) -> None:
    slopes = cell_slopes(encoder, seen, (0, 1, 1), 3)

    def half_length(tensor: torch.Tensor) -> float:
        with torch.no_grad():
            return float(encoder(tensor)[3][0, :, 0, 1, 1].double().square().sum() / 2)

    place = np.unravel_index(int(slopes.argmax()), slopes.shape)
    step, ends = 0.02, []
    for sign in (1, -1):
        moved = seen.tensor.clone()
        moved[0, 0][place] += sign * step
        ends.append(half_length(moved))
    assert abs(ends[0] - ends[1]) / (2 * step) == pytest.approx(slopes[place], rel=0.05)


def test_a_field_is_wider_than_its_cell(encoder: DCFormer, seen: ModelInput) -> None:
    field = receptive_field(encoder, seen, (0, 1, 1), stage=3)
    assert (field.begin, field.end) == ((0, 16, 16), (16, 48, 48))
    assert field.nominal == (16, 32, 32)
    assert 0 < field.inside <= 1
    assert field.touched <= 10 / 64, "only what the stem reads has a gradient"
    assert all(a <= b for a, b in zip(field.reach, GRID, strict=True))
    assert field.map.mapping.grid == (8, 16, 16)
    assert field.map.mapping.stop == seen.mapping.stop
    inside = field.slopes[:16, 16:48, 16:48].sum() / field.slopes.sum()
    assert field.inside == pytest.approx(float(inside), rel=1e-4)


def test_a_reach_leaves_out_a_twentieth_at_either_end() -> None:
    slopes = np.zeros((1, 1, 100), np.float32)
    slopes[0, 0] = 1
    assert reach_of(slopes) == ((0, 0, 4), (1, 1, 95))


def test_cells_at_the_edge_are_halves() -> None:
    assert nominal_cell((0, 1, 3), (48, 96, 96), 32) == ((0, 16, 80), (16, 48, 96))
