"""An upload that is read several times: unpacked once, with pictures of its series."""

import errno
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, open_volume
from med3dvlm.volumes.formats import archive as archive_files
from med3dvlm.volumes.formats.nifti import save_nifti
from med3dvlm.volumes.reader import OpenScan
from med3dvlm.volumes.volume import Volume, canonical_affine
from tests.volumes.array_writers import ORDERS, write_meta, write_nrrd


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where archives are unpacked."""
    folder = tmp_path / "disk"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def grey(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("L")).astype(int)


def test_an_archive_is_unpacked_once_and_removed_at_the_end(
    phantom, write_dicom, tmp_path, disk
) -> None:
    path = tmp_path / "scan.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in write_dicom():
            archive.write(file, file.name)
    with OpenScan(path) as scan:
        assert len(list(disk.iterdir())) == 1
        path.unlink()  # not needed any more
        assert [info.slices for info in scan.series] == [12]
        assert scan.read().digest == scan.read(scan.series[0].key).digest == phantom.digest
        assert list(scan.previews()) == [scan.series[0].key]
    assert not any(disk.iterdir())


def test_a_refused_archive_leaves_nothing_behind(tmp_path, disk) -> None:
    path = tmp_path / "scan.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "no scan")
    with pytest.raises(VolumeError, match="contains no scan"):
        OpenScan(path)
    assert not any(disk.iterdir())


def corner() -> Volume:
    """Bright to the left, back and head in every slice: no two axes can be taken for each other."""
    voxels = np.full((24, 40, 32), -1000, np.int16)
    voxels[1:-1, 1:-1, 1:-1] = 0
    voxels[10:-1, 18:-1, 14:-1] = 900  # either of the two middle slices shows it
    return Volume(voxels=voxels, affine=canonical_affine((3, 2, 2)), unit="HU", modality="CT")


@pytest.mark.parametrize("kind", ["dicom", "nifti", "nrrd", "mha"])
def test_every_format_has_a_picture_of_its_middle_slice(kind, write_dicom, tmp_path) -> None:
    volume, path = corner(), tmp_path / f"scan.{kind}"
    if kind == "dicom":
        path = write_dicom(volume=volume)[0].parent
    elif kind == "nifti":
        path = tmp_path / "scan.nii.gz"
        save_nifti(volume, path)
    else:
        (write_nrrd if kind == "nrrd" else write_meta)(path, volume)
    with OpenScan(path) as scan:
        [preview] = scan.previews().values()
    assert preview.modality == "CT", "said by the file, or guessed from the slice"
    shown = grey(preview.picture)
    rows, columns = (n // 2 for n in shown.shape)
    assert shown[rows + 6 : -6, columns + 6 : -6].min() > 200, "left and back: right and below"
    assert shown[: rows - 12].max() < 180
    assert shown[:, : columns - 14].max() < 180


def test_pictures_are_upright_whatever_the_stored_order(tmp_path) -> None:
    """The bright corner is at the patient's left or back, and at the back or the head."""
    for order in ORDERS[::5]:
        with OpenScan(write_nrrd(tmp_path / "scan.nrrd", corner(), order)) as scan:
            [preview] = scan.previews().values()
        shown = grey(preview.picture)
        rows, columns = np.nonzero(shown > 200)
        assert columns.mean() > shown.shape[1] / 2, order
        axial, half = order[0][2] == 2, shown.shape[0] / 2
        assert (rows.mean() > half) if axial else (rows.mean() < half), order


def test_a_picture_of_a_negative_is_turned_into_a_positive(write_dicom) -> None:
    def negative(data: Dataset, number: int) -> None:
        data.Modality, data.PhotometricInterpretation = "MR", "MONOCHROME1"

    with OpenScan(write_dicom(negative, volume=corner())[0].parent) as scan:
        [preview] = scan.previews().values()
    shown = grey(preview.picture)
    assert shown[0, 0] > 200, "air has the smallest value, which such a file shows white"
    assert shown[-10, -10] < 50


def test_series_without_a_picture_are_left_out(write_dicom, tmp_path) -> None:
    folder = write_dicom()[0].parent
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-300])
    save_nifti(corner(), folder / "scan.nii")
    with OpenScan(folder) as scan:
        assert len(scan.series) == 2
        assert len(scan.previews()) == 1
        assert scan.previews(seconds=-1) == {}


def test_the_clock_restarts_for_each_read(phantom, tmp_path, monkeypatch) -> None:
    save_nifti(phantom, tmp_path / "scan.nii")
    now = [1000.0]
    monkeypatch.setattr("med3dvlm.volumes.limits.time.monotonic", lambda: now[0])
    with OpenScan(tmp_path / "scan.nii", Limits(seconds=60)) as scan:
        now[0] += 3600
        assert scan.read().digest == phantom.digest


def test_an_even_slice_has_a_picture_too(tmp_path) -> None:
    volume = Volume(voxels=np.full((4, 9, 9), 5, np.int16), affine=np.eye(4), unit="HU")
    save_nifti(volume, tmp_path / "scan.nii")
    with OpenScan(tmp_path / "scan.nii") as scan:
        assert len(scan.previews()) == 1


def test_a_full_disk_is_not_the_files_fault(tmp_path, monkeypatch) -> None:
    """It was said to be a bad file."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.nii", b"x")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archive_files._Unpacker, "_write", full)
    with pytest.raises(VolumeError) as caught:
        open_volume(path)
    assert "the disk of this machine is full" in str(caught.value)
    assert "Nothing is wrong with the file" in str(caught.value)
