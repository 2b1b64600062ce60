import gzip
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, Volume, open_volume

AFFINE = np.array([[-0.5, 0, 0, 10.25], [0, -0.75, 0, -20.5], [0, 0, 2.5, -300], [0, 0, 0, 1]])


@pytest.fixture
def stored(phantom) -> np.ndarray:
    """The phantom as a NIfTI array, `[x, y, z]`; with AFFINE it is canonical already."""
    return np.array(phantom.voxels.T)


def assert_same(volume: Volume, phantom: Volume) -> None:
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    np.testing.assert_allclose(volume.affine, phantom.affine, atol=1e-5)
    assert volume.digest == phantom.digest
    assert volume.unit == "HU"


@pytest.mark.parametrize("keep", [400, 3000, -1])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_a_truncated_file_is_refused(write_nifti, stored, name, keep) -> None:
    """nibabel and SimpleITK open a cut .nii.gz without a word, with empty slices at its end."""
    noise = np.random.default_rng(0).integers(-1000, 1000, stored.shape).astype(np.int16)
    path = write_nifti(noise, AFFINE, name=name)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(VolumeError, match=r"^a\.nii.*(truncated|damaged).*again"):
        open_volume(path)


def test_a_lying_header_in_a_packed_file_is_found(write_nifti, stored) -> None:
    """The packed stream is whole, but holds less than its header promises."""
    path = write_nifti(stored, AFFINE, name="a.nii.gz")
    whole = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(whole[:-100]))
    with pytest.raises(VolumeError, match="the file ends after"):
        open_volume(path)


def test_damaged_packing_is_refused(write_nifti, stored) -> None:
    path = write_nifti(stored, AFFINE, name="a.nii.gz")
    data = bytearray(path.read_bytes())
    data[-6] ^= 0xFF  # the checksum
    path.write_bytes(bytes(data))
    with pytest.raises(VolumeError, match="damaged"):
        open_volume(path)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_a_header_that_claims_terabytes_is_refused_at_once(
    write_nifti, patch_header, stored, name
) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, dim=[3, 32000, 32000, 32000, 1, 1, 1, 1])
    if name.endswith("gz"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    start = time.monotonic()
    for limits in (Limits(), Limits(voxels=10**15)):
        with pytest.raises(VolumeError, match=r"announces .* bytes.*damaged"):
            open_volume(path, limits=limits)
    assert time.monotonic() - start < 5


def test_unpacking_is_bounded(write_nifti, stored) -> None:
    path = write_nifti(np.stack([stored] * 9, axis=-1), AFFINE, name="a.nii.gz")
    limits = Limits(unpacked_bytes=40_000)
    assert open_volume(path, frame=1, limits=limits).shape == (12, 20, 16)
    with pytest.raises(VolumeError, match="unpacking would exceed"):
        open_volume(path, frame=8, limits=limits)


@pytest.mark.parametrize(
    "dim",
    [
        [0, 4, 4, 4, 1, 1, 1, 1],
        [9, 4, 4, 4, 1, 1, 1, 1],
        [3, 4, -4, 4, 1, 1, 1, 1],
        [3, 4, 0, 4, 1, 1, 1, 1],
    ],
)
def test_impossible_sizes_are_refused(write_nifti, patch_header, stored, dim) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, dim=dim)
    with pytest.raises(VolumeError, match="impossible sizes"):
        open_volume(path)


@pytest.mark.parametrize("datatype", [0, 1, 77])
def test_unreadable_types_are_refused(write_nifti, patch_header, stored, datatype) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, datatype=datatype)
    with pytest.raises(VolumeError, match=f"NIfTI data type {datatype}"):
        open_volume(path)


def test_a_missing_offset_means_right_after_the_header(
    write_nifti, patch_header, stored, phantom
) -> None:
    path = write_nifti(stored, AFFINE)
    patch_header(path, vox_offset=0)
    assert_same(open_volume(path), phantom)
    patch_header(path, vox_offset=np.nan)
    assert_same(open_volume(path), phantom)


def test_one_damaged_file_leaves_the_others(write_nifti, patch_header, stored, phantom) -> None:
    path = write_nifti(stored, AFFINE, name="both/a.nii")
    shutil.copy(path, path.with_name("b.nii"))
    patch_header(path, dim=[0] * 8)
    volume = open_volume(path.parent)
    assert_same(volume, phantom)
    assert "NIfTI files left out: 1 because the header gives impossible sizes." in volume.notes


def test_a_packed_stream_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(b"no scan" * 200))
    with pytest.raises(VolumeError, match="gzip file that contains no NIfTI"):
        open_volume(path)
    path.write_bytes(b"\x1f\x8b" + b"no gzip" * 200)
    with pytest.raises(VolumeError, match="gzip file that contains no NIfTI"):
        open_volume(path)
