"""Numbers of blocks as colours on the pictures of a volume."""

import io

import numpy as np
from PIL import Image

from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.views.heat import AGAINST, FOR, Heat
from med3dvlm.volumes.views.thumbnail import thumbnail
from med3dvlm.volumes.volume import Volume, canonical_affine
from med3dvlm.volumes.window import ABDOMEN

SHAPE = (8, 40, 60)


def heat_of(values: np.ndarray) -> Heat:
    return Heat(values, GridMap(start=(0, 0, 0), stop=SHAPE, grid=values.shape))


def test_each_pixel_has_the_number_of_its_block() -> None:
    values = np.arange(8.0).reshape(2, 2, 2) - 3
    heat = heat_of(values)
    axial = heat.on(0, 7, SHAPE)
    assert axial.shape == (40, 60)
    assert (axial[0, 0], axial[0, -1], axial[-1, 0]) == (0.25, 0.5, 0.75)
    coronal = heat.on(1, 0, SHAPE)
    assert coronal.shape == (8, 60)
    assert (coronal[0, 0], coronal[-1, -1]) == (-0.75, 0.5)
    assert heat.peak == (5.5, 29.5, 44.5)
    assert not heat_of(np.zeros((2, 2, 2))).on(0, 0, SHAPE).any()


def test_what_adds_is_orange_and_what_takes_away_blue() -> None:
    voxels = np.full(SHAPE, 40, np.int16)
    volume = Volume(voxels=voxels, affine=canonical_affine((1, 1, 1)), unit="HU", modality="CT")
    values = np.array([[[1.0, -1.0]]])
    shown = thumbnail(volume, ABDOMEN, planes=("axial",), heat=heat_of(values))
    picture = np.asarray(Image.open(io.BytesIO(shown)).convert("RGB")).astype(int)
    left, right = picture[60, 40], picture[60, 120]
    assert left[0] - left[2] > 60, FOR
    assert right[2] - right[0] > 60, AGAINST
    plain = Image.open(io.BytesIO(thumbnail(volume, ABDOMEN, planes=("axial",)))).convert("RGB")
    assert np.ptp(np.asarray(plain).astype(int), axis=2).max() < 12
