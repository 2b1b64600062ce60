from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    JPEG2000Lossless,
    generate_uid,
)

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Volume, list_series, open_volume
from tests.volumes.multi_frame import enhanced


def assert_same(volume: Volume, phantom: Volume) -> None:
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    np.testing.assert_allclose(volume.affine, phantom.affine, atol=1e-6)
    assert volume.digest == phantom.digest
    assert volume.unit == "HU"


def refusal(path: Path, **options) -> str:
    with pytest.raises(VolumeError) as caught:
        open_volume(path, **options)
    return str(caught.value)


def test_a_multi_frame_object_equals_its_slices(write_dicom, phantom, tmp_path) -> None:
    path = enhanced(write_dicom(), tmp_path / "enhanced.dcm")
    volume = open_volume(path)
    assert_same(volume, phantom)
    assert volume.details["Format"] == "DICOM, multi-frame"
    assert list_series(path)[0].shape == (12, 20, 16)


def test_multi_frame_objects_at_one_place_are_series_of_their_own(
    write_dicom, phantom, tmp_path
) -> None:
    def second(data: Dataset) -> None:
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        data.PixelData = bytes(len(data.PixelData))

    folder = tmp_path / "both"
    folder.mkdir()
    enhanced(write_dicom(), folder / "a.dcm")
    enhanced(write_dicom(), folder / "b.dcm", edit=second)
    infos = list_series(folder)
    assert [info.slices for info in infos] == [12, 12]
    assert {"file 1 of 2", "file 2 of 2"} == {i.description.rpartition(", ")[2] for i in infos}


def test_a_multi_frame_object_with_fewer_frames_than_said_is_refused(write_dicom, tmp_path) -> None:
    def cut(data: Dataset) -> None:
        data.PixelData = data.PixelData[: len(data.PixelData) // 2]

    assert "truncated" in refusal(enhanced(write_dicom(), tmp_path / "a.dcm", edit=cut))


def test_a_multi_frame_capture_that_says_hu_is_hu(write_dicom, phantom, tmp_path) -> None:
    def capture(data: Dataset) -> None:
        data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7.3"
        data.Modality = "OT"

    volume = open_volume(enhanced(write_dicom(), tmp_path / "a.dcm", edit=capture))
    assert_same(volume, phantom)
    assert volume.modality == "CT"


@pytest.mark.parametrize(
    ("modality", "reason"),
    [
        ("OT", "multi-frame image without positions"),
        ("NM", "nuclear medicine (SPECT) file, whose frames have positions of a kind that isn't"),
        ("XA", "film, whose frames have no positions"),
    ],
)
def test_films_are_no_scans(write_dicom, tmp_path, modality, reason) -> None:
    """A SPECT was said to have no positions."""

    def film(data: Dataset) -> None:
        data.Modality = modality
        del data.PerFrameFunctionalGroupsSequence, data.SharedFunctionalGroupsSequence

    message = refusal(enhanced(write_dicom(), tmp_path / "a.dcm", edit=film))
    assert f"1 x {reason}" in message


@pytest.fixture
def wide(phantom) -> Volume:
    """The phantom with pictures large enough for JPEG 2000."""
    voxels = phantom.voxels.repeat(5, axis=1).repeat(4, axis=2)
    return Volume(voxels=voxels, affine=phantom.affine.copy(), unit="HU")


def test_a_compressed_multi_frame_object_with_long_offsets_opens(
    write_dicom, wide, tmp_path
) -> None:
    def compress(data: Dataset) -> None:
        data.compress(JPEG2000Lossless, encapsulate_ext=True)

    path = enhanced(write_dicom(volume=wide), tmp_path / "a.dcm", edit=compress)
    assert_same(open_volume(path), wide)
