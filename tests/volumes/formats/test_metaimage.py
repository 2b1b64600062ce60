"""Voxel sizes and matrices of MetaImage headers that lack them, or state odd ones."""

import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Volume, open_volume
from tests.volumes.array_writers import write_meta


def words(volume: Volume) -> str:
    return " ".join(volume.notes)


@pytest.mark.parametrize(
    ("stated", "spacing", "note"),
    [
        (None, (1, 1, 1), "no voxel size"),
        ("", (1, 1, 1), "no voxel size"),
        ("nan nan nan", (1, 1, 1), "no voxel size"),
        ("0.5 0.75 0", (1, 0.75, 0.5), "no voxel size"),
        ("-0.5 0.75 2.5", (2.5, 0.75, 0.5), "negative voxel size"),
        ("0.5 0.75 2.5 1", (2.5, 0.75, 0.5), ""),
    ],
)
def test_a_metaimage_with_an_odd_voxel_size_says_so(
    phantom, tmp_path, stated, spacing, note
) -> None:
    """Zeros lost the orientation, too, and a sign went without a word."""
    extra = "" if stated is None else f"ElementSpacing = {stated}\n"
    volume = open_volume(
        write_meta(tmp_path / "a.mha", phantom, drop=("ElementSpacing",), extra=extra)
    )
    assert volume.spacing_mm == spacing
    assert volume.orientation_known
    assert ("voxel size" in words(volume)) == bool(note)
    assert note in words(volume)


@pytest.mark.parametrize("stated", ["2", "2 2", "0,5 0,75 2,5", "wide"])
def test_a_voxel_size_that_cannot_be_read_is_named(phantom, tmp_path, stated) -> None:
    """A single number was taken for all axes."""
    path = write_meta(
        tmp_path / "a.mha", phantom, drop=("ElementSpacing",), extra=f"ElementSpacing = {stated}\n"
    )
    with pytest.raises(VolumeError, match="ElementSpacing in the MetaImage header can't be read"):
        open_volume(path)


def test_an_unusable_matrix_leaves_the_voxel_size(phantom, tmp_path) -> None:
    """The voxel size was said to be missing."""
    zeros = f"TransformMatrix = {' '.join('0' * 9)}\n"
    volume = open_volume(
        write_meta(tmp_path / "a.mha", phantom, drop=("TransformMatrix",), extra=zeros)
    )
    assert not volume.orientation_known
    assert volume.spacing_mm == phantom.spacing_mm
    assert "no voxel size" not in words(volume)


def test_a_voxel_file_may_be_named_in_other_letters(phantom, tmp_path) -> None:
    """Written where SCAN.RAW is scan.raw; it was said to be missing."""
    head = (
        "ObjectType = Image\nNDims = 3\nDimSize = 16 20 12\nElementType = MET_SHORT\n"
        "ElementSpacing = 0.5 0.75 2.5\nElementDataFile = scan.raw\n"
    )
    (tmp_path / "scan.mhd").write_text(head)
    phantom.voxels.tofile(tmp_path / "SCAN.RAW")
    assert np.array_equal(open_volume(tmp_path).voxels, phantom.voxels)
    phantom.voxels.tofile(tmp_path / "Scan.raw")
    with pytest.raises(VolumeError, match="put both files in one zip"):
        open_volume(tmp_path)
