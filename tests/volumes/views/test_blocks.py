import numpy as np

from med3dvlm.volumes.views.blocks import block_centre, block_factor, block_means


def test_block_means_leave_the_rest_out() -> None:
    voxels = np.arange(5 * 4 * 7, dtype=np.int16).reshape(5, 4, 7)
    means = block_means(voxels, [2, 2, 3])
    assert means.shape == (2, 2, 2)
    assert means[1, 1, 0] == voxels[3, 2:4, 0:3].mean()


def test_no_axis_is_longer_than_wished() -> None:
    assert block_factor((300, 512, 512), 112) == (3, 5, 5)
    assert block_factor((1, 112, 113), 112) == (1, 1, 2)


def test_the_first_block_has_a_centre() -> None:
    """A ramp's block means are the ramp at the centres of the blocks."""
    z, y, x = np.mgrid[:9, :8, :6].astype(np.float32)
    factor = (3, 4, 2)
    middle = block_centre(factor)
    for axis, ramp in enumerate((z, y, x)):
        assert block_means(ramp, factor)[0, 0, 0] == middle[axis]
