import numpy as np
import pytest

from med3dvlm.volumes.hounsfield import looks_like_ct


def ct(dtype=np.int16) -> np.ndarray:
    """Air around a body with some bone."""
    rng = np.random.default_rng(1)
    voxels = np.full((20, 30, 30), -1000.0) + rng.normal(0, 8, (20, 30, 30)).round()
    voxels[:, 8:22, 8:22] = rng.normal(40, 20, (20, 14, 14)).round()
    voxels[:, 12:14, 12:14] = 900
    return voxels.astype(dtype)


def test_air_and_body_look_like_ct() -> None:
    assert looks_like_ct(ct())
    assert looks_like_ct(ct(np.float32))


def test_padding_far_below_air_is_no_objection() -> None:
    voxels = ct()
    voxels[:, :2] = -3024
    assert looks_like_ct(voxels)


def test_a_resampled_ct_is_known_by_its_peak_of_air() -> None:
    assert looks_like_ct(ct(np.float32) + np.float32(0.25))


def test_fractions_without_air_are_no_ct() -> None:
    voxels = ct(np.float32) + np.float32(0.25)
    voxels[voxels < -500] = -700.5
    assert not looks_like_ct(voxels)


@pytest.mark.parametrize("low", [0, -300])
def test_without_air_it_is_no_ct(low) -> None:
    assert not looks_like_ct(np.clip(ct(), low, None))


def test_a_wide_range_is_no_ct() -> None:
    assert not looks_like_ct((ct().astype(np.float32) * 20).astype(np.int16))


def test_a_phase_map_is_no_ct() -> None:
    phases = np.random.default_rng(0).integers(-4096, 3900, (20, 30, 30)).astype(np.int16)
    assert not looks_like_ct(phases)
