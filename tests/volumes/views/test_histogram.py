import numpy as np
import pytest

from med3dvlm.volumes.views.histogram import count_values
from med3dvlm.volumes.volume import Volume, canonical_affine


def scan(voxels: np.ndarray, unit: str = "HU") -> Volume:
    return Volume(voxels=voxels, affine=canonical_affine((1.0, 1.0, 1.0)), unit=unit)


def test_shares_are_those_of_the_voxels() -> None:
    voxels = np.full((10, 10, 10), -1000, np.int16)
    voxels[:3] = 40
    voxels[0, 0, :5] = 5000  # outside of every bin
    counts = count_values(scan(voxels))
    assert counts.shares.sum() == pytest.approx(0.995)
    assert counts.shares[np.abs(counts.middles - 40).argmin()] == pytest.approx(0.295)
    assert counts.shares[np.abs(counts.middles + 1000).argmin()] == pytest.approx(0.7)


def test_whole_numbers_spread_evenly() -> None:
    """A bin of 3.5 numbers would hold now three and now four of them: a comb."""
    voxels = (np.arange(1000) % 500).astype(np.int16).reshape(10, 10, 10)
    shares = count_values(scan(voxels, "arbitrary"), bins=77).shares
    held = shares[shares > 0][1:-1]
    np.testing.assert_allclose(held, held[0])


def test_floats_without_a_unit_fill_the_bins() -> None:
    voxels = np.random.default_rng(0).random((30, 30, 30)).astype(np.float32)
    counts = count_values(scan(voxels, "arbitrary"))
    assert counts.shares.sum() == pytest.approx(1)
    assert (counts.shares > 0).sum() > 100


def test_even_scan_is_one_bin() -> None:
    counts = count_values(scan(np.zeros((4, 4, 4), np.uint8), "arbitrary"))
    assert counts.shares.max() == pytest.approx(1)
