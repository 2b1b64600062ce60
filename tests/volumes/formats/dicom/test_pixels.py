import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    HTJ2K,
    DeflatedExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, Volume, open_volume
from med3dvlm.volumes.formats.dicom import pixels as dicom_pixels
from med3dvlm.volumes.formats.dicom.codec import coded_size


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


def test_monochrome1_is_inverted_unless_it_is_hu(write_dicom, phantom) -> None:
    def edit(data: Dataset, number: int) -> None:
        data.PhotometricInterpretation = "MONOCHROME1"

    def xray(data: Dataset, number: int) -> None:
        edit(data, number)
        data.Modality = "MR"

    assert_same(open_volume(write_dicom(edit)[0].parent), phantom)
    volume = open_volume(write_dicom(xray)[0].parent)
    np.testing.assert_array_equal(volume.voxels, -100 - phantom.voxels)
    assert "MONOCHROME1" in words(volume)


def test_colours_become_grey(write_dicom, phantom) -> None:
    def edit(data: Dataset, number: int) -> None:
        data.PhotometricInterpretation, data.SamplesPerPixel = "RGB", 3
        data.PlanarConfiguration, data.PixelRepresentation = 0, 0
        data.BitsAllocated = data.BitsStored = 8
        data.HighBit = 7
        grey = (phantom.voxels[number] > 0).astype(np.uint8) * 200
        data.PixelData = np.repeat(grey[..., None], 3, axis=2).tobytes()
        data.Modality = "OT"
        del data.RescaleSlope, data.RescaleIntercept

    volume = open_volume(write_dicom(edit)[0].parent)
    np.testing.assert_array_equal(volume.voxels, (phantom.voxels > 0) * 200)
    assert "Colours" in words(volume)


def test_deflated_files_are_read_and_bounded(write_dicom, phantom) -> None:
    def edit(data: Dataset, number: int) -> None:
        data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian

    folder = write_dicom(edit)[0].parent
    volume = open_volume(folder)
    assert_same(volume, phantom)
    assert volume.details["Encoding"].startswith("Deflated")
    assert "12 x file too large once unpacked" in refusal(folder, limits=Limits(unpacked_bytes=500))


def test_damaged_deflation_is_a_damaged_file(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian

    paths = write_dicom(edit)
    for path in paths:
        data = bytearray(path.read_bytes())
        data[-200:] = bytes(200)
        data[400:420] = b"\xff" * 20
        path.write_bytes(bytes(data))
    assert "damaged" in refusal(paths[0].parent)


@pytest.mark.parametrize("change", ["cut", "none", "unreadable"])
def test_damaged_pixels_are_refused(write_dicom, change) -> None:
    paths = write_dicom()
    data = dcmread(paths[6])
    if change == "cut":
        data.PixelData = data.PixelData[:100]
    elif change == "none":
        del data.PixelData
    else:
        data.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
        data["PixelData"].is_undefined_length = True
        data.PixelData = b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\xdd\xe0\x00\x00\x00\x00"
    data.save_as(paths[6])
    message = refusal(paths[0].parent)
    assert "IM0007.dcm" in message
    assert "Export the series again" in message


def test_pixels_of_another_size_are_refused(write_dicom, monkeypatch) -> None:
    monkeypatch.setattr(
        dicom_pixels, "iter_pixels", lambda *_, **__: (p for p in [np.zeros((2, 2))])
    )
    assert "image and header differ in size" in refusal(write_dicom()[0].parent)


@pytest.fixture
def wide(phantom) -> Volume:
    """The phantom with pictures large enough for JPEG 2000."""
    voxels = phantom.voxels.repeat(5, axis=1).repeat(4, axis=2)
    return Volume(voxels=voxels, affine=phantom.affine.copy(), unit="HU")


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_compressed_series_equal_the_plain_one(write_dicom, wide, syntax) -> None:
    paths = write_dicom(lambda data, _: data.compress(syntax), volume=wide)
    volume = open_volume(paths[0].parent)
    assert_same(volume, wide)
    assert volume.details["Encoding"] == syntax.name


def test_a_coded_picture_that_claims_another_size_is_not_unpacked(
    write_dicom, wide, monkeypatch
) -> None:
    """A JPEG-LS of 60000 x 60000 in a few kilobytes took minutes and gigabytes to refuse."""

    def bomb(data: Dataset, number: int) -> None:
        data.compress(JPEG2000Lossless)
        start = data.PixelData.index(b"\xff\x4f\xff\x51") + 8
        huge = data.PixelData[:start] + (60_000).to_bytes(4) * 2 + data.PixelData[start + 8 :]
        data["PixelData"].value = huge

    folder = write_dicom(bomb, volume=wide)[0].parent
    monkeypatch.setattr(dicom_pixels, "iter_pixels", None)
    assert "compressed in an unsupported way" in refusal(folder)


def test_sizes_are_found_in_coded_pictures() -> None:
    frame = b"\x00\x11\x08\x00\x14\x00\x10\x01"  # length, precision, 20 rows, 16 columns
    table, padding = b"\xff\xc4\x00\x05abc", b"\xff"
    assert coded_size(b"\xff\xd8" + table + padding + b"\xff\xc0" + frame + bytes(9)) == (20, 16)
    assert coded_size(b"\xff\xd8\xff\xf7" + frame + bytes(9)) == (20, 16)
    assert coded_size(b"\xff\xd8" + table) is None
    assert coded_size(b"RLE or anything else" * 9) is None


def test_bounds_of_inflation_hold_for_a_bomb(tmp_path) -> None:
    """A few kilobytes that would unpack to tens of megabytes are not unpacked whole."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = packer.compress(bytes(50_000_000)) + packer.flush()
    meta = b"\x02\x00\x10\x00UI\x16\x00" + DeflatedExplicitVRLittleEndian.encode()
    head = b"\x02\x00\x00\x00UL\x04\x00" + len(meta).to_bytes(4, "little")
    path = tmp_path / "bomb.dcm"
    path.write_bytes(bytes(128) + b"DICM" + head + meta + bomb)
    message = refusal(path, limits=Limits(unpacked_bytes=20_000_000))
    assert "1 x file too large once unpacked" in message


CODED = {
    "jpeg_ls": (JPEGLSLossless, 0),
    "jpeg_lossless": (JPEGLosslessSV1, 0),
    "jpeg_lossless of any predictor": (JPEGLossless, 0),
    "htj2k": (HTJ2KLossless, 0),
    "htj2k that may lose": (HTJ2K, 0),
    "jpeg_baseline": (JPEGBaseline8Bit, 16 * 2),
    "jpeg_extended": (JPEGExtended12Bit, 12),
}


@pytest.mark.parametrize("name", CODED)
def test_pictures_coded_by_others_are_decoded(write_dicom, name) -> None:
    """Made once with a library that can write what ours only read: see tests/golden."""
    coded = np.load(Path(__file__).parents[3] / "golden" / "coded_pictures.npz")
    picture, code = coded["picture"].astype(int), coded[name.split(" ")[0]].tobytes()
    syntax, tolerance = CODED[name]
    byte = name == "jpeg_baseline"

    def edit(data: Dataset, number: int) -> None:
        data.Rows, data.Columns = picture.shape
        data.BitsAllocated = 8 if byte else 16
        data.BitsStored = 8 if byte else 12 if name == "jpeg_extended" else 16
        data.HighBit, data.PixelRepresentation = data.BitsStored - 1, 0
        data.RescaleSlope, data.RescaleIntercept = 16 if byte else 1, -1024
        data.file_meta.TransferSyntaxUID = syntax
        data["PixelData"].is_undefined_length = True
        data.PixelData = encapsulate([code])
        data["PixelData"].VR = "OB"

    volume = open_volume(write_dicom(edit)[0].parent)
    assert volume.unit == "HU"
    assert volume.shape == (12, *picture.shape)
    for plane in volume.voxels:
        assert np.abs(plane.astype(int) - (picture - 1024)).max() <= tolerance


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize("true", [True, False])
def test_values_in_the_upper_bits_are_moved_down(write_dicom, phantom, signed, true) -> None:
    """They were cut off above, and shown as HU; where the header is wrong, they lie below."""

    def edit(data: Dataset, number: int) -> None:
        values = phantom.voxels[number].astype(int)
        if not signed:
            values, data.RescaleIntercept = values + 1024, -1024
        data.BitsStored, data.HighBit, data.PixelRepresentation = 12, 15, signed
        raw = (values & 0xFFF) << 4 if true else values & 0xFFF
        data.PixelData = raw.astype("<u2").tobytes()

    volume = open_volume(write_dicom(edit)[0].parent)
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    assert volume.unit == "HU"
    assert "moved down" in " ".join(volume.notes)


@pytest.mark.parametrize(
    ("signed", "junk"), [(1, 0), (1, -1), (0, 0), (0, 0xA000)],
    ids=["12 bits signed", "12 bits signed, extended", "12 bits", "12 bits and an overlay"],
)  # fmt: skip
def test_twelve_bits_in_sixteen(write_dicom, phantom, signed, junk) -> None:
    """The four bits above may hold the sign, nothing, or an old way of drawing over pictures."""

    def edit(data: Dataset, number: int) -> None:
        values = phantom.voxels[number].astype(int)
        if not signed:
            values, data.RescaleIntercept = values + 1024, -1024
        data.BitsStored, data.HighBit, data.PixelRepresentation = 12, 11, signed
        raw = values & 0xFFFF if junk == -1 else (values & 0xFFF) | junk
        data.PixelData = raw.astype("<u2").tobytes()

    assert_same(open_volume(write_dicom(edit)[0].parent), phantom)
