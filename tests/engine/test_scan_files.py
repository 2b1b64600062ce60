"""The files of a library's scans: found within the folder, read as `embed` read them, unnamed."""

import csv
import logging
from pathlib import Path

import pytest

from med3dvlm.commands.places import places
from med3dvlm.engine.scan_files import TABLE, UNREADABLE, FoundScan, ScanFiles
from med3dvlm.errors import VolumeError
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes import Volume, list_series, open_volume
from tests.scan_files import save_nifti
from tests.volumes.test_twins import write_dicom

SECRET = "doe_john.nii.gz"


def listed(folder: Path, *rows: tuple[str, str, str]) -> None:
    with (folder / TABLE).open("w", newline="") as stream:
        csv.writer(stream).writerows([("file", "series", "digest"), *rows])


@pytest.fixture(scope="module")
def volume() -> Volume:
    return make_case(3, shape=(8, 16, 16)).volume


@pytest.fixture
def scans(tmp_path: Path, volume: Volume) -> Path:
    """A folder of a file and of slices, as it is given to `embed`."""
    folder = tmp_path / "scans"
    folder.mkdir()
    save_nifti(volume, folder / SECRET)
    write_dicom(folder / "slices", volume)
    return folder


def rows_of(folder: Path) -> list[tuple[str, str, str]]:
    found = []
    for place in places(folder):
        for info in list_series(place.path, files=place.files):
            digest = open_volume(place.path, series=info.key, files=place.files).digest
            found.append((place.path.relative_to(folder).as_posix(), info.key, digest))
    return found


def test_every_scan_of_the_table_is_opened_again(scans: Path, tmp_path: Path) -> None:
    rows = rows_of(scans)
    assert len(rows) == 2
    listed(tmp_path, *rows)
    files = ScanFiles(folder=scans, tables=(tmp_path / "nowhere", tmp_path))
    for _, _, digest in rows:
        found = files.find(digest)
        assert found is not None
        sizes: list[int] = []
        assert found.open(before=sizes.append).digest == digest
        assert sizes == [8 * 16 * 16]
    assert files.find("another") is None
    assert ScanFiles(folder=scans, tables=(scans,)).find(rows[0][2]) is None, "no table"


def test_nothing_outside_the_folder_is_found(scans: Path, tmp_path: Path, volume: Volume) -> None:
    save_nifti(volume, tmp_path / "outside.nii.gz")
    (scans / "link.nii.gz").symlink_to(tmp_path / "outside.nii.gz")
    for name in ("../outside.nii.gz", str(tmp_path / "outside.nii.gz"), "link.nii.gz", "gone.nii"):
        listed(scans, (name, "", "d"))
        assert ScanFiles(folder=scans, tables=(scans,)).find("d") is None


def test_a_file_that_is_another_or_broken_is_refused_without_its_name(
    scans: Path, volume: Volume, caplog: pytest.LogCaptureFixture
) -> None:
    [info] = list_series(scans / SECRET)
    broken = scans / f"broken_{SECRET}"
    broken.write_bytes(b"no scan")
    tried = (
        FoundScan(scans / SECRET, info.key, "another digest"),
        FoundScan(scans / SECRET, "another series", volume.digest),
        FoundScan(broken, "", volume.digest),
        FoundScan(scans / "gone", "", volume.digest),
    )
    with caplog.at_level(logging.WARNING):
        for found in tried:
            with pytest.raises(VolumeError) as refused:
                found.open()
            assert str(refused.value) == UNREADABLE
    assert len(caplog.records) == len(tried)
    assert "doe" not in caplog.text
