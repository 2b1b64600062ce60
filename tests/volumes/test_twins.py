"""One scan in four formats and any axis order: the same voxels at the same places."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from nibabel.nifti1 import Nifti1Image

from med3dvlm.volumes import open_volume
from med3dvlm.volumes.formats.dicom.writer import save_dicom_series
from med3dvlm.volumes.orientation import swap_ras_lps
from med3dvlm.volumes.volume import Volume
from tests.volumes.array_writers import AS_IS, ORDERS, stored, write_meta, write_nrrd
from tests.volumes.conftest import make_phantom

ANGLES = st.floats(-20, 20)
STEPS = st.floats(0.3, 6)
PLACES = st.floats(-800, 800)


def write_nifti(path: Path, volume: Volume, order=AS_IS) -> Path:
    voxels, affine = stored(volume, order)
    image = Nifti1Image(voxels, swap_ras_lps(affine))
    image.set_sform(swap_ras_lps(affine), 1)
    image.to_filename(path)
    return path


def write_dicom(folder: Path, volume: Volume, order=AS_IS) -> Path:
    """Rows, columns and slices along any axes: what the writer is given needn't be canonical."""
    voxels, affine = stored(volume, order)
    turned = Volume(voxels=np.ascontiguousarray(voxels.T), affine=affine, unit="HU", modality="CT")
    save_dicom_series(turned, folder)
    return folder


WRITERS = {
    "nii": write_nifti, "nii.gz": write_nifti, "nrrd": write_nrrd, "mha": write_meta,
    "series": write_dicom,
}  # fmt: skip


def rotation(first: int, second: int, degrees: float) -> np.ndarray:
    turn, angle = np.eye(3), np.radians(degrees)
    turn[first, first] = turn[second, second] = np.cos(angle)
    turn[first, second], turn[second, first] = -np.sin(angle), np.sin(angle)
    return turn


def placed(volume: Volume, angles, steps, origin) -> Volume:
    turn = rotation(0, 1, angles[0]) @ rotation(1, 2, angles[1]) @ rotation(0, 2, angles[2])
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = turn * np.array(steps), origin
    return Volume(voxels=volume.voxels, affine=affine, unit="HU", modality="CT")


def test_dicom_and_nifti_twins_agree_in_all_48_orders(phantom, tmp_path) -> None:
    for number, order in enumerate(ORDERS):
        dicom = open_volume(write_dicom(tmp_path / str(number), phantom, order))
        nifti = open_volume(write_nifti(tmp_path / "scan.nii", phantom, order))
        np.testing.assert_array_equal(dicom.voxels, phantom.voxels)
        assert dicom.digest == nifti.digest == phantom.digest, order


@given(
    ending=st.sampled_from(sorted(WRITERS)), order=st.sampled_from(ORDERS),
    angles=st.tuples(ANGLES, ANGLES, ANGLES), steps=st.tuples(STEPS, STEPS, STEPS),
    origin=st.tuples(PLACES, PLACES, PLACES),
    mark=st.tuples(st.integers(0, 11), st.integers(0, 19), st.integers(0, 15)),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_marked_voxel_keeps_its_place_in_the_patient(
    ending, order, angles, steps, origin, mark
) -> None:
    """Whatever the axes and their order, the brightest voxel lies where it was put, in mm."""
    voxels = make_phantom().voxels.copy()
    voxels[mark] = 2500
    marked = Volume(voxels=voxels, affine=make_phantom().affine, unit="HU", modality="CT")
    scan = placed(marked, angles, steps, origin)
    with tempfile.TemporaryDirectory() as folder:
        volume = open_volume(WRITERS[ending](Path(folder) / f"scan.{ending}", scan, order))
    found = np.unravel_index(int(volume.voxels.argmax()), volume.shape)
    place = volume.millimetres(tuple(int(n) for n in found))
    np.testing.assert_allclose(place, scan.millimetres(mark), atol=2e-3)
    assert np.sort(volume.voxels, axis=None).tolist() == np.sort(voxels, axis=None).tolist()
