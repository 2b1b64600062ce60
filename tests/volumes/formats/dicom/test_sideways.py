import numpy as np
import pytest
from pydicom.dataset import Dataset

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Volume, open_volume


def shifted(shifts: dict[int, tuple[float, float]], heights: dict[int, float] | None = None):
    """Edit that moves slices in their planes; each voxel holds what its true position gives."""

    def edit(data: Dataset, number: int) -> None:
        right, down = shifts.get(number, (0.0, 0.0))
        x, y, z = map(float, data.ImagePositionPatient)
        x, y, z = x + right, y + down, (heights or {}).get(number, z)
        data.ImagePositionPatient = [x, y, z]
        row_mm, column_mm = map(float, data.PixelSpacing)
        rows, columns = np.mgrid[:20, :16]
        values = value_at(x + columns * column_mm, y + rows * row_mm, z)
        data.PixelData = np.rint(values).astype("<i2").tobytes()

    return edit


def value_at(x, y, z):
    return 2000 + 30 * x + 20 * y + 10 * z


def assert_true_to_place(volume: Volume) -> None:
    """Wherever a slice was imaged, a voxel has the value of its position in the body."""
    lowest_values = {int(plane.min()) for plane in volume.voxels}
    measured = 0
    for z, y, x in np.argwhere(volume.voxels > -32768)[::7]:
        value = int(volume.voxels[z, y, x])
        if value in lowest_values:  # what was not imaged
            continue
        expected = value_at(*volume.millimetres((z, y, x)))
        assert value == pytest.approx(expected, abs=2)
        measured += 1
    assert measured > 300


@pytest.mark.parametrize(
    "shifts",
    [
        {6: (3.0, 0.0)},
        {6: (0.0, -3.1)},
        dict.fromkeys(range(6, 12), (1.8, -2.2)),
        {number: (float(number % 2) * 1.1, 0.0) for number in range(12)},
        {0: (4.0, 4.0)},
    ],
)
def test_slices_beside_a_straight_line_are_put_where_they_were(write_dicom, shifts) -> None:
    """They were refused, though their positions are known."""
    volume = open_volume(write_dicom(shifted(shifts))[0].parent)
    assert "Slices are shifted sideways relative to each other, by up to" in " ".join(volume.notes)
    assert volume.shape[0] == 12
    assert_true_to_place(volume)


def test_shifted_and_uneven_slices_are_put_where_they_were(write_dicom) -> None:
    shifts = dict.fromkeys(range(7, 12), (2.0, 1.3))
    paths = write_dicom(shifted(shifts))
    paths[4].unlink()
    volume = open_volume(paths[0].parent)
    assert "shifted sideways" in " ".join(volume.notes)
    assert "interpolated onto even positions" in " ".join(volume.notes)
    assert volume.shape[0] == 12


def test_slices_that_show_nothing_of_each_other_are_refused(write_dicom) -> None:
    paths = write_dicom(shifted(dict.fromkeys(range(6, 12), (500.0, 0.0))))
    with pytest.raises(VolumeError, match="After slice 6 of 12, slices lie beside the ones before"):
        open_volume(paths[0].parent)
