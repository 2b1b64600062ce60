import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Volume, open_volume
from med3dvlm.volumes.formats.dicom.writer import save_dicom_series


def test_the_same_phantom_gives_the_same_files(phantom, tmp_path) -> None:
    one, two = (save_dicom_series(phantom, tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert one[0].name == "IM0001.dcm"


def test_an_oblique_phantom_comes_back(phantom, tmp_path) -> None:
    angle = np.radians(10)
    affine = phantom.affine.copy()
    affine[:3, :3] = (
        np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
        @ affine[:3, :3]
    )
    oblique = Volume(voxels=phantom.voxels, affine=affine, unit="HU")
    save_dicom_series(oblique, tmp_path / "a")
    volume = open_volume(tmp_path / "a")
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    np.testing.assert_allclose(volume.affine, affine, atol=1e-6)
    assert "10.0 degrees" in volume.notes[0]


@pytest.mark.parametrize("wrong", ["unit", "orientation", "type"])
def test_what_would_change_is_refused(phantom, tmp_path, wrong) -> None:
    volume = Volume(
        voxels=phantom.voxels.astype(np.float32) if wrong == "type" else phantom.voxels,
        affine=phantom.affine,
        unit="arbitrary" if wrong == "unit" else "HU",
        orientation_known=wrong != "orientation",
    )
    with pytest.raises(VolumeError, match="integer HU"):
        save_dicom_series(volume, tmp_path / "a")
