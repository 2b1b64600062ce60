import numpy as np
import pytest

from med3dvlm.volumes.grid import to_model_grid
from med3dvlm.volumes.views.input_view import how_made, input_planes
from med3dvlm.volumes.volume import Volume, canonical_affine
from med3dvlm.volumes.window import ABDOMEN

GRID = (6, 8, 10)


@pytest.fixture
def scan() -> Volume:
    """A block of its own value at every voxel, off the middle in air."""
    voxels = np.full((20, 30, 40), -1000, np.int16)
    voxels[4:16, 6:24, 10:36] = np.arange(12 * 18 * 26).reshape(12, 18, 26) % 190
    return Volume(voxels=voxels, affine=canonical_affine((3, 1, 2)), unit="HU", modality="CT")


def test_the_input_shown_is_exactly_the_tensor(scan) -> None:
    seen = to_model_grid(scan, ABDOMEN, GRID)
    tensor = np.rint(seen.tensor[0, 0].numpy() * 255).astype(np.uint8)
    for d, h, w in np.ndindex(*GRID):
        place = tuple(seen.mapping.to_voxel((d, h, w)))
        axial, coronal, sagittal = input_planes(scan, seen, place)
        if (axial.cell, coronal.cell, sagittal.cell) != (d, h, w):
            continue  # the nearest voxel of a cell's centre may lie in its neighbour
        np.testing.assert_array_equal(axial.seen, tensor[d])
        np.testing.assert_array_equal(coronal.seen, tensor[::-1, h])
        np.testing.assert_array_equal(sagittal.seen, tensor[::-1, :, w])


def test_the_original_is_the_volumes_slice_in_the_same_window(scan) -> None:
    seen = to_model_grid(scan, ABDOMEN, GRID)
    axial, coronal, sagittal = input_planes(scan, seen, (7, 12, 20))
    grey = np.rint(ABDOMEN.apply(scan.voxels) * 255).astype(np.uint8)
    np.testing.assert_array_equal(axial.original, grey[7])
    np.testing.assert_array_equal(coronal.original, grey[::-1, 12])
    np.testing.assert_array_equal(sagittal.original, grey[::-1, :, 20])
    assert (axial.index, coronal.index, sagittal.index) == (7, 12, 20)
    assert (axial.original_mm, coronal.original_mm) == ((30, 80), (60, 80))
    assert sagittal.original_mm == (60, 30)


def test_the_box_and_the_cross_lie_where_they_are_drawn(scan) -> None:
    seen = to_model_grid(scan, ABDOMEN, GRID)
    axial, coronal, _ = input_planes(scan, seen, (4, 6, 10))
    assert axial.box == pytest.approx((6 / 30, 10 / 40, 18 / 30, 26 / 40))
    assert coronal.box == pytest.approx((4 / 20, 10 / 40, 12 / 20, 26 / 40))
    assert axial.cross == pytest.approx((6.5 / 30, 10.5 / 40))
    assert coronal.cross == pytest.approx((1 - 4.5 / 20, 10.5 / 40))
    assert axial.seen_cross == pytest.approx((0.5 / 18, 0.5 / 26))
    assert coronal.seen_cross == pytest.approx((1 - 0.5 / 12, 0.5 / 26))


def test_one_place_shows_the_same_tissue_in_both(scan) -> None:
    """A bright voxel under the cross of the original is bright under the cross of the input."""
    voxels = np.full(scan.shape, -1000, np.int16)
    voxels[4:16, 6:24, 10:36] = 0
    voxels[6:9, 18:21, 28:32] = 900
    spot = Volume(voxels=voxels, affine=scan.affine, unit="HU")
    for crop in (True, False):
        seen = to_model_grid(spot, ABDOMEN, (12, 18, 26), crop=crop)
        for plane in input_planes(spot, seen, (7, 19, 30)):
            for picture, cross in ((plane.original, plane.cross), (plane.seen, plane.seen_cross)):
                row, column = (int(c * n) for c, n in zip(cross, picture.shape, strict=True))
                assert picture[row, column] > 200
                assert picture[row, column] > np.median(picture)


def test_outside_the_crop_the_nearest_slice_is_shown(scan) -> None:
    seen = to_model_grid(scan, ABDOMEN, GRID)
    low, *_ = input_planes(scan, seen, (0, 12, 20))
    high, *_ = input_planes(scan, seen, (99, 12, 20))
    assert (low.seen_cross, high.seen_cross) == (None, None)
    assert (low.cell, high.cell) == (0, GRID[0] - 1)
    assert high.index == 19


def test_words_say_window_crop_and_resize(scan) -> None:
    window, crop, resize = how_made(scan, to_model_grid(scan, ABDOMEN, GRID))
    assert window.startswith(
        "Window (Abdomen): -160 HU and below is black (0 for the model), 240 HU"
    )
    assert "x 10 to 35, y 6 to 23, z 4 to 15 of 40 x 30 x 20 voxels" in crop
    assert "with a low-pass filter to 10 x 8 x 6 voxels of 5.2 x 2.2 x 6 mm" in resize
    _, crop, resize = how_made(scan, to_model_grid(scan, ABDOMEN, GRID, crop=False, published=True))
    assert crop == "Not cropped: all 40 x 30 x 20 voxels."
    assert "as in the published training data" in resize
    full = Volume(voxels=np.full((4, 4, 4), 100, np.int16), affine=scan.affine, unit="HU")
    assert "reaches every edge" in how_made(full, to_model_grid(full, ABDOMEN, GRID))[1]
