"""Reading takes at most twice the memory of the stored volume, whatever type and order it has."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
)

from med3dvlm.volumes import Volume, hounsfield, open_volume
from med3dvlm.volumes.formats import scaling
from med3dvlm.volumes.volume import canonical_affine
from tests.volumes.multi_frame import enhanced

# Large enough that what libraries take for themselves doesn't count.
SHAPE = (60, 110, 150)
VOXELS = int(np.prod(SHAPE))
# The axes of a sagittal scan, one of them backwards: the volume has to be turned.
TURNED = np.array([[0, 0, 2, 0], [1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])


@pytest.fixture(autouse=True)
def small_parts(monkeypatch) -> None:
    """Parts and samples as small beside this volume as they are beside a real one."""
    monkeypatch.setattr(scaling, "PART_VOXELS", SHAPE[1] * SHAPE[2])
    monkeypatch.setattr(hounsfield, "SAMPLE_VOXELS", VOXELS // 64)


def fits(path: Path, allowed: float, size: int = VOXELS) -> bool:
    """Whether opening a file takes at most `allowed` bytes at any time; `size` in voxels.

    What another thread of the test process takes meanwhile is counted too, and isn't the
    opening's: one of three openings has to do.
    """
    open_volume(path)  # libraries load what they need once
    return any(peak_bytes(path, size) <= allowed for _ in range(3))


def peak_bytes(path: Path, size: int) -> int:
    tracemalloc.start()
    try:
        volume = open_volume(path)
        assert volume.voxels.size == size
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def numbers(kind: str) -> np.ndarray:
    """`[i, j, k]`: whole numbers; of some kinds, the last slices hold others."""
    values = np.arange(VOXELS).reshape(SHAPE[::-1]) % 200
    if kind == "RGB":
        return np.repeat(values.astype("u1")[..., None], 3, axis=-1).view(RGB)[..., 0]
    if kind.endswith("late"):
        values = values.astype("f8")
        values[..., -9:] = 1e5 if kind[0] == "i" else 0.25
    return values.astype(kind.removesuffix(" late"))


@pytest.mark.parametrize("affine", [np.eye(4), TURNED], ids=["straight", "turned"])
@pytest.mark.parametrize(
    "kind",
    ["u1", "i2", "i4", "i4 late", "u4", "i8", "f4", "f4 late", "f8", "f8 late", "c8", "RGB"],
)
def test_nifti_takes_at_most_twice_its_size(tmp_path, kind, affine) -> None:
    """int32, float64 and RGB took three to five times theirs."""
    data = numbers(kind)
    image = Nifti1Image(data, affine, dtype=data.dtype)
    image.to_filename(tmp_path / "scan.nii")
    # One byte a voxel becomes two: that alone is twice the size.
    allowed = 2.2 if kind == "u1" else 2
    assert fits(tmp_path / "scan.nii", allowed * VOXELS * data.dtype.itemsize)


@pytest.mark.parametrize("kind", ["i2", "i4 late", "f4"])
def test_a_sheared_nifti_takes_at_most_twice_its_size(tmp_path, kind) -> None:
    """The scan lay in memory as stored and as straightened: 2.2 times the size."""
    affine = np.diag([1.0, 1.0, 0.5, 1.0])
    affine[1, 2] = 0.1
    data = numbers(kind)
    Nifti1Image(data, affine, dtype=data.dtype).to_filename(tmp_path / "scan.nii")
    straight = open_volume(tmp_path / "scan.nii")
    assert "sheared by 11.3 degrees" in " ".join(straight.notes)
    assert fits(tmp_path / "scan.nii", 2 * data.nbytes, straight.voxels.size)


def nrrd(path: Path, kind: str, sizes: str, axes: str, raw: bytes) -> Path:
    head = (
        f"NRRD0004\ntype: {kind}\ndimension: {len(sizes.split())}\nsizes: {sizes}\n"
        f"space: LPS\nspace directions: {axes}\nspace origin: (0,0,0)\n"
        "endian: little\nencoding: raw\n\n"
    )
    path.write_bytes(head.encode() + raw)
    return path


@pytest.mark.parametrize(
    ("kind", "code", "channels"),
    [("int", "<i4", 1), ("double", "<f8", 1), ("uchar", "u1", 3), ("short", "<i2", 4)],
)
@pytest.mark.parametrize("first", [True, False])
def test_array_files_take_at_most_twice_their_size(tmp_path, kind, code, channels, first) -> None:
    """Colours and channels may lie voxel by voxel, or one after the other."""
    sizes, axes = "150 110 60", "(0,1,0) (0,0,-1) (2,0,0)"
    if channels > 1:
        sizes = f"{channels} {sizes}" if first else f"{sizes} {channels}"
        axes = f"none {axes}" if first else f"{axes} none"
    raw = (np.arange(VOXELS * channels) % 200).astype(code)
    path = nrrd(tmp_path / "scan.nrrd", kind, sizes, axes, raw.tobytes())
    assert fits(path, 2 * raw.nbytes)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PhotometricInterpretation", "MONOCHROME1"),
        ("PhotometricInterpretation", "MONOCHROME2"),
        ("RescaleSlope", 0.37),
    ],
)
def test_dicom_takes_at_most_twice_its_size(write_dicom, keyword, value) -> None:
    """Inverting the grey levels took six times the size, a check of fractions half of it."""
    voxels = (np.arange(VOXELS).reshape(SHAPE) % 200).astype(np.int16)
    volume = Volume(voxels=voxels, affine=canonical_affine((2, 1, 1)), unit="HU")

    def edit(data: Dataset, number: int) -> None:
        data.Modality = "MR"
        setattr(data, keyword, value)

    folder = write_dicom(edit, volume=volume)[0].parent
    # A fraction takes twice the room of a stored number: that alone is twice the size.
    allowed = 2.5 if keyword == "RescaleSlope" else 2
    assert fits(folder, allowed * voxels.nbytes)


def test_a_mislabelled_multi_frame_file_takes_at_most_twice_its_size(write_dicom, tmp_path) -> None:
    """A copy of the whole file was kept while its pixels were read."""
    voxels = (np.arange(VOXELS).reshape(SHAPE) % 200).astype(np.int16)
    volume = Volume(voxels=voxels, affine=canonical_affine((2, 1, 1)), unit="HU")
    path = enhanced(write_dicom(volume=volume), tmp_path / "scan.dcm")
    stated, other = (f"{uid}\0".encode() for uid in (ExplicitVRLittleEndian, ExplicitVRBigEndian))
    path.write_bytes(path.read_bytes().replace(stated, other, 1))
    assert fits(path, 2.2 * voxels.nbytes)


def test_a_deflated_multi_frame_file_takes_at_most_twice_its_size(write_dicom, tmp_path) -> None:
    """Its data were unpacked in memory, and copied there: 3.6 times the size."""
    voxels = (np.arange(VOXELS).reshape(SHAPE) % 200).astype(np.int16)
    volume = Volume(voxels=voxels, affine=canonical_affine((2, 1, 1)), unit="HU")
    path = enhanced(write_dicom(volume=volume), tmp_path / "scan.dcm")
    data = dcmread(path)
    data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    data.save_as(path)
    assert fits(path, 2.2 * voxels.nbytes)


def test_a_tilted_series_takes_at_most_twice_its_size(write_dicom) -> None:
    """The scan lay in memory as stored and as straightened."""
    voxels = (np.arange(VOXELS).reshape(SHAPE) % 200).astype(np.int16)
    volume = Volume(voxels=voxels, affine=canonical_affine((0.5, 1, 1)), unit="HU")

    def lean(data: Dataset, number: int) -> None:
        x, y, z = data.ImagePositionPatient
        data.ImagePositionPatient = [x, y + 0.1 * number, z]

    folder = write_dicom(lean, volume=volume)[0].parent
    straight = open_volume(folder)
    assert "sheared by 11.3 degrees" in " ".join(straight.notes)
    assert fits(folder, 2 * voxels.nbytes, straight.voxels.size)
