import numpy as np
import pytest

from med3dvlm.volumes import Volume, open_volume

AFFINE = np.array([[-0.5, 0, 0, 10.25], [0, -0.75, 0, -20.5], [0, 0, 2.5, -300], [0, 0, 0, 1]])


@pytest.fixture
def stored(phantom) -> np.ndarray:
    """The phantom as a NIfTI array, `[x, y, z]`; with AFFINE it is canonical already."""
    return np.array(phantom.voxels.T)


def assert_same(volume: Volume, phantom: Volume) -> None:
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    np.testing.assert_allclose(volume.affine, phantom.affine, atol=1e-5)
    assert volume.digest == phantom.digest
    assert volume.unit == "HU"


@pytest.mark.parametrize(("slope", "intercept"), [(0, 5), (np.nan, np.nan), (np.inf, 1)])
def test_a_slope_of_zero_or_nan_scales_nothing(
    write_nifti, patch_header, stored, phantom, slope, intercept
) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, scl_slope=slope, scl_inter=intercept)
    assert_same(open_volume(path), phantom)


def test_scaling_is_applied(write_nifti, patch_header, stored, phantom) -> None:
    path = write_nifti((stored + 1024).astype(np.uint16), AFFINE)
    patch_header(path, scl_slope=1, scl_inter=-1024)
    volume = open_volume(path)
    assert_same(volume, phantom)
    assert volume.details["Scaling"] == "stored value x 1 - 1024"
    patch_header(path, scl_slope=2, scl_inter=np.nan)
    np.testing.assert_array_equal(open_volume(path).voxels, (phantom.voxels + 1024) * 2)


def test_sform_wins_and_the_disagreement_is_said(
    write_nifti, patch_header, stored, phantom
) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, qform_code=1, sform_code=2, qoffset_z=-280)
    volume = open_volume(path)
    assert_same(volume, phantom)
    assert "differ by up to 20.0 mm (sform and qform); sform was used" in " ".join(volume.notes)


def test_agreeing_placements_need_no_note(write_nifti, patch_header, stored) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, qform_code=1)
    assert "sform" not in " ".join(open_volume(path).notes)


def test_qform_places_the_volume_alone(write_nifti, patch_header, stored, phantom) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, qform_code=1, sform_code=0)
    assert_same(open_volume(path), phantom)


def test_qform_tolerates_odd_signs(write_nifti, patch_header, stored) -> None:
    """A handedness of 0 counts as 1, and a negative voxel size as its absolute value."""
    path = write_nifti(stored, np.diag([0.5, 0.75, 2.5, 1]))
    patch_header(path, qform_code=1, sform_code=0)
    right = open_volume(path)
    patch_header(path, pixdim=[0, -0.5, 0.75, 2.5, 1, 1, 1, 1])
    assert open_volume(path).digest == right.digest


@pytest.mark.parametrize(
    "broken",
    [
        {"srow_x": [0, 0, 0, 0], "srow_y": [0, 0, 0, 0], "srow_z": [0, 0, 0, 0]},
        {"srow_x": [np.nan, 0, 0, 0]},
        {"srow_x": [0.5, 0.5, 0, 0], "srow_y": [0.5, 0.5, 0, 0]},
    ],
)
def test_a_broken_sform_gives_way_to_qform(
    write_nifti, patch_header, stored, phantom, broken
) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, qform_code=1, sform_code=1, **broken)
    assert_same(open_volume(path), phantom)


def test_without_placement_the_orientation_is_unknown(
    write_nifti, patch_header, stored, phantom
) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, qform_code=0, sform_code=0)
    volume = open_volume(path)
    assert not volume.orientation_known
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    assert volume.spacing_mm == (2.5, 0.75, 0.5)
    assert volume.details["Stored axes"] == "not stated"
    assert "doesn't store the patient's orientation" in " ".join(volume.notes)


def test_an_impossible_quaternion_counts_as_no_placement(write_nifti, patch_header, stored) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, qform_code=1, sform_code=0, quatern_b=3, quatern_c=3)
    assert not open_volume(path).orientation_known


def test_missing_voxel_size_is_said(write_nifti, patch_header, stored) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, qform_code=0, sform_code=0, pixdim=[1, 0, 1, np.nan, 1, 1, 1, 1])
    volume = open_volume(path)
    assert volume.spacing_mm == (1, 1, 1)
    assert "A voxel size that the file gives can't be right" in " ".join(volume.notes)
    patch_header(path, pixdim=[1, 0, 0, 0, 1, 1, 1, 1])
    assert "The file gives no voxel size" in " ".join(open_volume(path).notes)


def test_a_stored_orientation_that_cannot_be_right_is_called_so(
    write_nifti, patch_header, stored
) -> None:
    """The reason was "doesn't store the patient's orientation", though it did."""
    path = write_nifti(stored, AFFINE)
    flat = {"srow_x": [1, 0, 0, 0], "srow_y": [1, 0, 0, 0], "srow_z": [0, 0, 1, 0]}
    patch_header(path, qform_code=0, sform_code=1, **flat)
    volume = open_volume(path)
    assert not volume.orientation_known
    assert "The orientation that the file stores can't be right" in " ".join(volume.notes)


def test_an_endless_position_leaves_the_orientation_known(
    write_nifti, patch_header, stored, phantom
) -> None:
    path = write_nifti(stored, AFFINE)
    x, y, z = np.linalg.inv(np.diag([-1, -1, 1]))[:3] @ AFFINE[:3, :3]
    rows = {"srow_x": [*x, np.inf], "srow_y": [*y, 0], "srow_z": [*z, 0]}
    patch_header(path, qform_code=0, sform_code=1, **rows)
    volume = open_volume(path)
    assert volume.orientation_known
    assert volume.spacing_mm == phantom.spacing_mm
    assert "The position that the file stores can't be right" in " ".join(volume.notes)


@pytest.mark.parametrize(
    ("code", "factor", "name"), [(1, 1000, "metres"), (3, 0.001, "micrometres")]
)
def test_other_units_of_length_become_millimetres(
    write_nifti, patch_header, stored, code, factor, name
) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, xyzt_units=code)
    volume = open_volume(path)
    np.testing.assert_allclose(volume.spacing_mm, np.array([2.5, 0.75, 0.5]) * factor)
    assert name in " ".join(volume.notes)
