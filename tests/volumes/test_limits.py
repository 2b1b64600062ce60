import math
import time
import zipfile
from pathlib import Path

import pytest

from med3dvlm.config import Settings
from med3dvlm.errors import ConfigError, VolumeError
from med3dvlm.volumes import open_volume
from med3dvlm.volumes.formats.nifti import save_nifti
from med3dvlm.volumes.limits import Limits, limits_from


def test_limits_are_at_least_one() -> None:
    with pytest.raises(ConfigError, match="voxels"):
        Limits(voxels=0)


def test_the_apps_settings_become_limits() -> None:
    settings = Settings(
        max_upload_mb=3, max_unpacked_mb=5, max_voxels=7, max_files=11, max_seconds=13
    )
    assert limits_from(settings) == Limits(
        upload_bytes=3 << 20, unpacked_bytes=5 << 20, voxels=7, files=11, seconds=13
    )


def test_time_runs_from_the_start_and_not_before() -> None:
    limits = Limits(seconds=60)
    assert limits.until == math.inf
    limits.check_time()
    assert 0 < limits.started().until - time.monotonic() <= 60
    with pytest.raises(VolumeError, match="longer than the limit of 60 seconds"):
        Limits(seconds=60, until=time.monotonic() - 1).check_time()


@pytest.mark.parametrize("kind", ["nifti", "dicom", "zip"])
def test_opening_ends_when_the_time_is_over(kind, phantom, write_nifti, write_dicom) -> None:
    path = write_nifti(phantom.voxels.T) if kind == "nifti" else write_dicom()[0].parent
    if kind == "zip":
        packed = path.parent / "scan.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            for file in path.iterdir():
                archive.write(file, file.name)
        path = packed
    with pytest.raises(VolumeError, match=rf"^{path.name}: reading took longer than the limit of"):
        open_volume(path, limits=Limits(seconds=1e-9))


def test_a_hundred_thousand_tiny_files_are_refused_in_seconds(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"x")
    started = time.monotonic()
    with pytest.raises(VolumeError, match="more than 20,000 files"):
        open_volume(path)
    assert time.monotonic() - started < 5


def test_as_many_tiny_files_as_are_allowed_are_read_in_seconds(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(5_000):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"x")
    started = time.monotonic()
    with pytest.raises(VolumeError, match="contains no scan"):
        open_volume(path)
    assert time.monotonic() - started < 10


def test_a_nifti_of_too_many_voxels_is_refused(phantom, tmp_path) -> None:
    save_nifti(phantom, tmp_path / "scan.nii")
    with pytest.raises(VolumeError, match="3,840 voxels exceed the limit of 3,839"):
        open_volume(tmp_path / "scan.nii", limits=Limits(voxels=phantom.voxels.size - 1))
