"""Siemens mosaics are unpacked into their volume; nibabel's reading is the slow twin."""

import struct
import warnings

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import open_volume
from med3dvlm.volumes.formats.dicom.mosaic import _direction

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # nibabel calls this part of it experimental
    from nibabel.nicom.dicomwrappers import MosaicWrapper


def csa(**tags: list[str]) -> bytes:
    """A private header of the second version with these tags."""
    out = b"SV10\4\3\2\1" + struct.pack("<II", len(tags), 77)
    for name, items in tags.items():
        kind = b"US" if name.startswith("Number") else b"FD"
        out += struct.pack("<64si4siii", name.encode(), len(items), kind, 4, len(items), 77)
        for item in items:
            text = item.encode() + b"\0"
            out += struct.pack("<4i", *(len(text),) * 4) + text + bytes(-len(text) % 4)
    return out


@pytest.fixture
def write_mosaic(write_dicom, phantom, tmp_path):
    """Writes the phantom's twelve slices as one picture of four by four tiles."""

    def write(edit=None, *, header: bytes = b"", count: int | None = None):
        data = dcmread(write_dicom(folder="slices")[0])
        picture = np.zeros((80, 64), np.int16)
        for number, plane in enumerate(phantom.voxels):
            down, right = divmod(number, 4)
            picture[down * 20 : down * 20 + 20, right * 16 : right * 16 + 16] = plane
        data.Rows, data.Columns = picture.shape
        data.PixelData = picture.tobytes()
        data.ImageType = ["ORIGINAL", "PRIMARY", "M", "NORM", "MOSAIC"]
        data.Manufacturer, data.Modality = "SIEMENS", "MR"
        x, y, z = phantom.affine[:3, 3]
        data.ImagePositionPatient = [x - 1.5 * 16 * 0.5, y - 1.5 * 20 * 0.75, z]
        if count is not None:
            data.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
            data.add_new(0x0019100A, "US", count)
        if header:
            data.add_new(0x00290010, "LO", "SIEMENS CSA HEADER")
            data.add_new(0x00291010, "OB", header)
        if edit:
            edit(data)
        path = tmp_path / "mosaic.dcm"
        data.save_as(path)
        return path

    return write


def test_a_mosaic_becomes_its_volume(write_mosaic, phantom) -> None:
    """It opened as one slice, four times as high and wide."""
    header = csa(NumberOfImagesInMosaic=["12"], SliceNormalVector=["0", "0", "1"])
    path = write_mosaic(header=header)
    volume = open_volume(path)
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    np.testing.assert_allclose(volume.affine, phantom.affine, atol=1e-6)
    assert "Siemens mosaic were unpacked" in " ".join(volume.notes)
    twin = MosaicWrapper(dcmread(path))
    np.testing.assert_array_equal(twin.get_data(), volume.voxels.transpose(1, 2, 0))
    np.testing.assert_allclose(twin.image_position, phantom.affine[:3, 3])


def test_the_direction_of_the_slices_counts(write_mosaic, phantom) -> None:
    header = csa(NumberOfImagesInMosaic=["12"], SliceNormalVector=["0", "0", "-1"])
    volume = open_volume(write_mosaic(header=header))
    np.testing.assert_array_equal(volume.voxels, phantom.voxels[::-1])
    assert volume.affine[2, 3] == pytest.approx(phantom.affine[2, 3] - 11 * 2.5)


def test_the_number_may_stand_alone(write_mosaic, phantom) -> None:
    volume = open_volume(write_mosaic(count=12))
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)

    def implicit(data: Dataset) -> None:
        data.add_new(0x0019100A, "UN", b"\x0c\x00")

    assert open_volume(write_mosaic(implicit)).shape == phantom.shape


def test_without_places_the_tiles_keep_their_order(write_mosaic, phantom) -> None:
    volume = open_volume(write_mosaic(lambda data: delattr(data, "ImagePositionPatient"), count=12))
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    assert not volume.orientation_known


@pytest.mark.parametrize("options", [{}, {"header": b"SV10 and nothing"}, {"count": 100}])
def test_a_mosaic_that_cannot_be_counted_is_refused_by_name(write_mosaic, options) -> None:
    with pytest.raises(VolumeError) as caught:
        open_volume(write_mosaic(**options))
    assert "1 x Siemens mosaic that doesn't say how many slices" in str(caught.value)
    assert "dcm2niix" in str(caught.value)


def test_a_direction_that_is_no_number_counts_as_none() -> None:
    assert _direction(["0", "0", "one"]) is None
    assert _direction(["0", "1"]) is None
