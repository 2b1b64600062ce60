import random
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, Volume, open_volume
from med3dvlm.volumes.formats.nifti import save_nifti


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


def test_dicom_and_nifti_of_one_phantom_agree_to_the_voxel(write_dicom, phantom, tmp_path) -> None:
    folder = write_dicom()[0].parent
    save_nifti(phantom, tmp_path / "a.nii.gz")
    volume = open_volume(folder)
    assert_same(volume, phantom)
    assert volume.digest == open_volume(tmp_path / "a.nii.gz").digest
    assert volume.notes == ()
    assert volume.modality == "CT"
    assert volume.details["Slice thickness"] == "2.5 mm"


def test_order_names_and_junk_are_no_matter(write_dicom, phantom) -> None:
    paths = write_dicom()
    folder = paths[0].parent
    random.Random(3).shuffle(paths)
    for number, path in enumerate(paths):
        inner = folder / f"S{number % 2}"
        inner.mkdir(exist_ok=True)
        path.rename(inner / f"{number * 7919 % 1000}")
    (folder / "readme.txt").write_text("no scan")
    (folder / ".DS_Store").write_bytes(b"junk")
    assert_same(open_volume(folder), phantom)


def test_rescale_is_applied_slice_by_slice(write_dicom, phantom) -> None:
    def shifted(data: Dataset, number: int) -> None:
        data.RescaleIntercept = -1024 - number
        stored = phantom.voxels[number].astype(np.int32) + 1024 + number
        data.PixelData = stored.astype("<i2").tobytes()

    assert_same(open_volume(write_dicom(shifted)[0].parent), phantom)


@pytest.mark.parametrize(
    ("edits", "unit", "note"),
    [
        ({"RescaleSlope": None}, "arbitrary", "how to convert stored values to HU"),
        ({"RescaleType": "US"}, "arbitrary", "an unspecified unit"),
        ({"RescaleType": "MGML"}, "arbitrary", "MGML"),
        ({"Modality": "MR"}, "arbitrary", "but MR doesn't measure HU"),
        ({"Modality": "MR", "RescaleType": None}, "arbitrary", ""),
        ({"Modality": "XA"}, "HU", "doesn't say that it is a CT"),
        ({"Modality": "OT", "RescaleType": None}, "HU", "stored as a CT image"),
        ({"RescaleType": "Hounsfield"}, "HU", ""),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "arbitrary", "screen capture"),
        ({"LossyImageCompression": "01"}, "HU", "lossily compressed"),
        ({"PixelPaddingValue": -1000}, "HU", "padding value -1000"),
        ({"PixelPaddingValue": -2000}, "HU", ""),
    ],
)
def test_units_and_peculiarities_are_said(write_dicom, edits, unit, note) -> None:
    def edit(data: Dataset, number: int) -> None:
        for keyword, value in edits.items():
            if value is None:
                delattr(data, keyword)
            elif keyword == "PixelPaddingValue":
                data.add_new(keyword, "SS", value)
            else:
                setattr(data, keyword, value)

    volume = open_volume(write_dicom(edit)[0].parent)
    assert volume.unit == unit
    assert note in words(volume)
    assert bool(note) == bool(volume.notes)


def test_a_table_of_values_is_not_applied_and_said(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        data.ModalityLUTSequence = [Dataset()]

    volume = open_volume(write_dicom(edit)[0].parent)
    assert volume.unit == "arbitrary"
    assert "lookup table was not applied" in words(volume)


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ({"Modality": "SEG"}, "segmentation"),
        ({"Modality": "RTDOSE"}, "dose map"),
        ({"Modality": "SR", "Rows": None}, "file without image (SR)"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "palette colour image"),
        ({"Rows": "many"}, "damaged file"),
    ],
)
def test_objects_without_a_scan_are_named(write_dicom, edits, reason) -> None:
    def edit(data: Dataset, number: int) -> None:
        for keyword, value in edits.items():
            if value is None:
                delattr(data, keyword)
            elif keyword == "Rows":
                data.PixelSpacing = None
                data.add_new(0x00280010, "LO", value)
            else:
                setattr(data, keyword, value)

    message = refusal(write_dicom(edit)[0].parent)
    assert message.startswith("series: the DICOM data contain no scan")
    assert f"12 x {reason}" in message
    grey = reason == "palette colour image"
    assert ("in grey levels" if grey else "folder) of the image series") in message


def test_a_slice_without_its_picture_is_not_called_damaged(write_dicom) -> None:
    """Nothing is wrong with a header from which the pixels were taken."""

    def edit(data: Dataset, number: int) -> None:
        del data.Rows, data.Columns, data.PixelData

    message = refusal(write_dicom(edit)[0])
    assert "only 1 x CT file whose picture is missing. Copy or export" in message


def test_a_table_of_contents_is_skipped(write_dicom, phantom) -> None:
    paths = write_dicom()
    data = dcmread(paths[0])
    data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    data.save_as(paths[0].with_name("DICOMDIR"))
    assert_same(open_volume(paths[0].parent), phantom)
    assert "directory file (DICOMDIR)" in refusal(paths[0].with_name("DICOMDIR"))


def test_a_damaged_header_is_left_out_with_a_note(write_dicom, phantom) -> None:
    paths = write_dicom()
    junk = paths[0].with_name("junk.dcm")
    junk.write_bytes(bytes(128) + b"DICM" + b"\x99" * 300)
    volume = open_volume(paths[0].parent)
    assert_same(volume, phantom)
    assert "DICOM files left out: 1 x damaged file." in volume.notes
    junk.write_bytes(paths[0].read_bytes()[:800])
    assert "1 x CT file whose picture is missing." in str(open_volume(junk.parent).notes)


def test_more_voxels_than_allowed_are_refused_before_reading(write_dicom) -> None:
    message = refusal(write_dicom()[0].parent, limits=Limits(voxels=3000))
    assert "3,840 voxels, more than the limit of 3,000" in message


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_data_without_a_preamble_open(write_dicom, phantom, tmp_path, syntax) -> None:
    """Old archives leave the bare data set: no preamble, no prefix, no word on its encoding."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for number, path in enumerate(write_dicom()):
        data = dcmread(path)
        del data.file_meta
        data.preamble = None
        implicit = syntax == ImplicitVRLittleEndian
        data.save_as(
            folder / str(number), enforce_file_format=False, implicit_vr=implicit,
            little_endian=True,
        )  # fmt: skip
    volume = open_volume(folder)
    assert volume.digest == phantom.digest
    assert volume.details["Encoding"] == syntax.name
