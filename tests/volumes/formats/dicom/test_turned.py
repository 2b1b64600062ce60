import numpy as np
import pytest
from pydicom.dataset import Dataset

from med3dvlm.volumes import list_series, open_volume

ROWS, COLUMNS = 20, 16


def turned(numbers, *, rows: bool, columns: bool, **tags):
    """Edit that stores some slices from another corner, true to their place in the body."""

    def edit(data: Dataset, number: int) -> None:
        if number not in numbers:
            return
        row_mm, column_mm = map(float, data.PixelSpacing)
        right = np.array([float(n) for n in data.ImageOrientationPatient[:3]])
        down = np.array([float(n) for n in data.ImageOrientationPatient[3:]])
        place = np.array([float(n) for n in data.ImagePositionPatient])
        place += columns * column_mm * (COLUMNS - 1) * right + rows * row_mm * (ROWS - 1) * down
        plane = np.frombuffer(data.PixelData, "<i2").reshape(ROWS, COLUMNS)
        plane = plane[:: -1 if rows else 1, :: -1 if columns else 1]
        axes = [*(-right if columns else right), *(-down if rows else down)]
        data.ImagePositionPatient, data.ImageOrientationPatient = list(place), axes
        data.PixelData = plane.tobytes()
        for name, value in tags.items():
            setattr(data, name, value)

    return edit


@pytest.mark.parametrize(("rows", "columns"), [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("numbers", [range(1, 12, 2), range(6, 12), [4]])
def test_turned_slices_join_the_others(write_dicom, phantom, numbers, rows, columns) -> None:
    """Every second slice turned by 180 degrees made two series, each with half of the slices."""
    folder = write_dicom(turned(numbers, rows=rows, columns=columns))[0].parent
    assert len(list_series(folder)) == 1
    volume = open_volume(folder)
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    np.testing.assert_allclose(volume.affine, phantom.affine, atol=1e-6)
    assert f"turned back: {len(numbers)}." in " ".join(volume.notes)


def test_two_scans_of_which_one_is_turned_stay_two(write_dicom) -> None:
    """Prone beside supine: each is complete by itself, between the slices of the other."""

    def edit(data: Dataset, number: int) -> None:
        x, y, _ = data.ImagePositionPatient
        data.SliceThickness = 3
        data.ImagePositionPatient = [x, y, number // 2 * 2.5 + number % 2 * 1.25]
        turned(range(1, 12, 2), rows=True, columns=True)(data, number)

    series = list_series(write_dicom(edit)[0].parent)
    assert [info.shape[0] for info in series] == [6, 6]
