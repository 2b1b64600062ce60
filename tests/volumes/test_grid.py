import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import resizing
from med3dvlm.volumes.grid import GridMap, to_model_grid
from med3dvlm.volumes.resizing import triangle_weights
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

WINDOW = Window(center=0, width=200)


def volume(voxels: np.ndarray) -> Volume:
    return Volume(voxels=voxels.astype(np.int16), affine=np.eye(4), unit="HU")


@pytest.fixture
def block() -> Volume:
    """Black with a bright box off the middle."""
    voxels = np.full((12, 20, 16), -1000)
    voxels[2:8, 5:15, 4:12] = 1000
    return volume(voxels)


def test_the_tensor_has_the_grids_shape_and_range(block) -> None:
    seen = to_model_grid(block, WINDOW, (4, 5, 6))
    assert seen.tensor.shape == (1, 1, 4, 5, 6)
    assert seen.tensor.dtype == torch.float32
    assert seen.window is WINDOW
    assert bool((seen.tensor == 1).all()), "cropped to the bright box"


@pytest.mark.parametrize("published", [True, False])
def test_the_crop_is_the_box_of_the_foreground(block, published) -> None:
    mapping = to_model_grid(block, WINDOW, (4, 5, 6), published=published).mapping
    assert (mapping.start, mapping.stop) == ((2, 5, 4), (8, 15, 12))
    whole = to_model_grid(block, WINDOW, (4, 5, 6), crop=False, published=published).mapping
    assert (whole.start, whole.stop) == ((0, 0, 0), (12, 20, 16))


def test_a_black_volume_is_kept_whole() -> None:
    mapping = to_model_grid(volume(np.full((3, 4, 5), -1000)), WINDOW, (2, 2, 2)).mapping
    assert mapping.stop == (3, 4, 5)


def test_places_map_there_and_back(block) -> None:
    mapping = to_model_grid(block, WINDOW, (4, 5, 6)).mapping
    assert mapping.scale == (1.5, 2, 8 / 6)
    assert mapping.to_voxel((-0.5, -0.5, -0.5)) == (1.5, 4.5, 3.5)
    assert mapping.to_voxel((3.5, 4.5, 5.5)) == (7.5, 14.5, 11.5)
    assert mapping.to_grid(mapping.to_voxel((1, 2, 3))) == pytest.approx((1, 2, 3))


def test_an_empty_crop_is_refused() -> None:
    with pytest.raises(VolumeError, match="empty crop"):
        GridMap(start=(0, 0, 0), stop=(1, 0, 1), grid=(1, 1, 1))


@pytest.mark.parametrize("shape", [(4, 5, 6), (20, 30, 40), (12, 20, 16)])
def test_resizing_slab_by_slab_equals_the_whole_at_once(monkeypatch, shape) -> None:
    voxels = np.random.default_rng(0).integers(-100, 100, (12, 20, 16))
    monkeypatch.setattr(resizing, "SLAB_VOXELS", 700)
    seen = to_model_grid(volume(voxels), WINDOW, shape, crop=False).tensor
    whole = torch.from_numpy(WINDOW.apply(voxels))[:, None]
    flat = interpolate(whole, size=shape[1:], mode="bilinear", antialias=True)[:, 0]
    twin = torch.einsum("dz,zhw->dhw", triangle_weights(12, shape[0]), flat)
    torch.testing.assert_close(seen[0, 0], twin)


def test_the_published_resize_is_plain(block) -> None:
    seen = to_model_grid(block, WINDOW, (3, 7, 5), crop=False, published=True).tensor
    whole = torch.from_numpy(WINDOW.apply(block.voxels))[None, None]
    plain = interpolate(whole, size=(3, 7, 5), mode="trilinear", align_corners=False)
    torch.testing.assert_close(seen, plain)


@pytest.mark.parametrize(("size", "resized"), [(12, 4), (4, 12), (5, 5), (1, 3)])
def test_weights_of_the_low_pass_sum_to_one(size, resized) -> None:
    weights = triangle_weights(size, resized)
    assert weights.shape == (resized, size)
    torch.testing.assert_close(weights.sum(1), torch.ones(resized))
    if size == resized:
        torch.testing.assert_close(weights, torch.eye(size))
