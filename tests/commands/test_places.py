"""Folders as people keep them: each scan once, companions not at all, odd names legible."""

import os
from pathlib import Path

import pytest

from med3dvlm.commands.scans import find_scans
from med3dvlm.errors import VolumeError
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes.formats.dicom.writer import save_dicom_series
from tests.scan_files import save_nifti
from tests.volumes.array_writers import write_meta

VOLUME = make_case(5, shape=(8, 16, 16)).volume
OTHER = make_case(6, shape=(8, 16, 16)).volume


def rows(folder: Path) -> list[tuple[str, bool]]:
    """Name of each scan, and whether it can be opened."""
    return [(scan.name, not scan.error) for scan in find_scans(folder)]


@pytest.mark.parametrize("name", ["1.2.840.{}", "i{}.CTDC.{}", "{}.dicom", "{}", "{}.dcm"])
def test_slices_are_one_scan_whatever_their_names(tmp_path, name) -> None:
    """Slices whose names end in a number were a scan each."""
    for number, path in enumerate(save_dicom_series(VOLUME, tmp_path)):
        path.rename(tmp_path / name.format(number, number))
    assert rows(tmp_path) == [(tmp_path.name, True)]


def test_no_scan_is_found_twice(tmp_path) -> None:
    """Files without ending made their folder a scan, with all that lies below it."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        save_nifti(VOLUME, tmp_path / name / "ct.nii.gz")
    for name in ("README", "CHANGES"):
        (tmp_path / name).write_text("x")
    save_dicom_series(VOLUME, tmp_path / "nest")
    save_dicom_series(OTHER, tmp_path / "nest" / "sub")
    save_nifti(OTHER, tmp_path / "nest" / "beside.nii")
    (tmp_path / "lone").mkdir()
    save_dicom_series(OTHER, tmp_path / "lone")[0].rename(tmp_path / "slice")
    for path in (tmp_path / "lone").iterdir():
        path.unlink()
    assert [name for name, _ in rows(tmp_path)] == [
        "slice", "a/ct.nii.gz", "b/ct.nii.gz", "nest", "nest/beside.nii", "nest/sub",
    ]  # fmt: skip
    for scan in find_scans(tmp_path / "nest"):
        assert scan.open().digest in {VOLUME.digest, OTHER.digest}


def test_companions_are_no_failures(tmp_path) -> None:
    """Sidecars, tables, voxel files and tables of contents ended the run with an error."""
    save_nifti(VOLUME, tmp_path / "a.nii.gz")
    write_meta(tmp_path / "b.mhd", VOLUME, data_file="b.raw")
    for name in ("a.json", "a.bval", "participants.tsv", "AUTORUN.INF"):
        (tmp_path / name).write_text("1 2 3")
    (tmp_path / "c.img").write_bytes(b"voxels")
    (tmp_path / "sr").mkdir()
    report = save_dicom_series(VOLUME, tmp_path / "sr")
    for path in report[1:]:
        path.unlink()
    content = report[0].read_bytes().replace(b"CS\x02\x00CT", b"CS\x02\x00KO")
    report[0].write_bytes(content)
    assert rows(tmp_path) == [("a.nii.gz", True), ("b.mhd", True)]
    assert [name for name, good in rows(report[0]) if not good] == [report[0].name]


def test_what_is_meant_as_a_scan_is_told_if_it_is_none(tmp_path) -> None:
    (tmp_path / "a.nii").write_text("no scan")
    (tmp_path / "b.nii").write_bytes(b"\x5c\x01\x00\x00" + bytes(340) + b"n+1\0")
    assert rows(tmp_path) == [("a.nii", False), ("b.nii", False)]


def test_a_folder_without_scans_is_refused(tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(VolumeError, match="contains no scan"):
        list(find_scans(tmp_path))


def test_names_that_are_not_utf8_are_legible(tmp_path) -> None:
    """A name from an old disk ended the whole run with a traceback."""
    save_nifti(VOLUME, tmp_path / "x.nii")
    os.rename(tmp_path / "x.nii", os.fsencode(tmp_path) + b"/Sch\xe4del.nii")  # noqa: PTH104
    (tmp_path / os.fsdecode(b"\xff.nii")).write_text("no scan")
    found = list(find_scans(tmp_path))
    assert [scan.name for scan in found] == ["Sch\\xe4del.nii", "\\xff.nii"]
    assert found[0].open().digest == VOLUME.digest
    assert found[1].error.startswith("\\xff.nii: ")
