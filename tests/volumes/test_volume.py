import pickle

import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.volume import Volume, canonical_affine


def test_spacing_extent_and_places_are_in_canonical_order(phantom) -> None:
    assert phantom.spacing_mm == (2.5, 0.75, 0.5)
    assert phantom.extent_mm == (30, 15, 8)
    assert phantom.millimetres((2, 4, 6)) == (-7.25, 23.5, -295.0)


def test_voxels_and_affine_are_read_only_also_after_pickling(phantom) -> None:
    copy = pickle.loads(pickle.dumps(phantom))  # noqa: S301 - our own bytes
    assert copy.digest == phantom.digest
    for volume in (phantom, copy):
        with pytest.raises(ValueError, match="read-only"):
            volume.voxels[0, 0, 0] = 1
        with pytest.raises(ValueError, match="read-only"):
            volume.affine[0, 0] = 1


def test_notes_are_added_to_a_copy(phantom) -> None:
    assert phantom.noting("a", "b").noting("c").notes == ("a", "b", "c")
    assert phantom.notes == ()


def test_the_digest_knows_voxels_and_place(phantom) -> None:
    moved = phantom.affine.copy()
    moved[0, 3] += 1
    other = Volume(voxels=phantom.voxels, affine=moved, unit="HU")
    assert other.digest != phantom.digest


def test_the_digest_knows_no_negative_zero(phantom) -> None:
    """Rounding of a twin's affine may give -0.0, whose bytes differ from those of 0.0."""
    affine = phantom.affine.copy()
    affine[0, 1] = -1e-9
    assert Volume(voxels=phantom.voxels, affine=affine, unit="HU").digest == phantom.digest


@pytest.mark.parametrize("shape", [(2, 2), (2, 2, 0), (1, 2, 2, 2)])
def test_volumes_have_three_axes(shape) -> None:
    with pytest.raises(VolumeError, match="three axes"):
        Volume(voxels=np.zeros(shape, np.int16), affine=np.eye(4), unit="HU")


@pytest.mark.parametrize("affine", [np.eye(3), np.full((4, 4), np.nan)])
def test_affines_are_finite(affine) -> None:
    with pytest.raises(VolumeError, match="finite 4x4"):
        Volume(voxels=np.zeros((2, 2, 2), np.int16), affine=affine, unit="HU")


def test_canonical_affines_put_the_first_voxel_at_the_origin() -> None:
    np.testing.assert_array_equal(
        canonical_affine((3, 2, 1), (7, 8, 9)) @ [1, 1, 1, 1], [8, 10, 12, 1]
    )


def test_other_values_are_rounded_and_cut_to_the_type_of_the_voxels() -> None:
    values = np.array([[[0.6, -7.0, 4e9]]])
    whole = Volume(voxels=np.zeros((1, 1, 3), np.uint8), affine=np.eye(4), unit="arbitrary")
    assert whole.with_values(values).voxels.tolist() == [[[1, 0, 255]]]
    broken = Volume(voxels=np.zeros((1, 1, 3), np.float32), affine=np.eye(4), unit="HU")
    assert broken.with_values(values).voxels[0, 0, 0] == np.float32(0.6)
