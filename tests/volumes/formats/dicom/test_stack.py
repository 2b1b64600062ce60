import numpy as np
import pytest
from pydicom.dataset import Dataset

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, Volume, open_volume
from med3dvlm.volumes.preflight import preflight


def moved(places: dict[int, float]):
    """Edit that puts slices at other heights."""

    def edit(data: Dataset, number: int) -> None:
        x, y, z = data.ImagePositionPatient
        data.ImagePositionPatient = [x, y, places.get(number, float(z))]

    return edit


def every(step: float, **later: float):
    def edit(data: Dataset, number: int) -> None:
        x, y, _ = data.ImagePositionPatient
        data.ImagePositionPatient = [x, y, number * step]

    return edit


def open_series(paths) -> Volume:
    return open_volume(paths[0].parent)


def refusal(paths) -> str:
    with pytest.raises(VolumeError) as caught:
        open_series(paths)
    return str(caught.value)


def words(volume: Volume) -> str:
    return " ".join(volume.notes)


def linear(data: Dataset, number: int) -> None:
    """A picture whose values are its height, so that each place has a known value."""
    z = float(data.ImagePositionPatient[2])
    data.PixelData = np.full((20, 16), round(z * 10), "<i2").tobytes()


def assert_in_place(volume: Volume) -> None:
    """Every voxel holds its own height."""
    for z in range(volume.shape[0]):
        expected = volume.millimetres((z, 0, 0))[2] * 10
        assert volume.voxels[z, 5, 5] == pytest.approx(expected, abs=1)


def test_a_missing_slice_is_bridged_at_its_place(write_dicom) -> None:
    """Series with a gap were refused with "Export the whole series", which they were."""
    paths = write_dicom(linear)
    paths[5].unlink()
    volume = open_series(paths)
    assert volume.shape == (12, 20, 16)
    assert_in_place(volume)
    assert "from 2.5 to 5.0" not in words(volume)
    assert "Slices lie 2.50 to 5.00 mm apart" in words(volume)
    assert "gap, 5.00 mm after slice 5 of 11 (number 5 in the series), was bridged" in words(volume)
    assert "uneven slices" in [caution.title for caution in preflight(volume).cautions]


def test_a_missing_slice_of_thin_ones_is_found(write_dicom) -> None:
    """The tolerance for rounded positions may not swallow a slice of 0.1 mm."""
    paths = write_dicom(every(0.1))
    paths[7].unlink()
    assert "Slices lie 0.10 to 0.20 mm apart" in words(open_series(paths))


def test_a_wide_gap_stays_empty(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        moved({n: -300.0 + 2.5 * n + 60 * (n > 5) for n in range(12)})(data, number)
        data.PixelData = np.full((20, 16), 40 if number else -1000, "<i2").tobytes()
        if number in (5, 6):
            data.PixelData = np.full((20, 16), 40, "<i2").tobytes()

    volume = open_series(write_dicom(edit))
    assert volume.shape == (36, 20, 16)
    assert "gap, 62.50 mm after slice 6 of 12 (number 6 in the series), is left empty" in words(
        volume
    )


def test_two_thicknesses_lie_at_their_true_places(write_dicom) -> None:
    """A head CT of thin slices below and thick ones above."""

    def edit(data: Dataset, number: int) -> None:
        moved({n: min(n, 6) * 2.5 + max(n - 6, 0) * 5.0 for n in range(12)})(data, number)
        data.SliceThickness = 2.5 if number < 6 else 5
        linear(data, number)

    volume = open_series(write_dicom(edit))
    assert volume.spacing_mm[0] == pytest.approx(2.5)
    assert volume.shape[0] == 17
    assert_in_place(volume)
    assert "largest gap" not in words(volume)


def test_a_slice_too_close_keeps_its_place(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        moved({3: -294.0})(data, number)
        linear(data, number)

    volume = open_series(write_dicom(edit))
    assert_in_place(volume)
    assert "Slices lie 1.00 to 4.00 mm apart" in words(volume)


def test_too_many_even_slices_are_refused(write_dicom) -> None:
    paths = write_dicom(moved({11: 30_000.0}))
    with pytest.raises(VolumeError, match="more than the limit"):
        open_volume(paths[0].parent, limits=Limits(voxels=1_000_000))


def test_rounded_positions_are_evened_with_a_note(write_dicom) -> None:
    volume = open_series(write_dicom(moved({3: -292.45})))
    assert "from 2.45 to 2.55 mm; the mean, 2.500 mm, was used" in words(volume)


def test_distances_that_change_along_the_scan_are_evened(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        x, y, _ = data.ImagePositionPatient
        data.ImagePositionPatient = [x, y, min(number, 6) * 0.5 + max(number - 6, 0) * 0.55]

    volume = open_series(write_dicom(edit))
    assert "from 0.50 to 0.55 mm" in words(volume)

    def drifting(data: Dataset, number: int) -> None:
        x, y, _ = data.ImagePositionPatient
        data.ImagePositionPatient = [x, y, min(number, 6) * 0.2 + max(number - 6, 0) * 0.27]

    assert "Slices lie 0.20 to 0.27 mm apart" in words(open_series(write_dicom(drifting)))


def test_tissue_between_thin_slices_is_mentioned(write_dicom) -> None:
    volume = open_series(write_dicom(lambda data, _: setattr(data, "SliceThickness", 1)))
    assert "1 mm thick but 2.5 mm apart" in words(volume)


def test_head_first_or_feet_first_order_is_no_matter(write_dicom, phantom) -> None:
    def mirrored(data: Dataset, number: int) -> None:
        """Rows run backwards, so that the slices' normal points to the feet."""
        x, y, z = data.ImagePositionPatient
        data.ImageOrientationPatient = [-1, 0, 0, 0, 1, 0]
        data.ImagePositionPatient = [x + 0.5 * 15, y, z]
        data.PixelData = np.ascontiguousarray(phantom.voxels[number][:, ::-1]).tobytes()

    volume = open_series(write_dicom(mirrored))
    assert volume.digest == phantom.digest
    assert volume.details["Stored axes"] == "RPI"


def test_what_a_tilted_stack_of_inverted_grey_lacks_is_as_dark_as_its_darkest(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        x, y, z = data.ImagePositionPatient
        data.ImagePositionPatient = [x, float(y) + number * 2.5 * np.tan(np.radians(20)), z]
        data.Modality, data.PhotometricInterpretation = "MR", "MONOCHROME1"

    volume = open_series(write_dicom(edit))
    assert "sheared by 20.0 degrees" in words(volume)
    assert "MONOCHROME1" in words(volume)
    assert volume.voxels[0, -1, 0] == volume.voxels[-1, 0, 0] == volume.voxels.min()


def test_gantry_tilt_is_straightened_and_places_stay_true(write_dicom) -> None:
    """Slices that lean by 20 degrees, of a picture that is linear in the world."""
    lean = 2.5 * np.tan(np.radians(20))
    slope = np.array([3.0, -5.0, 2.0])

    def edit(data: Dataset, number: int) -> None:
        x, y, z = (float(part) for part in data.ImagePositionPatient)
        data.ImagePositionPatient = [x, y + number * lean, z]
        data.GantryDetectorTilt = 20
        row, column = np.mgrid[0:20, 0:16]
        world = np.stack(
            [x + column * 0.5, y + number * lean + row * 0.75, np.full_like(row, z, float)]
        )
        data.PixelData = np.rint(np.tensordot(slope, world, 1) * 10).astype("<i2").tobytes()

    volume = open_series(write_dicom(edit))
    assert "sheared by 20.0 degrees" in words(volume)
    assert volume.details["Measured tilt"] == "20.0 degrees"
    assert volume.details["Gantry tilt"] == "20 degrees"
    inside = np.argwhere(volume.voxels != volume.voxels.min())
    assert len(inside) > 2000
    for z, y, x in inside[::37]:
        expected = slope @ volume.millimetres((z, y, x)) * 10
        assert volume.voxels[z, y, x] == pytest.approx(expected, abs=1.5)


def test_slices_that_jump_sideways_are_refused(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        x, y, z = data.ImagePositionPatient
        data.ImagePositionPatient = [float(x) + (3 if number == 6 else 0), y, z]

    assert "shifted sideways relative to each other, by 3.00 mm at slice 7" in refusal(
        write_dicom(edit)
    )


@pytest.mark.parametrize(("thickness", "spacing"), [(4, 4.0), (None, 1.0), (-2, 1.0)])
def test_a_single_slice_has_its_thickness(write_dicom, thickness, spacing) -> None:
    def edit(data: Dataset, number: int) -> None:
        data.SliceThickness = thickness
        del data.SpacingBetweenSlices

    volume = open_volume(write_dicom(edit)[2])
    assert volume.shape == (1, 20, 16)
    assert volume.spacing_mm == (spacing, 0.75, 0.5)
    assert "only one slice" in words(volume)
    assert ("no slice thickness" in words(volume)) == (spacing == 1.0)


@pytest.mark.parametrize("lost", ["ImagePositionPatient", "ImageOrientationPatient"])
def test_slices_without_a_place_follow_their_numbers(write_dicom, phantom, lost) -> None:
    volume = open_series(write_dicom(lambda data, _: delattr(data, lost)))
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    assert not volume.orientation_known
    assert volume.spacing_mm == (2.5, 0.75, 0.5)
    assert "in order of instance number, and" in words(volume)
    assert volume.details["Stored axes"] == "not stated"


def test_slices_without_place_and_number_follow_their_names(write_dicom, phantom, tmp_path) -> None:
    """They lay in the order of their names as text, said to be that of their numbers."""

    def edit(data: Dataset, number: int) -> None:
        del data.ImagePositionPatient, data.InstanceNumber

    for number, path in enumerate(write_dicom(edit)):
        path.rename(path.with_name(f"slice{number + 1}.dcm"))
    volume = open_volume(tmp_path / "series")
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    assert "in order of file name, because they aren't numbered" in words(volume)


@pytest.mark.parametrize("axes", [[0, 0, 0, 0, 0, 0], [1, 0, 0, 0.5, 0.8, 0], [1, 0, 0, 0, 1]])
def test_impossible_directions_count_as_none(write_dicom, axes) -> None:
    paths = write_dicom(lambda data, _: setattr(data, "ImageOrientationPatient", axes))
    assert not open_series(paths).orientation_known


def test_nothing_known_of_sizes_is_said(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        for keyword in (
            "ImagePositionPatient",
            "PixelSpacing",
            "SliceThickness",
            "SpacingBetweenSlices",
        ):
            delattr(data, keyword)

    volume = open_volume(write_dicom(edit)[0])
    assert volume.spacing_mm == (1, 1, 1)
    for phrase in ("no pixel size", "no slice spacing", "only one slice"):
        assert phrase in words(volume)


def test_the_detectors_pixel_size_is_better_than_none(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        data.ImagerPixelSpacing = [0.2, 0.3]
        del data.PixelSpacing

    assert open_series(write_dicom(edit)).spacing_mm == (2.5, 0.2, 0.3)


def test_directions_that_are_none_are_the_reason_given(write_dicom, phantom) -> None:
    """It was said that the files don't store positions, which they do."""
    long = [2, 0, 0, 0, 2, 0]
    volume = open_series(
        write_dicom(lambda data, _: setattr(data, "ImageOrientationPatient", long))
    )
    assert np.array_equal(volume.voxels, phantom.voxels)
    assert not volume.orientation_known
    assert "don't store a slice orientation that can be used" in words(volume)
