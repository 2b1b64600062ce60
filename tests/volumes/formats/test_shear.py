import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.scaling import ValueStore, rescaled
from med3dvlm.volumes.formats.shear import shear_degrees, straightening

SHAPE = (6, 12, 10)  # k, j, i
MANY = 10**6
SLOPE = np.array([3.0, -2.0, 5.0])


def world(shape, affine) -> np.ndarray:
    k, j, i = np.indices(shape)
    index = np.stack([i, j, k], axis=-1).astype(float)
    return index @ affine[:3, :3].T + affine[:3, 3]


def tilted(degrees: float) -> np.ndarray:
    """Slices along x and y, stacked along a line that leans towards y: a tilted gantry."""
    affine = np.diag([0.8, 0.9, 2.0, 1.0])
    affine[1, 2] = 2.0 * np.tan(np.radians(degrees))
    affine[:3, 3] = [-5, 7, 11]
    return affine


def straighten(voxels, affine, most):
    """A scan as the readers straighten it: what is stored, in the room of what comes of it."""
    plan = straightening(voxels.shape, affine, most)
    if plan is None:
        return voxels, affine, ()
    values, _ = rescaled(iter(voxels[:, None]), ValueStore(voxels.shape, affine, plan))
    return values, plan.affine, (plan.note,)


def assert_ramp_survives(affine) -> None:
    """Linear interpolation keeps a linear function of the world exactly, at every inner voxel."""
    values = (world(SHAPE, affine) @ SLOPE + 1000).astype(np.float32)
    out, straight, notes = straighten(values, affine, MANY)
    assert shear_degrees(straight) < 1e-6
    expected = world(out.shape, straight) @ SLOPE + 1000
    inside = out != values.min()
    assert inside.sum() > 0.5 * values.size
    np.testing.assert_allclose(out[inside], expected[inside], atol=0.01)
    assert "orthogonal grid" in notes[0]


@pytest.mark.parametrize("degrees", [-30, -5, 0.5, 12, 25])
def test_gantry_tilt_is_straightened(degrees) -> None:
    affine = tilted(degrees)
    assert_ramp_survives(affine)
    _, straight, notes = straighten(np.zeros(SHAPE, np.int16), affine, MANY)
    np.testing.assert_allclose(straight[:3, :2], affine[:3, :2])  # slices stay where they are
    assert straight[2, 2] == pytest.approx(2.0)
    assert f"{abs(degrees):.1f} degrees" in notes[0]


small = st.floats(-0.4, 0.4)


@settings(deadline=None)
@given(xy=small, xz=small, yz=small)
def test_any_shear_keeps_world_places(xy, xz, yz) -> None:
    affine = np.diag([1.5, 1.0, 2.0, 1.0])
    affine[0, 1], affine[0, 2], affine[1, 2] = xy, xz, yz
    assume(shear_degrees(affine) > 0.1)
    assert_ramp_survives(affine)


def test_whole_shifts_change_no_value() -> None:
    """A shear by exactly one row a slice only moves rows."""
    affine = np.eye(4)
    affine[1, 2] = 1.0
    voxels = np.random.default_rng(0).integers(-1000, 1000, SHAPE).astype(np.int16)
    out, straight, _ = straighten(voxels, affine, MANY)
    assert out.dtype == np.int16
    assert out.shape == (6, 17, 10)
    for k in range(6):
        np.testing.assert_array_equal(out[k, k : k + 12], voxels[k])
    assert straight[1, 3] == 0
    assert (out[0, 12:] == voxels.min()).all()


def test_right_angles_need_no_plan() -> None:
    affine = np.diag([1.0, 2, 3, 1])
    affine[0, 1] = 1e-5
    assert straightening(SHAPE, affine, MANY) is None


def test_values_that_are_not_finite_take_none_of_their_neighbours_along() -> None:
    affine = tilted(12)
    voxels = np.full(SHAPE, 7, np.float32)
    voxels[0, 3, 3], voxels[5, 11, 9] = np.nan, 0.5
    plan = straightening(SHAPE, affine, MANY)
    out, notes = rescaled(iter(voxels[:, None]), ValueStore(SHAPE, affine, plan))
    assert "without a finite value: 1." in notes[0]
    assert np.isfinite(out).all()
    assert out[0, 3, 3] == 0.5
    assert (out[0, 3, [2, 4]] == 7).all()


def test_extreme_shear_is_refused_with_a_remedy() -> None:
    with pytest.raises(VolumeError, match=r"60 degrees.*Resample"):
        straighten(np.zeros(SHAPE, np.int16), tilted(60), MANY)


def test_growth_beyond_the_limit_is_refused() -> None:
    with pytest.raises(VolumeError, match="more than"):
        straighten(np.zeros(SHAPE, np.int16), tilted(30), 6 * 12 * 10)
