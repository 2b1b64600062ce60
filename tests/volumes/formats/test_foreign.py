"""What can't be read is named by its content, with what the user can do about it."""

import gzip
import struct
import zipfile
from functools import partial
from pathlib import Path

import pytest

from med3dvlm.errors import NoScanError, VolumeError
from med3dvlm.volumes import open_volume
from med3dvlm.volumes.formats.nifti import save_nifti
from tests.volumes.array_writers import write_meta, write_nrrd

# Without the time of day: two workers must collect the same tests.
gzipped = partial(gzip.compress, mtime=0)

MGH = struct.pack(">7i", 1, 256, 256, 128, 1, 3, 0) + bytes(300)
AFNI = b"\ntype  = string-attribute\nname  = TYPESTRING\ncount = 15\n'3DIM_HEAD_ANAT~\n"
PAR = b"# === DATA DESCRIPTION FILE ======================================\n#\n# CAUTION"
TAR = b"scan.nii".ljust(257, b"\0") + b"ustar\x0000"


def refusal(path: Path) -> str:
    with pytest.raises(NoScanError) as caught:
        open_volume(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "what", "remedy"),
    [
        ("a.mgh", MGH, "a FreeSurfer volume", "mri_convert"),
        ("a", MGH, "a FreeSurfer volume", "mri_convert"),
        ("a.mgz", gzipped(MGH), "a FreeSurfer volume", "mri_convert"),
        ("a.mif", b"mrtrix image\ndim: 2,2,2\n", "an MRtrix image", "mrconvert"),
        ("a.mif.gz", gzipped(b"mrtrix image\n"), "an MRtrix image", "mrconvert"),
        ("a+orig.HEAD", AFNI, "an AFNI header", "needs both files"),
        ("a+orig.BRIK", bytes(range(256)), "an AFNI volume", "3dAFNItoNIFTI"),
        ("a+orig.BRIK.gz", gzipped(bytes(99)), "an AFNI volume", "3dAFNItoNIFTI"),
        ("a.PAR", PAR, "a Philips header", "dcm2niix"),
        ("a.xml", b"<PRIDE_V5>\n<Series_Info>", "a Philips header", "dcm2niix"),
        ("a.REC", bytes(range(256)), "a Philips volume", "dcm2niix"),
        ("a.mnc", b"\x89HDF\r\n\x1a\n" + bytes(99), "a MINC volume", "mnc2nii"),
        ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(900) + b"minc-2.0", "a MINC volume", "mnc2nii"),
        ("a.mnc1", b"CDF\x01" + bytes(99), "a NetCDF file", "mnc2nii"),
        ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(99), "an HDF5 file", "Save it as NIfTI"),
        ("a.json", b'{"00080005": {"vr": "CS"}}', "a DICOM file written as JSON", "itself"),
        (
            "a.dcm",
            b"--b\r\nContent-Type: application/dicom\r\n",
            "an answer",
            "Save the files",
        ),
        ("a.z01", b"PK\x07\x08" + bytes(99), "a part of a split zip archive", "Join its parts"),
        ("a.iso", bytes(99), "a disc image", "Copy its files"),
        ("a.map", bytes(208) + b"MAP " + bytes(99), "a density map", "Save it as NIfTI"),
        ("a.db", b"SQLite format 3\0", "a database", "Open the scan itself"),
        ("a.tar.gz", gzipped(TAR), "a tar archive", "as a zip"),
        ("a.nii.bz2", b"BZh91AY&SY", "a bzip2 file", "Unpack it"),
        ("a.nii.gz", b"\x1f\x8b and nothing", "a damaged gzip file", "download it again"),
        (
            "a.nii.gz",
            gzipped(bytes(999))[:5],
            "a damaged gzip file",
            "download it again",
        ),
        (
            "a.dcm.gz",
            gzipped(bytes(128) + b"DICM"),
            "a gzipped DICOM file",
            "Unpack it",
        ),
        ("a.nrrd.gz", gzipped(b"NRRD0004\n"), "a gzipped NRRD file", "Unpack it"),
        (
            "a.mha.gz",
            gzipped(b"ObjectType = Image\n"),
            "a gzipped MetaImage",
            "Unpack it",
        ),
        ("a.gz", gzipped(b"PK\x03\x04"), "a gzipped zip archive", "Unpack it"),
        (
            "a.gz",
            gzipped(gzipped(MGH)),
            "a file gzipped twice",
            "Unpack it once",
        ),
        ("a.nii", b"\x5c\x01\x00\x00" + bytes(99), "a truncated NIfTI", "download it again"),
        ("a.img", bytes(99), "a voxel file of a pair (IMG)", "(.hdr)"),
        ("a.raw", bytes(99), "a file of bare voxels (RAW)", "(.mhd or .nhdr)"),
        ("a.mnc.gz", gzipped(b"CDF\x01" + bytes(99)), "a NetCDF file", "mnc2nii"),
        ("a.mgz", b"version https://git-lfs", "a placeholder of Git LFS", "git lfs"),
        ("a.nii", b"/annex/objects/MD5E-s1--1.nii", "a placeholder of git-annex", "annex get"),
        ("a.nii", b"<?xml?>\n<Error><Code>", "an error message of a web server", "Download"),
        ("a.nii", b"\xef\xbb\xbf<!DOCTYPE HTML>", "a web page", "download the scan again"),
        ("a.gii", b"<?xml?>\n<!DOCTYPE GIFTI>\n<GIFTI>", "a GIFTI surface", "Open the scan"),
        ("a.heic", b"\0\0\0\x18ftypheic", "a HEIC or AVIF picture", "not a picture"),
        ("a.nii.gz", b"<!DOCTYPE html>\n<html>", "a web page", "download the scan again"),
        (
            "a.nii",
            b"version https://git-lfs.github.com/spec/v1\n",
            "a placeholder of Git LFS",
            "git lfs",
        ),
        ("a.tif", b"II*\0" + bytes(99), "a TIFF picture or stack", "Save it as NIfTI"),
        ("a.vtk", b"# vtk DataFile Version 3.0\n", "a VTK file", "Save it as NIfTI"),
    ],
)
def test_other_formats_are_named_with_their_remedy(tmp_path, name, content, what, remedy) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    message = refusal(path)
    assert message.startswith(f"{name}: this is {what}")
    assert remedy in message


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"hello", "a text, not a scan that can be read"),
        (b"\x00\x01\x02\x03" * 99, "not a scan that can be read"),
    ],
)
def test_of_the_unknown_only_the_readable_formats_are_told(tmp_path, content, what) -> None:
    """A text called .dcm was refused without a word of what it is."""
    (tmp_path / "scan.dcm").write_bytes(content)
    message = refusal(tmp_path / "scan.dcm")
    assert message.startswith(f"scan.dcm: this is {what}. Supported: NIfTI")


def test_the_voxels_beside_an_analyze_header_are_analyze(tmp_path) -> None:
    """They were of an unknown kind, or lacked the header that lay beside them."""
    (tmp_path / "a.hdr").write_bytes(b"\x5c\x01\x00\x00" + bytes(344))
    (tmp_path / "a.img").write_bytes(bytes(999))
    message = refusal(tmp_path)
    assert "(1 x Analyze 7.5 header, 1 x Analyze 7.5 volume (IMG)). Save it as NIfTI" in message
    assert "Add the header" not in message


def afni_pair(folder: Path) -> Path:
    folder.mkdir()
    (folder / "a+orig.HEAD").write_bytes(AFNI)
    (folder / "a+orig.BRIK").write_bytes(bytes(range(256)))
    (folder / "README.txt").write_text("scanned on a Monday")
    (folder / "figure.png").write_bytes(b"\x89PNG\r\n")
    return folder


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_what_a_folder_or_zip_holds_instead_of_a_scan_is_told(tmp_path, packed) -> None:
    """It only said that there was no scan."""
    folder = afni_pair(tmp_path / "scan")
    message = refusal(zipped(folder) if packed else folder)
    assert "(1 x AFNI header (HEAD), 1 x AFNI volume (BRIK)). Convert it to NIfTI" in message
    assert message.count("3dAFNItoNIFTI") == 1
    assert ("this is a zip that contains no scan" in message) == packed
    assert ("none of its 4 files is a scan" in message) != packed


def test_pictures_are_told_where_there_is_nothing_else(tmp_path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n")
    assert "(1 x PNG picture). Open the scan itself" in refusal(tmp_path)


@pytest.mark.parametrize("packed", [False, True])
def test_parts_of_an_upload_that_were_left_out_are_in_a_note(tmp_path, phantom, packed) -> None:
    """They went without a word; what usually lies beside scans still does."""
    folder = afni_pair(tmp_path / "scan")
    save_nifti(phantom, folder / "scan.nii")
    (folder / "more.tar.gz").write_bytes(gzipped(TAR))
    (folder / "lost.nii").write_bytes(b"")
    (folder / "odd.bin").write_bytes(bytes(range(256)))
    volume = open_volume(zipped(folder) if packed else folder)
    assert volume.digest == phantom.digest
    assert volume.notes == (
        "Files left out because they can't be read as a scan: 1 x AFNI header (HEAD), 1 x AFNI "
        "volume (BRIK), 1 x empty file, 1 x file of an unknown kind, 1 x tar archive.",
    )


@pytest.mark.parametrize(("write", "name"), [(write_nrrd, "a.nhdr"), (write_meta, "a.mhd")])
def test_the_voxels_that_a_header_names_are_not_left_out(tmp_path, phantom, write, name) -> None:
    write(tmp_path / name, phantom, data_file="voxels.raw")
    assert "left out" not in " ".join(open_volume(tmp_path).notes)


def test_an_empty_file_is_told_to_be_empty(tmp_path) -> None:
    (tmp_path / "scan.nii").write_bytes(b"")
    with pytest.raises(VolumeError, match=r"the file is empty\. Copy or download"):
        open_volume(tmp_path / "scan.nii")
