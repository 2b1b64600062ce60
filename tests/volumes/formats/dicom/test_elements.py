"""Elements that are missing or can't be read: repaired and said, or refused by their names."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import open_volume


def replaced(paths: list[Path], old: bytes, new: bytes) -> Path:
    assert len(old) == len(new)
    for path in paths:
        data = path.read_bytes()
        assert old in data
        path.write_bytes(data.replace(old, new))
    return paths[0].parent


def refusal(path: Path) -> str:
    with pytest.raises(VolumeError) as caught:
        open_volume(path)
    return str(caught.value)


@pytest.mark.parametrize("old", [b"0.75\\0.5", b"-10.25\\20.5"])
def test_a_decimal_comma_is_read_as_a_point(write_dicom, phantom, old) -> None:
    """Whole files were called damaged."""
    volume = open_volume(replaced(write_dicom(), old, old.replace(b".", b",")))
    assert volume.digest == phantom.digest
    assert "decimal comma" in " ".join(volume.notes)


def test_what_is_no_number_is_named(write_dicom) -> None:
    message = refusal(replaced(write_dicom(), b"0.75\\0.5", b"3/4 \\1/2"))
    assert "12 x image whose PixelSpacing is missing or can't be read" in message
    assert "correct this element" in message


def test_a_number_that_is_not_needed_is_ignored_with_a_note(write_dicom, phantom) -> None:
    paths = write_dicom(lambda data, _: setattr(data, "KVP", "120.5"))
    volume = open_volume(replaced(paths, b"120.5", b"ca 99"))
    assert volume.digest == phantom.digest
    assert "KVP in the header can't be read" in " ".join(volume.notes)


@pytest.mark.parametrize(
    "lost",
    ["SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit"],
)
def test_missing_attributes_get_their_usual_values(write_dicom, phantom, lost) -> None:
    """Whole pixels were called damaged, cut off or packed."""
    volume = open_volume(write_dicom(lambda data, _: delattr(data, lost))[0].parent)
    assert volume.digest == phantom.digest
    assert (f"lacks {lost} (assumed: " in " ".join(volume.notes)) == (lost != "HighBit")


def test_a_missing_sign_is_assumed_to_be_none(write_dicom, phantom) -> None:
    def edit(data: Dataset, number: int) -> None:
        data.RescaleIntercept = -1024
        data.PixelData = (phantom.voxels[number].astype(int) + 1024).astype("<u2").tobytes()
        del data.PixelRepresentation, data.BitsStored

    volume = open_volume(write_dicom(edit)[0].parent)
    assert volume.digest == phantom.digest
    assert "BitsStored (assumed: 16), PixelRepresentation (assumed: 0)" in " ".join(volume.notes)


def test_colours_without_their_order_are_read(write_dicom, phantom) -> None:
    def edit(data: Dataset, number: int) -> None:
        data.PhotometricInterpretation, data.SamplesPerPixel = "RGB", 3
        data.BitsAllocated, data.BitsStored, data.HighBit = 8, 8, 7
        data.PixelRepresentation, data.Modality = 0, "OT"
        grey = (phantom.voxels[number] > 0).astype(np.uint8) * 200
        data.PixelData = np.repeat(grey[..., None], 3, axis=2).tobytes()
        del data.RescaleSlope, data.RescaleIntercept, data.RescaleType

    volume = open_volume(write_dicom(edit)[0].parent)
    np.testing.assert_array_equal(volume.voxels, (phantom.voxels > 0) * 200)
    assert "PlanarConfiguration" in " ".join(volume.notes)


def test_sizes_that_cannot_be_inferred_are_named(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        del data.BitsAllocated
        data.PixelData = data.PixelData[:100]

    message = refusal(write_dicom(edit)[0].parent)
    assert "image whose BitsAllocated is missing" in message


def test_a_ct_without_a_modality_is_known_by_its_class(write_dicom, phantom) -> None:
    """It was taken for an image of unknown kind, without HU."""
    volume = open_volume(write_dicom(lambda data, _: delattr(data, "Modality"))[0].parent)
    assert (volume.modality, volume.unit) == ("CT", "HU")
    assert "stored as a CT image" in " ".join(volume.notes)


def test_a_modality_in_small_letters_is_known(write_dicom) -> None:
    volume = open_volume(
        write_dicom(lambda data, _: data.add_new("Modality", "LO", "ct"))[0].parent
    )
    assert (volume.modality, volume.unit, volume.notes) == ("CT", "HU", ())


def test_the_class_in_the_file_meta_counts_where_the_data_have_none(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        for keyword in ("SOPClassUID", "Modality", "RescaleType"):
            delattr(data, keyword)

    assert open_volume(write_dicom(edit)[0].parent).unit == "HU"


def test_values_that_say_hu_are_hu(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.66"
        data.Modality = "OT"

    volume = open_volume(write_dicom(edit)[0].parent)
    assert (volume.modality, volume.unit) == ("CT", "HU")
    assert "that its values are HU" in " ".join(volume.notes)
    assert dcmread(write_dicom(edit)[0]).Modality == "OT"


@pytest.mark.parametrize(("intercept", "added"), [(0, 0), (-1024, 1024)])
def test_a_ct_that_does_not_say_its_sign_still_has_air_below_zero(
    write_dicom, phantom, intercept, added
) -> None:
    """Air was 64,536 HU where no intercept makes it negative."""

    def edit(data: Dataset, _: int) -> None:
        stored = np.frombuffer(data.PixelData, "<i2") + np.int16(added)
        data.PixelData, data.RescaleIntercept = stored.tobytes(), intercept
        del data.PixelRepresentation

    volume = open_volume(write_dicom(edit)[0].parent)
    assert np.array_equal(volume.voxels, phantom.voxels)
    assert f"PixelRepresentation (assumed: {int(not intercept)})" in " ".join(volume.notes)


def test_a_slope_of_zero_is_none(write_dicom, phantom) -> None:
    """The whole scan was 0 HU, without a word."""
    volume = open_volume(write_dicom(lambda data, _: setattr(data, "RescaleSlope", 0))[0].parent)
    assert np.array_equal(volume.voxels, phantom.voxels)
    assert volume.unit == "arbitrary"
    assert "doesn't say how to convert stored values to HU" in " ".join(volume.notes)


def test_a_thickness_below_zero_is_none(write_dicom, phantom) -> None:
    """The slices were said to be -2.5 mm thick, and tissue to be missing between them."""
    paths = write_dicom(lambda data, _: setattr(data, "SliceThickness", -2.5))
    volume = open_volume(paths[0].parent)
    assert volume.digest == phantom.digest
    assert volume.notes == ()
