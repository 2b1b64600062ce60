"""The label of the encoding may be wrong: what the bytes show decides, and is said."""

import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Volume, open_volume
from med3dvlm.volumes.formats.nifti import save_nifti

PLAIN = {
    ImplicitVRLittleEndian: (True, True),
    ExplicitVRLittleEndian: (False, True),
    ExplicitVRBigEndian: (False, False),
}


def element(number: int, value: str) -> bytes:
    """An element of the file meta."""
    text = value.encode() + b"\0" * (len(value) % 2)
    return bytes((2, 0, number, 0)) + b"UI" + len(text).to_bytes(2, "little") + text


def plain(number: int, value: bytes) -> bytes:
    """An element of the file meta without a type."""
    return bytes((2, 0, number, 0)) + len(value).to_bytes(4, "little") + value


def label(path: Path, said: str) -> None:
    """Make the file meta state a transfer syntax, and leave the data as they are."""
    data = path.read_bytes()
    start = 144 + int.from_bytes(data[140:144], "little")
    path.write_bytes(data[:132] + element(0x10, said) + data[start:])


def relabel(path: Path, said: str, syntax: UID = ExplicitVRLittleEndian) -> None:
    """Store a file in one encoding under the label of another."""
    data = dcmread(path)
    implicit, little = PLAIN[syntax]
    if not little:
        data.PixelData = np.frombuffer(data.PixelData, "<i2").astype(">i2").tobytes()
    data.file_meta.TransferSyntaxUID = syntax
    out = BytesIO()
    dcmwrite(out, data, implicit_vr=implicit, little_endian=little, force_encoding=True)
    path.write_bytes(out.getvalue())
    label(path, said)


def words(volume: Volume) -> str:
    return " ".join(volume.notes)


@pytest.mark.parametrize("said", [*PLAIN, DeflatedExplicitVRLittleEndian, JPEG2000Lossless])
@pytest.mark.parametrize("syntax", PLAIN)
def test_plain_data_under_any_label_are_read_as_they_are(
    write_dicom, phantom, said, syntax
) -> None:
    """Explicit data labelled implicit opened shifted by two voxels, as HU and without a note."""
    paths = write_dicom()
    for path in paths:
        relabel(path, said, syntax)
    volume = open_volume(paths[0].parent)
    assert volume.digest == phantom.digest
    assert volume.unit == "HU"
    assert ("states another encoding" in words(volume)) == (said != syntax)
    assert volume.details["Encoding"] == syntax.name


def test_deflated_data_under_a_plain_label_are_unpacked(write_dicom, phantom) -> None:
    paths = write_dicom()
    for path in paths:
        data = path.read_bytes()
        start = 144 + int.from_bytes(data[140:144], "little")
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        path.write_bytes(data[:start] + packer.compress(data[start:]) + packer.flush())
    volume = open_volume(paths[0].parent)
    assert volume.digest == phantom.digest
    assert "Deflated" in words(volume)


@pytest.fixture
def wide(phantom) -> Volume:
    """The phantom with pictures large enough for JPEG 2000."""
    voxels = phantom.voxels.repeat(5, axis=1).repeat(4, axis=2)
    return Volume(voxels=voxels, affine=phantom.affine.copy(), unit="HU")


@pytest.mark.parametrize("said", [ExplicitVRLittleEndian, JPEGLSLossless, RLELossless, "1.2.3.4"])
@pytest.mark.parametrize("coded", [JPEG2000Lossless, RLELossless])
def test_coded_pixels_under_another_label_are_decoded_as_what_they_are(
    write_dicom, wide, said, coded
) -> None:
    def edit(data, number: int) -> None:
        data.compress(coded)

    paths = write_dicom(edit, volume=wide)
    for path in paths:
        label(path, said)
    volume = open_volume(paths[0].parent)
    assert volume.digest == wide.digest
    assert ("states another encoding" in words(volume)) == (said != coded)


@pytest.mark.parametrize(
    ("said", "syntax"),
    [
        ("1.3.46.670589.33.1.4.1", ExplicitVRLittleEndian),
        ("1.2.840.113619.5.2", ImplicitVRLittleEndian),
    ],
)
def test_private_syntaxes_that_are_known_are_read(write_dicom, phantom, said, syntax) -> None:
    paths = write_dicom()
    for path in paths:
        if syntax == ImplicitVRLittleEndian:
            data = dcmread(path)
            data.PixelData = np.frombuffer(data.PixelData, "<i2").astype(">i2").tobytes()
            data.save_as(path)
        relabel(path, said, syntax)
    volume = open_volume(paths[0].parent)
    assert volume.digest == phantom.digest
    assert said in words(volume)


def test_an_unknown_private_syntax_is_refused_by_its_name(write_dicom) -> None:
    """The files were called damaged, and the remedy couldn't help."""
    paths = write_dicom()
    for path in paths:
        relabel(path, "1.2.999.7")
    with pytest.raises(VolumeError) as caught:
        open_volume(paths[0].parent)
    assert "12 x image in an unknown transfer syntax (1.2.999.7)" in str(caught.value)
    assert "Export the series again with a standard transfer syntax" in str(caught.value)
    assert "damaged" not in str(caught.value)


def test_coded_pixels_of_an_unknown_kind_are_refused_by_name(write_dicom) -> None:
    paths = write_dicom()
    for path in paths:
        data = dcmread(path)
        item = b"\xfe\xff\x00\xe0"
        frame = b"something else" * 9
        data.PixelData = item + bytes(4) + item + len(frame).to_bytes(4, "little") + frame
        data.save_as(path)
    with pytest.raises(VolumeError, match=r"unknown transfer syntax \(Explicit VR Little Endian"):
        open_volume(paths[0].parent)


def test_a_file_meta_without_preamble_or_with_odd_elements_is_read(write_dicom, phantom) -> None:
    """Some programs cut the preamble off, some write the file meta without types."""
    paths = write_dicom()
    for number, path in enumerate(paths):
        data = path.read_bytes()
        meta = data[132 : 144 + int.from_bytes(data[140:144], "little")]
        if number % 2:
            path.write_bytes(data[132:])
        else:
            uid = ExplicitVRLittleEndian.encode() + b"\0"
            plain = b"\x02\x00\x10\x00" + len(uid).to_bytes(4, "little") + uid
            path.write_bytes(data[:132] + plain + data[132 + len(meta) :])
    assert open_volume(paths[0].parent).digest == phantom.digest


@pytest.mark.parametrize("meta", ["group length", "class", "syntax alone", "none"])
def test_a_file_meta_without_preamble_and_types_is_read(write_dicom, phantom, meta) -> None:
    """It began with group 2, and was not taken for DICOM."""
    paths = write_dicom()
    syntax = element(0x10, ExplicitVRLittleEndian)
    before = {
        "group length": plain(0, len(syntax).to_bytes(4, "little")),
        "class": plain(2, b"1.2.840.10008.5.1.4.1.1.2\0"),
    }.get(meta, b"")
    for path in paths:
        data = path.read_bytes()
        start = 144 + int.from_bytes(data[140:144], "little")
        path.write_bytes((b"" if meta == "none" else before + syntax) + data[start:])
    assert open_volume(paths[0].parent).digest == phantom.digest


def test_big_endian_data_without_anything_before_them_are_read(write_dicom, phantom) -> None:
    paths = write_dicom()
    for path in paths:
        relabel(path, ExplicitVRBigEndian, ExplicitVRBigEndian)
        data = path.read_bytes()
        path.write_bytes(data[132 + len(element(0x10, ExplicitVRBigEndian)) :])
    volume = open_volume(paths[0].parent)
    assert volume.digest == phantom.digest


@pytest.mark.parametrize("second", [3, 40])
def test_numbers_that_begin_like_a_file_meta_are_no_dicom(tmp_path, phantom, second) -> None:
    """A file of whole numbers was a damaged DICOM file."""
    numbers = np.array([2, second, 4, 5, *range(99)], "<i4")
    (tmp_path / "numbers.dat").write_bytes(numbers.tobytes())
    save_nifti(phantom, tmp_path / "scan.nii")
    assert "1 x file of an unknown kind" in " ".join(open_volume(tmp_path).notes)


@pytest.mark.parametrize("meta", [True, False])
def test_an_empty_preamble_without_the_prefix_is_dicom(write_dicom, phantom, meta) -> None:
    """Refused as a file of no known kind."""
    paths = write_dicom()
    for path in paths:
        data = path.read_bytes()
        begin = 132 if meta else 144 + int.from_bytes(data[140:144], "little")
        path.write_bytes(bytes(128) + data[begin:])
    assert open_volume(paths[0].parent).digest == phantom.digest
