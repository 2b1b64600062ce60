"""Cells lie where the encoder's layers put them, and a mask is shared out among them."""

import numpy as np
import pytest
import torch

from med3dvlm.errors import ConfigError
from med3dvlm.explain.maps.map import Map, cell_at, cells_over, shares
from med3dvlm.model.dcformer import DCFormer
from med3dvlm.model.dcformer_config import DCFormerConfig
from med3dvlm.volumes.grid import GridMap

SEEN = GridMap(start=(10, 0, 0), stop=(74, 128, 128), grid=(64, 128, 128))
ANYWHERE = GridMap(start=(0, 0, 0), stop=(1, 2, 2), grid=(1, 2, 2))


def shown(values: list[float], *, signed: bool) -> Map:
    grid = np.array(values, np.float32).reshape(1, 2, 2)
    return Map(
        values=grid, mapping=ANYWHERE, legend="", means="", means_not="", signed=signed
    )  # fmt: skip


def test_cells_are_centred_on_multiples_of_the_stride() -> None:
    placement = cells_over(SEEN, (2, 4, 4), stride=32)
    for cell in range(4):
        z, y, x = placement.to_voxel((cell % 2, cell, cell))
        assert (z, y, x) == pytest.approx((10 + 32 * (cell % 2), 32 * cell, 32 * cell), abs=1)
    assert cell_at(placement, (10.0, 30.0, 300.0)) == (0, 1, 3)


def test_an_encoder_looks_there() -> None:
    """The gradient of a cell's numbers is symmetrical about the voxel that it is centred on."""
    torch.manual_seed(0)
    config = DCFormerConfig(
        channels=(4, 4, 4, 4, 4), blocks=(1, 1, 1, 1, 1), kernels=(3, 3, 3, 3), layer_scale=1.0
    )
    encoder = DCFormer(config).eval()
    sums = np.zeros(96)
    for _ in range(6):
        volume = torch.rand(1, 1, 16, 16, 96, requires_grad=True)
        (slope,) = torch.autograd.grad(encoder(volume)[1][..., 6].square().sum(), volume)
        sums += slope.abs().sum(dim=(0, 1, 2, 3)).numpy()
    centre = float((sums * np.arange(96)).sum() / sums.sum())
    mapping = GridMap(start=(0, 0, 0), stop=(16, 16, 96), grid=(16, 16, 96))
    placement = cells_over(mapping, (2, 2, 12), stride=8)
    assert placement.to_voxel((0, 0, 6))[2] == pytest.approx(48, abs=0.6)
    assert centre == pytest.approx(48, abs=2)


def test_a_mask_is_shared_out() -> None:
    mask = np.zeros((64, 128, 128), bool)
    mask[0, 40, 40:44] = True
    mask[0, 40, 100:112] = True
    placement = GridMap(start=(0, 0, 0), stop=(64, 128, 128), grid=(1, 2, 2))
    np.testing.assert_allclose(shares(mask, placement)[0], [[0.25, 0.75], [0, 0]])
    assert shares(np.zeros_like(mask), placement).sum() == 0


def test_bytes_of_a_signed_map_have_zero_in_the_middle() -> None:
    assert shown([-2, 0, 1, 2], signed=True).as_bytes().ravel().tolist() == [1, 128, 192, 255]
    assert shown([1, 1, 2, 3], signed=False).as_bytes().ravel().tolist() == [0, 0, 128, 255]
    assert shown([0, 0, 0, 0], signed=True).as_bytes().max() == 128
    assert shown([5, 5, 5, 5], signed=False).as_bytes().max() == 0


def test_values_must_fit_the_grid() -> None:
    with pytest.raises(ConfigError, match="doesn't fit"):
        Map(
            values=np.zeros((2, 2, 2), np.float32), mapping=ANYWHERE, legend="", means="",
            means_not="",
        )  # fmt: skip
