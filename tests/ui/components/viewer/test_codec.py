import numpy as np
import pytest

from med3dvlm.ui.components.viewer.codec import Scale, decode, encode, scale_of, stored_type

SHAPE = (7, 9, 11)


def travel(voxels: np.ndarray) -> np.ndarray:
    return decode(b"".join(encode(voxels)), voxels.shape, stored_type(voxels))


@pytest.mark.parametrize("dtype", [np.int16, np.uint8])
def test_whole_range_comes_back_exactly(dtype: type) -> None:
    limits = np.iinfo(dtype)
    voxels = np.random.default_rng(0).integers(limits.min, limits.max + 1, SHAPE).astype(dtype)
    voxels[0, 0, :2] = limits.min, limits.max
    np.testing.assert_array_equal(travel(voxels), voxels)


def test_whole_numbers_in_floats_come_back_exactly() -> None:
    voxels = np.random.default_rng(0).integers(-1024, 3072, SHAPE).astype(np.float32)
    np.testing.assert_array_equal(travel(voxels), voxels)


@pytest.mark.parametrize("factor", [1e-4, 1.0, 1e6])
def test_real_numbers_come_back_within_a_step(factor: float) -> None:
    voxels = (np.random.default_rng(0).random(SHAPE) * factor).astype(np.float32)
    np.testing.assert_allclose(travel(voxels), voxels, atol=factor / 65534)


def test_constant_floats_keep_their_value() -> None:
    np.testing.assert_array_equal(travel(np.full(SHAPE, 0.25, np.float32)), 0.25)


def test_not_a_number_is_stored_as_the_lowest() -> None:
    voxels = np.random.default_rng(0).random(SHAPE).astype(np.float32)
    voxels[1, 1, 1] = np.nan
    shown = travel(voxels)
    assert shown[1, 1, 1] == pytest.approx(np.nanmin(voxels), abs=1e-4)
    np.testing.assert_allclose(shown[2:], voxels[2:], atol=1e-4)


def test_only_not_a_number_is_stored_as_zero() -> None:
    voxels = np.full(SHAPE, np.nan, np.float32)
    assert scale_of(voxels) == Scale(1.0, 0.0)
    assert travel(voxels).shape == SHAPE


def test_many_slabs_make_one_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("med3dvlm.ui.components.viewer.codec.SLAB_VOXELS", 2 * 9 * 11)
    voxels = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    assert len(list(encode(voxels))) == 1 + 4 + 1
    np.testing.assert_array_equal(travel(voxels), voxels)


def test_columns_in_any_memory_order_travel() -> None:
    voxels = np.asfortranarray(np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE))
    np.testing.assert_array_equal(travel(voxels[:, ::-1]), voxels[:, ::-1])


def test_a_smooth_scan_shrinks() -> None:
    z, y, x = np.mgrid[:20, :64, :64]
    voxels = (20 * np.sin(z / 3) + 300 * np.cos(y / 20) * np.sin(x / 25)).astype(np.int16)
    assert len(b"".join(encode(voxels))) < 0.35 * voxels.nbytes
