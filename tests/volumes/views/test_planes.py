"""The picture of three planes: its sizes in mm, what is up, and the colours of a map over it."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from med3dvlm.volumes.views.planes import GAP, SIDE, plane_picture
from med3dvlm.volumes.volume import Volume, canonical_affine
from med3dvlm.volumes.window import Window

GREY = Window(center=0, width=2000)


def volume_with(place: tuple[slice, slice, slice]) -> Volume:
    voxels = np.full((10, 20, 20), -1000, np.int16)
    voxels[place] = 1000
    affine = canonical_affine((4.0, 2.0, 2.0))
    return Volume(voxels=voxels, affine=affine, unit="HU")


def pixels(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_planes_are_to_scale_with_front_and_head_on_top() -> None:
    head_front = (slice(5, 10), slice(0, 10), slice(None))
    shown = pixels(plane_picture(volume_with(head_front), window=GREY, center=(9, 0, 10)))
    assert shown.shape == (SIDE, 3 * SIDE + 2 * GAP, 3)
    axial, coronal = shown[:, :SIDE], shown[:, SIDE + GAP : 2 * SIDE + GAP]
    for plane in (axial, coronal):
        assert plane[: SIDE // 4].min() > 250
        assert plane[-SIDE // 4 :].max() < 5


def test_a_flat_scan_has_low_planes() -> None:
    voxels = np.zeros((1, 10, 10), np.float32)
    flat = Volume(voxels=voxels, affine=canonical_affine((1.0, 1.0, 1.0)), unit="arbitrary")
    assert pixels(plane_picture(flat)).shape[0] == SIDE


@pytest.mark.parametrize(("value", "strong", "weak"), [(2.0, 0, 2), (-2.0, 2, 0)])
def test_a_map_is_orange_above_zero_and_blue_below(value: float, strong: int, weak: int) -> None:
    volume = volume_with((slice(0), slice(0), slice(0)))
    over = np.zeros(volume.shape, np.float32)
    over[:, :10] = value
    shown = pixels(plane_picture(volume, window=GREY, over=over)).astype(int)
    assert shown[10, 10, strong] > 100 > shown[10, 10, weak]
    assert not shown[SIDE - 10, 10].any()
    nothing = pixels(plane_picture(volume, window=GREY, over=np.zeros(volume.shape)))
    assert not nothing.any()
