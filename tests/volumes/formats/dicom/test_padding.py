"""Padding is dark: it may not become the brightest part of the picture."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from med3dvlm.volumes import open_volume
from med3dvlm.volumes.preflight import preflight

CORNER = (slice(0, 2), slice(0, 5))
VALUE = {"US": 63536, "SS": -2000}


def padded(write_dicom, phantom, *, padding: int, vr: str = "US", bits: int = 16, **fields):
    """The phantom stored unsigned, with a padded corner in every slice."""

    def edit(data: Dataset, number: int) -> None:
        stored = (phantom.voxels[number].astype(int) + 1024) & 0xFFFF
        stored[CORNER] = padding & 0xFFFF
        data.PixelRepresentation, data.RescaleIntercept = 0, -1024
        data.BitsStored, data.HighBit = bits, bits - 1
        data.add_new("PixelPaddingValue", vr, padding)
        data.PixelData = stored.astype("<u2").tobytes()
        for keyword, value in fields.items():
            data.add_new(keyword, "US", value) if "Range" in keyword else setattr(
                data, keyword, value
            )

    return open_volume(write_dicom(edit)[0].parent)


@pytest.mark.parametrize(("vr", "bits"), [("US", 16), ("SS", 16), ("US", 12)])
def test_padding_above_the_body_is_shown_as_black(write_dicom, phantom, vr, bits) -> None:
    """63536, that is -2000, became 62512 HU: white corners, for the viewer and the model."""
    volume = padded(write_dicom, phantom, padding=VALUE[vr], vr=vr, bits=bits)
    expected = phantom.voxels.copy()
    expected[:, *CORNER] = -2000
    np.testing.assert_array_equal(volume.voxels, expected)
    assert "would be bright; they are shown as black" in " ".join(volume.notes)
    assert "padding" in [caution.title for caution in preflight(volume).cautions]


def test_padding_with_a_number_that_tissue_has_is_told_by_its_place(write_dicom, phantom) -> None:
    volume = padded(write_dicom, phantom, padding=1024 + 40)
    expected = phantom.voxels.copy()
    expected[:, *CORNER] = -2000
    np.testing.assert_array_equal(volume.voxels, expected)


def test_a_range_of_padding_is_padding(write_dicom, phantom) -> None:
    volume = padded(write_dicom, phantom, padding=60_000, PixelPaddingRangeLimit=65_000)
    assert volume.voxels.max() == 900


def test_dark_padding_stays_as_it_is(write_dicom, phantom) -> None:
    volume = padded(write_dicom, phantom, padding=0)
    assert (volume.voxels[:, *CORNER] == -1024).all()
    assert "padding value -1024." in " ".join(volume.notes)


def test_a_slice_of_padding_alone_is_black(write_dicom, phantom) -> None:
    volume = padded(write_dicom, phantom, padding=63_536)
    assert volume.voxels.min() == -2000

    def edit(data: Dataset, number: int) -> None:
        data.PixelRepresentation, data.RescaleIntercept = 0, -1024
        data.add_new("PixelPaddingValue", "US", 63_536)
        data.PixelData = np.full((20, 16), 63_536 if number else 1064, "<u2").tobytes()

    whole = open_volume(write_dicom(edit)[0].parent)
    assert whole.voxels.max() == 40


def test_padding_without_hu_is_as_dark_as_the_darkest(write_dicom, phantom) -> None:
    volume = padded(write_dicom, phantom, padding=63_536, Modality="MR")
    assert (volume.voxels[:, *CORNER] == volume.voxels.min()).all()
    assert volume.voxels.max() <= 900

    def blank(data: Dataset, number: int) -> None:
        data.Modality = "MR"
        data.add_new("PixelPaddingValue", "SS", -1000)
        if number == 0:
            data.PixelData = np.full((20, 16), -1000, "<i2").tobytes()

    inverted = padded(
        write_dicom, phantom, padding=63_536, Modality="MR", PhotometricInterpretation="MONOCHROME1"
    )
    assert (inverted.voxels[:, *CORNER] == inverted.voxels.min()).all()
    assert "padding value -1000." in " ".join(open_volume(write_dicom(blank)[0].parent).notes)
