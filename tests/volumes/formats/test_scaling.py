import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats import scaling
from med3dvlm.volumes.formats.scaling import ValueStore, grey, invert, part_sizes, scaled
from med3dvlm.volumes.orientation import to_canonical


def rescaled(stored: np.ndarray, slope: float = 1.0, intercept: float = 0.0):
    """A volume that comes slice by slice."""
    store = ValueStore(stored.shape, np.eye(4))
    return scaling.rescaled(iter(stored[:, None]), store, slope, intercept)


def cube(dtype: str, *values: float) -> np.ndarray:
    return np.resize(np.array(values, dtype=np.float64), (3, 2, 2)).astype(dtype)


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", ">i2", "u2", "i4", ">u4", "i8", "f4", ">f8"])
def test_whole_numbers_become_int16_from_any_type(dtype) -> None:
    stored = cube(dtype, 0, 1, 2, 100)
    voxels, notes = rescaled(stored)
    assert voxels.dtype == np.int16
    assert voxels.dtype.isnative
    np.testing.assert_array_equal(voxels, stored)
    assert notes == ()


def test_fractions_stay_float32() -> None:
    for dtype in ("f4", "f8"):
        voxels, _ = rescaled(cube(dtype, 0.5, 1))
        assert voxels.dtype == np.float32


def test_a_volume_is_read_in_parts_of_whole_slices(monkeypatch) -> None:
    monkeypatch.setattr(scaling, "PART_VOXELS", 20)
    assert part_sizes(7, 8) == [2, 2, 2, 1]
    assert part_sizes(2, 21) == [1, 1]


def test_values_lie_in_memory_as_they_will_be_turned() -> None:
    """Turning a volume copied it, so that it needed twice the memory."""
    sagittal = np.array([[0, 0, -1, 9], [1, 0, 0, 0], [0, -1, 0, 9], [0, 0, 0, 1.0]])
    store = ValueStore((2, 3, 4), sagittal)
    for place in range(2):
        store.put(place, np.full((3, 4), place + 0.5 * place))
    values, _ = store.finish()
    turned, _, _ = to_canonical(values, sagittal)
    assert np.shares_memory(turned, values)
    np.testing.assert_array_equal(turned, np.broadcast_to([1.5, 0.0], (3, 4, 2)))


def test_a_late_fraction_keeps_what_was_stored_before() -> None:
    stored = cube("f4", 7)
    stored[2, 1, 1] = 0.25
    voxels, _ = rescaled(stored)
    assert voxels.dtype == np.float32
    np.testing.assert_array_equal(voxels, stored)


@pytest.mark.parametrize(
    ("dtype", "slope", "intercept"),
    [
        ("u2", 1.0, -1024.0),
        ("i2", 2.0, 0.0),
        ("u1", -3.0, 5.0),
        ("i4", 1.0, -1024.0),
        ("u2", 4e4, 1.0),
    ],
)
def test_scaling_is_exact_for_whole_factors(dtype, slope, intercept) -> None:
    stored = cube(dtype, 0, 17, 200)
    voxels, _ = rescaled(stored, slope, intercept)
    np.testing.assert_array_equal(voxels, stored.astype(np.int64) * int(slope) + int(intercept))


def test_fractional_slope_gives_float32_within_rounding() -> None:
    voxels, _ = rescaled(cube("u1", 0, 255), 0.362956, 0.0)
    assert voxels.dtype == np.float32
    assert float(voxels.max()) == pytest.approx(255 * 0.362956)


def test_numbers_beyond_int16_are_float32_and_rounding_is_said() -> None:
    voxels, notes = rescaled(cube("u2", 40000))
    assert voxels.dtype == np.float32
    assert notes == ()
    _, notes = rescaled(cube("i4", 2**24 + 1))
    assert "rounded to 24 bits" in notes[0]
    _, notes = rescaled(cube("u8", 2**63))
    assert "rounded to 24 bits" in notes[0]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_nan_and_infinity_are_replaced_and_counted(dtype) -> None:
    stored = cube(dtype, 1.5, 3)
    stored[0, 0] = [np.nan, -np.inf]
    voxels, notes = rescaled(stored)
    assert voxels[0, 0].tolist() == [1.5, 1.5]
    assert notes == ("Voxels without a finite value: 2. Set to the lowest, 1.5.",)


def test_overflowing_doubles_count_as_infinite() -> None:
    stored = cube("f8", 1, 2)
    stored[1, 1, 1] = 1e300
    voxels, notes = rescaled(stored)
    assert voxels.max() == 2
    assert "+infinity to the highest, 2" in notes[0]


def test_nothing_finite_is_refused() -> None:
    with pytest.raises(VolumeError, match="no finite value"):
        rescaled(cube("f4", np.nan))


def test_complex_numbers_become_magnitudes() -> None:
    np.testing.assert_array_equal(scaled(np.array([3 + 4j]), 1.0, 0.0), [5.0])


def test_grey_is_the_brightness() -> None:
    colours = np.array([[[255, 255, 255], [0, 0, 0], [255, 0, 0]]], dtype=np.uint8)
    np.testing.assert_array_equal(grey(colours), [[255, 0, 76]])
    alpha = np.array([[[9, 9, 9, 0]]], dtype=np.uint8)
    np.testing.assert_array_equal(grey(alpha), [[9]])


def test_colours_of_16_bits_and_fractions_keep_their_brightness() -> None:
    """Brightness above 255 was cut off."""
    np.testing.assert_array_equal(grey(np.full((1, 1, 3), 40_000, np.uint16)), [[40_000]])
    np.testing.assert_allclose(grey(np.full((1, 1, 3), 0.25)), [[0.25]])


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_inversion_swaps_dark_and_bright(dtype) -> None:
    values = np.array([[-32768, 0], [32767, 5]], dtype=dtype)
    invert(values)
    np.testing.assert_array_equal(values, [[32767, -1], [-32768, -6]])


def test_parts_may_be_of_different_types() -> None:
    store = ValueStore((2, 1, 2), np.eye(4))
    store.put(0, np.array([[1, 2]], dtype=np.uint8))
    store.put(1, np.array([[0.5, 70000.0]]))
    voxels, _ = store.finish()
    np.testing.assert_array_equal(voxels, np.array([[[1, 2]], [[0.5, 70000]]], np.float32))
