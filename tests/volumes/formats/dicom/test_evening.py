"""Slices at uneven distances on an even grid."""

import numpy as np

from med3dvlm.volumes.formats.dicom.evening import BRIDGED_MM, _between


def test_a_wide_gap_is_not_bridged() -> None:
    low, high = np.full((2, 2), 10, np.int16), np.full((2, 2), 50, np.int16)
    end = 2 * BRIDGED_MM
    assert (_between((0.0, low), (end, high), 1.0, near=2.0) == low).all()
    assert (_between((0.0, low), (end, high), end - 1.0, near=2.0) == high).all()
    assert (_between((0.0, low), (end, high), BRIDGED_MM, near=2.0) == 10).all()
