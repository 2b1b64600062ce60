"""The window a scan opens with, on bodies made of boxes and balls."""

import numpy as np
import pytest

from med3dvlm.volumes.views import opening
from med3dvlm.volumes.views.body import sample
from med3dvlm.volumes.volume import Volume, canonical_affine
from med3dvlm.volumes.window import ABDOMEN, BRAIN, MEDIASTINUM, Window, auto_window

SPACING = (3.0, 2.0, 2.0)
SHAPE = (60, 180, 200)  # 180 x 360 x 400 mm


def opening_window(volume: Volume) -> Window:
    return opening.opening_window(volume, sample(volume))


def ball(radius: float, middle: tuple[float, float, float]) -> np.ndarray:
    places = np.indices(SHAPE).transpose(1, 2, 3, 0) * SPACING
    return np.hypot.reduce(places - middle, axis=-1) < radius


def scan_of(voxels: np.ndarray, unit: str = "HU") -> Volume:
    noisy = voxels + np.random.default_rng(0).normal(0, 8, voxels.shape)
    return Volume(
        voxels=np.round(noisy).astype(np.int16), affine=canonical_affine(SPACING), unit=unit
    )


def trunk() -> np.ndarray:
    """Fat around soft tissue, 90 mm off the front and 60 mm off the sides, on a thin table."""
    voxels = np.full(SHAPE, -1000.0)
    voxels[:, 45:150, 30:170] = -100
    voxels[:, 55:140, 40:160] = 45
    voxels[:, 165:167, 20:180] = -200
    return voxels


def test_soft_tissue_opens_in_the_usual_window() -> None:
    assert opening_window(scan_of(trunk())) == ABDOMEN


@pytest.mark.parametrize(("slices", "window"), [(45, MEDIASTINUM), (12, ABDOMEN)])
def test_a_chest_opens_in_the_window_of_chests(slices: int, window: Window) -> None:
    """A chest opened in the window of abdomens; lung bases above one don't make it a chest."""
    voxels = trunk()
    for side in (45, 105):
        voxels[:slices, 60:130, side : side + 50] = -850
    assert opening_window(scan_of(voxels)) == window


@pytest.mark.parametrize("enhanced", [300, 420])
def test_contrast_is_not_white(enhanced: int) -> None:
    """A chest with contrast opened with a heart and an aorta of pure white."""
    voxels = trunk()
    voxels[ball(45, (90, 190, 200))] = enhanced
    window = opening_window(scan_of(voxels))
    assert window.high > enhanced + 24
    assert window.low == ABDOMEN.low
    assert window.width < 800, "and soft tissue is still told apart"


def test_a_little_bright_is_bone() -> None:
    voxels = trunk()
    voxels[ball(15, (90, 250, 200))] = 420
    assert opening_window(scan_of(voxels)) == ABDOMEN


def test_a_head_opens_in_the_brain_window() -> None:
    voxels = np.full(SHAPE, -1000.0)
    voxels[ball(88, (90, 180, 200))] = 40
    voxels[ball(83, (90, 180, 200))] = 900
    voxels[ball(75, (90, 180, 200))] = 35
    assert opening_window(scan_of(voxels)) == BRAIN


@pytest.mark.parametrize("value", [-1000, 40])
def test_a_scan_of_one_value_has_a_window_too(value: int) -> None:
    volume = Volume(
        voxels=np.full((4, 5, 6), value, np.int16), affine=canonical_affine(SPACING), unit="HU"
    )
    assert opening_window(volume) == ABDOMEN


def test_without_units_the_window_is_the_automatic_one() -> None:
    volume = scan_of(trunk() + 1000, unit="arbitrary")
    assert opening_window(volume) == auto_window(volume)
