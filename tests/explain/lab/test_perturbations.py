"""Each change does what its name says, to a volume whose parts are known."""

import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.explain.lab import perturbations as lab
from med3dvlm.explain.lab.perturbations import PERTURBATIONS
from med3dvlm.volumes.volume import Volume, canonical_affine
from med3dvlm.volumes.window import BONE, MODEL_CT

SPACING = (4.0, 2.0, 1.0)


def scan(unit: str = "HU") -> Volume:
    voxels = np.full((12, 20, 40), -1000, np.int16)
    voxels[2:10, 4:16, 8:32] = 40
    voxels[3, 5, 10] = 900
    return Volume(
        voxels=voxels,
        affine=canonical_affine(SPACING),
        unit=unit,
        modality="CT",  # type: ignore[arg-type]
    )


def marked(volume: Volume) -> list[int]:
    return [int(i) for i in np.unravel_index(volume.voxels.argmax(), volume.shape)]


@pytest.mark.parametrize("name", PERTURBATIONS)
@pytest.mark.parametrize("unit", ["HU", "arbitrary"])
def test_every_change_gives_another_volume_of_the_same_kind(name: str, unit: str) -> None:
    before = scan(unit)
    copy = before.voxels.copy()
    after = PERTURBATIONS[name](before)
    assert after.digest != before.digest
    assert after.voxels.dtype == before.voxels.dtype
    assert after.unit == before.unit
    np.testing.assert_array_equal(before.voxels, copy)


@pytest.mark.parametrize(("axis", "place"), [(0, [8, 5, 10]), (1, [3, 14, 10]), (2, [3, 5, 29])])
def test_flips_mirror_one_axis(axis: int, place: list[int]) -> None:
    assert marked(lab.flipped(scan(), axis)) == place
    twice = lab.flipped(lab.flipped(scan(), axis), axis)
    np.testing.assert_array_equal(twice.voxels, scan().voxels)


def test_a_rotation_turns_millimetres_not_voxels() -> None:
    half = lab.rotated(scan(), 180)
    np.testing.assert_array_equal(half.voxels, scan().voxels[:, ::-1, ::-1])
    # 90 degrees: 10 mm of y become 10 mm of x, which are twice as many voxels. The block of 24 by
    # 24 mm stays itself, and all around it is air.
    quarter = lab.rotated(scan(), 90)
    assert (quarter.voxels[5] > 0).sum() == pytest.approx((scan().voxels[5] > 0).sum(), rel=0.1)
    assert quarter.voxels.min() == -1000


def test_a_wrong_window_is_what_the_model_would_see_with_it() -> None:
    seen = MODEL_CT.apply(lab.windowed_as(scan(), BONE).voxels)
    np.testing.assert_allclose(seen, BONE.apply(scan().voxels), atol=2e-3)


def test_noise_has_the_stated_strength_and_is_repeatable() -> None:
    rough = lab.noisy(scan(), 0.1).voxels.astype(float) - scan().voxels
    assert rough.std() == pytest.approx(90, rel=0.05)
    assert lab.noisy(scan()).digest == lab.noisy(scan()).digest
    assert lab.noisy(scan(), seed=1).digest != lab.noisy(scan()).digest


def test_a_blur_is_as_wide_in_millimetres_along_every_axis() -> None:
    voxels = np.zeros((31, 61, 121), np.float32)
    voxels[15, 30, 60] = 1e6
    point = Volume(voxels=voxels, affine=canonical_affine(SPACING), unit="HU")
    spread = lab.blurred(point, 12).voxels
    assert spread.sum() == pytest.approx(1e6, rel=1e-3)
    for axis, spacing in enumerate(SPACING):
        profile = spread.sum(axis=tuple(a for a in range(3) if a != axis))
        places = spacing * (np.arange(len(profile)) - len(profile) // 2)
        assert np.sqrt((profile * places**2).sum() / 1e6) == pytest.approx(12 / 2.355, rel=0.05)


def test_blank_thick_and_cropped() -> None:
    assert np.unique(lab.blank(scan()).voxels).tolist() == [-1000]
    thick = lab.thick_slices(scan(), 12).voxels  # three slices of 4 mm
    assert (thick[0] == thick[2]).all()
    assert (thick[2] != thick[3]).any()
    np.testing.assert_allclose(thick.mean(), scan().voxels.mean(), atol=1)
    less = lab.cropped(scan(), 0.5)
    assert less.shape == (6, 10, 20)
    assert less.millimetres((0, 0, 0)) == scan().millimetres((3, 5, 10)), "it stays in its place"


def test_a_crop_leaves_something() -> None:
    with pytest.raises(VolumeError, match="Nothing would be left"):
        lab.cropped(scan(), 1.0)


def test_an_organ_is_replaced_by_what_lies_around_it() -> None:
    mask = np.zeros(scan().shape, bool)
    mask[3, 5, 10] = True
    healed = lab.without_organ(scan(), mask)
    assert healed.voxels.max() <= 40
    assert (healed.voxels[~mask] == scan().voxels[~mask]).all()
    whole = lab.without_organ(scan(), np.ones_like(mask))
    assert np.ptp(whole.voxels) == 0
    for nothing in (np.zeros_like(mask), mask[:4]):
        with pytest.raises(VolumeError, match="nothing to take out"):
            lab.without_organ(scan(), nothing)
