import shutil
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    generate_uid,
)

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Volume, list_series, open_volume


def assert_same(volume: Volume, phantom: Volume) -> None:
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    np.testing.assert_allclose(volume.affine, phantom.affine, atol=1e-6)
    assert volume.digest == phantom.digest
    assert volume.unit == "HU"


def words(volume: Volume) -> str:
    return " ".join(volume.notes)


def refusal(path: Path, **options) -> str:
    with pytest.raises(VolumeError) as caught:
        open_volume(path, **options)
    return str(caught.value)


def test_copies_of_files_are_dropped_with_a_note(write_dicom, phantom) -> None:
    paths = write_dicom()
    for path in paths[3:5]:
        shutil.copy(path, path.with_name(f"copy of {path.name}"))
    volume = open_volume(paths[0].parent)
    assert_same(volume, phantom)
    assert "Duplicate slices left out: 2." in volume.notes


def test_same_pictures_under_new_uids_are_dropped_too(write_dicom, phantom) -> None:
    paths = write_dicom()
    data = dcmread(paths[4])
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.save_as(paths[0].with_name("again.dcm"))
    volume = open_volume(paths[0].parent)
    assert_same(volume, phantom)
    assert "Duplicate slices left out: 1." in volume.notes


def test_equal_numbers_that_are_scaled_differently_are_no_copies(write_dicom, phantom) -> None:
    """Half of the slices went as duplicates of others with other values."""
    paths = write_dicom()
    for path in paths:
        data = dcmread(path)
        data.SOPInstanceUID = generate_uid()
        data.RescaleIntercept = 100
        data.save_as(path.with_name(f"other {path.name}"))
    infos = list_series(paths[0].parent)
    assert [info.description.rpartition(", ")[2] for info in infos] == [
        "scaling 1 of 2", "scaling 2 of 2",
    ]  # fmt: skip
    lowest = [open_volume(paths[0].parent, series=info.key).voxels.min() for info in infos]
    assert lowest == [phantom.voxels.min(), phantom.voxels.min() + 100]


def test_different_pictures_at_one_place_are_refused(write_dicom) -> None:
    paths = write_dicom()
    data = dcmread(paths[4])
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.PixelData = bytes(len(data.PixelData))
    data.save_as(paths[0].with_name("other.dcm"))
    message = refusal(paths[0].parent)
    assert "Several images share one position, from slice 5 of 13" in message
    assert "Export a single time point" in message


def test_two_series_never_mix_and_the_largest_opens(write_dicom, phantom) -> None:
    folder = write_dicom()[0].parent
    small = Volume(voxels=phantom.voxels[:5].copy(), affine=phantom.affine.copy(), unit="HU")
    write_dicom(volume=small, folder="series/second")
    infos = list_series(folder)
    assert [info.shape for info in infos] == [(12, 20, 16), (5, 20, 16)]
    assert [info.slices for info in infos] == [12, 5]
    assert infos[0].description == "CT, axial, 2.5 mm, 12 slices"
    assert len({info.key for info in infos}) == 2
    volume = open_volume(folder)
    assert_same(volume, phantom)
    assert "There are 2 series; the largest is shown" in words(volume)
    second = open_volume(folder, series=infos[1].key)
    assert second.shape == (5, 20, 16)
    assert second.notes == ()


def test_an_unknown_series_names_those_that_exist(write_dicom) -> None:
    folder = write_dicom()[0].parent
    key = list_series(folder)[0].key
    assert f"Available series: {key}" in refusal(folder, series="nope")


def test_a_series_has_one_frame_only(write_dicom) -> None:
    assert "read as one volume" in refusal(write_dicom()[0].parent, frame=1)


@pytest.mark.parametrize(
    ("keyword", "name"),
    [
        ("TemporalPositionIdentifier", "time point"),
        ("EchoTime", "echo"),
        ("AcquisitionNumber", "acquisition"),
    ],
)
def test_time_points_become_series_of_their_own(write_dicom, phantom, keyword, name) -> None:
    later = phantom.voxels.copy()
    later[0, 0, 0] = 77
    second = Volume(voxels=later, affine=phantom.affine.copy(), unit="HU")

    def early(data: Dataset, number: int) -> None:
        setattr(data, keyword, 1)
        data.InstanceNumber = number * 2
        data.SeriesInstanceUID = "1.2.3"

    def late(data: Dataset, number: int) -> None:
        early(data, number)
        setattr(data, keyword, 2)
        data.InstanceNumber = number * 2 + 1

    folder = write_dicom(early)[0].parent
    write_dicom(late, volume=second, folder="series/late")
    infos = list_series(folder)
    unit = [" (1 ms)", " (2 ms)"] if name == "echo" else ["", ""]
    assert [info.description.rpartition(", ")[2] for info in infos] == [
        f"{name} 1 of 2{unit[0]}", f"{name} 2 of 2{unit[1]}",
    ]  # fmt: skip
    assert_same(open_volume(folder, series=infos[0].key), phantom)
    assert open_volume(folder, series=infos[1].key).voxels[0, 0, 0] == 77


def test_pictures_told_apart_by_two_marks_are_split(write_dicom, phantom) -> None:
    """Two echoes at each of two time points: neither mark alone separates the pictures."""
    for part in range(4):

        def mark(data: Dataset, number: int, part: int = part) -> None:
            data.SeriesInstanceUID = "1.2.3"
            data.EchoNumbers, data.TemporalPositionIdentifier = part % 2, part // 2

        voxels = phantom.voxels.copy()
        voxels[0, 0, 0] = part
        volume = Volume(voxels=voxels, affine=phantom.affine.copy(), unit="HU")
        write_dicom(mark, volume=volume, folder=f"all/{part}")
    folder = write_dicom(folder="unused")[0].parent.parent / "all"
    infos = list_series(folder)
    assert len(infos) == 4
    opened = {int(open_volume(folder, series=i.key).voxels[0, 0, 0]) for i in infos}
    assert opened == {0, 1, 2, 3}
    assert infos[0].description.endswith("time point 1 of 2, echo 1 of 2")


def test_scouts_and_other_planes_are_series_of_their_own(write_dicom, phantom) -> None:
    def scout(data: Dataset, number: int) -> None:
        data.SeriesInstanceUID = "1.2.3"
        data.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

    def axial(data: Dataset, number: int) -> None:
        data.SeriesInstanceUID = "1.2.3"

    def coronal(data: Dataset, number: int) -> None:
        data.SeriesInstanceUID = "1.2.3"
        data.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
        data.ImagePositionPatient = [0, number * 2, 0]

    folder = write_dicom(axial)[0].parent
    one = Volume(voxels=phantom.voxels[:1].copy(), affine=phantom.affine.copy(), unit="HU")
    two = Volume(voxels=phantom.voxels[:2].copy(), affine=phantom.affine.copy(), unit="HU")
    write_dicom(scout, volume=one, folder="series/scout")
    write_dicom(coronal, volume=two, folder="series/coronal")
    infos = list_series(folder)
    assert [info.slices for info in infos] == [12, 2, 1]
    assert "coronal" in infos[1].description
    assert "scout" in infos[2].description
    assert_same(open_volume(folder), phantom)
    lone = open_volume(folder, series=infos[2].key)
    assert lone.unit == "arbitrary"
    assert "scout" in words(lone)
    assert "only one slice" in words(lone)


def test_series_that_nothing_tells_apart_are_numbered(write_dicom, tmp_path) -> None:
    """Two people's scans in one folder read alike in the chooser; no name may be shown."""
    for part in range(2):
        write_dicom(
            lambda data, number, part=part: setattr(data, "SeriesInstanceUID", f"1.2.{part}"),
            folder=f"all/{part}",
        )
    described = [info.description for info in list_series(tmp_path / "all")]
    assert [words.partition(" slices, ")[2] for words in described] == [
        "1 of 2 alike",
        "2 of 2 alike",
    ]


def test_another_series_is_pointed_to_when_the_largest_is_broken(write_dicom) -> None:
    paths = write_dicom()
    data = dcmread(paths[4])
    data.PixelData = data.PixelData[:50]
    data.save_as(paths[4])
    write_dicom(lambda data, number: setattr(data, "SeriesInstanceUID", "1.2.3"), folder="series/b")
    for number in range(4):
        (paths[0].parent / "b" / f"IM{number + 1:04d}.dcm").unlink()
    message = refusal(paths[0].parent)
    assert "damaged" in message
    assert "one of 2 series" in message
