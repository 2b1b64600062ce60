import gc
import shutil
from pathlib import Path

import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image, Nifti1Pair

from med3dvlm.errors import VolumeError
from med3dvlm.ui.scan.upload import VisitorUpload
from med3dvlm.volumes import Limits
from med3dvlm.volumes.formats.dicom.writer import save_dicom_series
from med3dvlm.volumes.volume import Volume, canonical_affine


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where uploads are kept."""
    folder = tmp_path / "disk"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def voxels(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-900, 1500, (6, 5, 4)).astype(np.int16)


def nifti(folder: Path, name: str = "scan.nii", *, kind: type = Nifti1Image, seed: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    kind(voxels(seed).T, np.diag([-1.0, -1.0, 2.0, 1.0])).to_filename(folder / name)
    return folder / name


def dicom(folder: Path, seed: int = 0) -> list[Path]:
    affine = canonical_affine((2.0, 1.0, 1.0))
    return save_dicom_series(Volume(voxels=voxels(seed), affine=affine, unit="HU"), folder)


def test_one_file_is_moved_and_read(tmp_path: Path) -> None:
    path = nifti(tmp_path / "given")
    upload = VisitorUpload([path])
    assert not path.exists()
    assert upload.name == "scan.nii"
    [series] = upload.series
    np.testing.assert_array_equal(upload.open(series).voxels, voxels())


def test_slices_in_folders_of_their_own_are_one_series(tmp_path: Path) -> None:
    """Gradio keeps each file of an upload in a folder by itself."""
    paths = []
    for path in dicom(tmp_path / "given"):
        paths.append(tmp_path / path.stem / path.name)
        paths[-1].parent.mkdir()
        shutil.move(path, paths[-1])
    upload = VisitorUpload(paths)
    [series] = upload.series
    assert series.slices == 6
    np.testing.assert_array_equal(upload.open(series).voxels, voxels())


def test_files_with_equal_names_are_all_read(tmp_path: Path) -> None:
    paths = []
    for number, path in enumerate(dicom(tmp_path / "given")):
        paths.append(tmp_path / str(number) / "IM0001.dcm")
        paths[-1].parent.mkdir()
        shutil.move(path, paths[-1])
    upload = VisitorUpload(paths)
    assert upload.name == "IM0001.dcm and 5 more"
    np.testing.assert_array_equal(upload.open(upload.series[0]).voxels, voxels())


def test_two_series_whose_slices_have_numbers_for_names(tmp_path: Path) -> None:
    """Two folders with 00001, 00002, ...: the second 00001 was to go into a folder 00002, which
    was a file by then, and the upload failed with an apology."""
    paths = []
    for seed in (0, 1):
        for number, path in enumerate(dicom(tmp_path / f"series{seed}", seed), start=1):
            paths.append(path.rename(path.with_name(f"{number:05d}")))
    upload = VisitorUpload(paths)
    found = {upload.open(series).voxels.tobytes() for series in upload.series}
    assert found == {voxels(0).tobytes(), voxels(1).tobytes()}


def test_a_header_finds_its_image(tmp_path: Path) -> None:
    nifti(tmp_path / "given", "scan.img", kind=Nifti1Pair)
    apart = [tmp_path / suffix / f"scan.{suffix}" for suffix in ("hdr", "img")]
    for path in apart:
        path.parent.mkdir()
        shutil.move(tmp_path / "given" / path.name, path)
    upload = VisitorUpload(apart)
    assert upload.name == "scan.hdr and 1 more"
    [series] = upload.series
    np.testing.assert_array_equal(upload.open(series).voxels, voxels())


def test_the_name_is_of_the_first_in_order_of_names(tmp_path: Path) -> None:
    """It was of the first folder, and Gradio names folders by hashes."""
    paths = [nifti(tmp_path / "z", "a.nii"), nifti(tmp_path / "y", "b.nii", seed=1)]
    assert VisitorUpload(paths).name == "a.nii and 1 more"


def test_hidden_files_give_no_name(tmp_path: Path) -> None:
    junk = tmp_path / ".DS_Store"
    junk.write_bytes(b"x")
    assert VisitorUpload([junk, Path(nifti(tmp_path, "scan.nii"))]).name == "scan.nii and 1 more"


def test_several_series_are_listed_the_largest_first(tmp_path: Path) -> None:
    small = nifti(tmp_path / "given", "a.nii")
    Nifti1Image(np.zeros((9, 9, 9), np.int16), np.eye(4)).to_filename(tmp_path / "b.nii")
    upload = VisitorUpload([small, tmp_path / "b.nii"])
    assert [series.shape for series in upload.series] == [(9, 9, 9), (6, 5, 4)]
    np.testing.assert_array_equal(upload.open(upload.series[1]).voxels, voxels())


def test_closing_removes_the_files(tmp_path: Path, disk: Path) -> None:
    upload = VisitorUpload([nifti(tmp_path / "given")])
    assert any(disk.iterdir())
    upload.close()
    assert not any(disk.iterdir())
    upload.close()
    with pytest.raises(VolumeError, match="Upload them again"):
        upload.open(upload.series[0])


def test_files_that_nothing_refers_to_are_removed(tmp_path: Path, disk: Path) -> None:
    upload = VisitorUpload([nifti(tmp_path / "given")])
    volume = upload.open(upload.series[0])
    del upload
    gc.collect()
    assert not any(disk.iterdir())
    np.testing.assert_array_equal(volume.voxels, voxels())


def bad(folder: Path, content: bytes = b"%PDF-1.7", name: str = "report.pdf") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_that_is_no_scan_is_refused_and_removed(tmp_path: Path, disk: Path) -> None:
    with pytest.raises(VolumeError, match=r"^report.pdf: this is a PDF document") as caught:
        VisitorUpload([bad(tmp_path / "given")])
    assert str(tmp_path) not in str(caught.value)
    del caught
    gc.collect()
    assert not any(disk.iterdir())


def open_first(paths: list[Path]) -> Volume:
    upload = VisitorUpload(paths)
    return upload.open(upload.series[0])


def test_no_message_tells_where_files_are_kept(tmp_path: Path, disk: Path) -> None:
    whole = nifti(tmp_path / "given").read_bytes()
    for paths in (
        [bad(tmp_path / "given", whole[:400], "cut.nii")],
        [bad(tmp_path / "given", b"", "empty.nii")],
        [bad(tmp_path / "given"), bad(tmp_path / "given", b"words", "words.txt")],
        [bad(tmp_path / "more", whole[:400], "cut.nii"), bad(tmp_path / "more")],
    ):
        with pytest.raises(VolumeError) as caught:
            open_first(paths)
        message = str(caught.value)
        assert str(tmp_path) not in message
        assert "med3dvlm-upload" not in message
        assert message.startswith(paths[0].name if len(paths) == 1 else "The files:")


def test_a_file_that_did_not_arrive_is_named(tmp_path: Path) -> None:
    with pytest.raises(VolumeError, match=r"^gone.nii: it did not arrive whole") as caught:
        VisitorUpload([tmp_path / "gone.nii"])
    assert str(tmp_path) not in str(caught.value)


def test_too_many_files_are_refused_before_any_is_moved(tmp_path: Path, disk: Path) -> None:
    paths = [nifti(tmp_path / str(number)) for number in range(3)]
    with pytest.raises(VolumeError, match="3 files, more than the 2"):
        VisitorUpload(paths, Limits(files=2))
    assert all(path.exists() for path in paths)
    assert not any(disk.iterdir())


def test_the_limits_reach_the_reader(tmp_path: Path) -> None:
    with pytest.raises(VolumeError, match="limit of 10 bytes"):
        VisitorUpload([nifti(tmp_path)], Limits(upload_bytes=10))
    upload = VisitorUpload([nifti(tmp_path)], Limits(voxels=10))
    with pytest.raises(VolumeError, match="exceed the limit of 10"):
        upload.open(upload.series[0])


def test_previews_and_time_points_come_from_the_upload(tmp_path: Path) -> None:
    path = tmp_path / "four.nii"
    values = np.arange(240, dtype=np.int16).reshape(4, 5, 6, 2)
    Nifti1Image(values, np.diag([-1.0, -1.0, 2.0, 1.0])).to_filename(path)
    upload = VisitorUpload([path])
    [series] = upload.series
    assert upload.info(series.key) is series
    assert upload.open(series, 1).voxels.T.tolist() == values[..., 1].tolist()
    assert list(upload.previews()) == [series.key]
    upload.close()
    assert upload.previews() == {}
    with pytest.raises(VolumeError, match="not in the upload any more"):
        upload.info("another key")
