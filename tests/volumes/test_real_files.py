"""Real scans, read in place from ../shared/volumes: what the files truly hold."""

import nibabel
import numpy as np
import pytest

from med3dvlm.volumes import list_series, open_volume

ORIENTATIONS = ("AIL", "IPL", "LAS", "LPS", "PSR", "RAS", "RPI", "SAR")


@pytest.fixture
def opened(real):
    return lambda name, **options: open_volume(real / name, **options)


@pytest.mark.parametrize(
    ("dicom", "nifti"),
    [
        ("crlm1004-ct-dicom", "crlm1004-ct-nifti/CRLM-CT-1004_dcm2niix.nii.gz"),
        ("sts001-pair/CT_dicom", "sts001-pair/CT_image.nii.gz"),
    ],
)
def test_dicom_and_nifti_twins_agree_to_the_voxel(opened, dicom, nifti) -> None:
    one, other = opened(dicom), opened(nifti)
    np.testing.assert_array_equal(one.voxels, other.voxels)
    np.testing.assert_allclose(one.affine, other.affine, atol=0.01)
    assert one.digest == other.digest
    assert one.unit == other.unit == "HU"
    assert one.voxels.dtype == other.voxels.dtype == np.int16


def test_the_liver_lies_on_the_right_of_the_patient(opened) -> None:
    """x grows to the left, so the liver (enhanced, large, homogeneous) has the low x."""
    volume = opened("crlm1004-ct-dicom")
    assert volume.shape == (41, 512, 512)
    assert volume.spacing_mm == (5.0, 0.796875, 0.796875)
    assert (volume.voxels.min(), volume.voxels.max()) == (-3024, 1377)
    assert "padding value -3024" in " ".join(volume.notes)
    middle = volume.voxels[20:32].astype(int)
    liver = (middle > 80) & (middle < 160)
    assert liver[:, :, :256].sum() > 1.5 * liver[:, :, 256:].sum()
    assert volume.affine[0, 0] > 0
    assert volume.affine[2, 2] > 0


def test_the_spine_lies_at_the_back(opened) -> None:
    """y grows to the back: the bone of the middle columns has the high y."""
    volume = opened("crlm1004-ct-nifti/CRLM-CT-1004_dcm2niix.nii.gz")
    bone = volume.voxels[:, :, 230:282] > 250
    body = volume.voxels[:, :, 230:282] > -300
    rows = np.arange(512)
    assert (bone.sum((0, 2)) @ rows) / bone.sum() > (body.sum((0, 2)) @ rows) / body.sum() + 30


def test_the_orientation_phantom_is_right_by_each_header(opened) -> None:
    """Voxel = i + j + k as stored; the two files mirror each other in space along z."""
    nifti, dicom = opened("ibsi2-orientation/orientation.nii.gz"), opened("ibsi2-orientation/dicom")
    k, j, i = np.indices((64, 48, 32))
    for volume in (nifti, dicom):
        assert volume.shape == (64, 48, 32)
        assert volume.spacing_mm == (2, 2, 2)
    np.testing.assert_array_equal(nifti.voxels, i + j + k)
    np.testing.assert_array_equal(dicom.voxels, i + j + (63 - k))
    assert nifti.millimetres((0, 0, 0)) == (0, 0, 0)
    assert dicom.millimetres((63, 0, 0)) == (0, 0, 0)


def test_eight_axis_orders_of_one_head_give_one_volume(opened) -> None:
    volumes = [opened(f"nifti-8-orientations/{code}.nii.gz") for code in ORIENTATIONS]
    assert {volume.shape for volume in volumes} == {(67, 79, 64)}
    assert {volume.details["Stored axes"] for volume in volumes} == set(ORIENTATIONS)
    for volume in volumes[1:]:
        np.testing.assert_array_equal(volume.voxels, volumes[0].voxels)
        np.testing.assert_allclose(volume.affine, volumes[0].affine, atol=0.01)
    assert volumes[0].unit == "arbitrary"
    assert float(volumes[0].voxels.max()) == pytest.approx(92.5539, abs=1e-3)


def test_four_encodings_of_one_slice_are_equal(real) -> None:
    files = sorted((real / "ct-transfer-syntaxes").glob("*.dcm"))
    volumes = [open_volume(file) for file in files]
    assert len(volumes) == 4
    assert len({volume.digest for volume in volumes}) == 1
    assert len({volume.details["Encoding"] for volume in volumes}) == 4
    assert (volumes[0].voxels.min(), volumes[0].voxels.max()) == (-3024, 1378)
    assert volumes[0].unit == "HU"


def test_a_stack_stored_right_to_left_is_turned(opened) -> None:
    volume = opened("torchio-ct")
    assert volume.shape == (17, 128, 88)
    assert volume.spacing_mm == (2, 2, 2)
    assert volume.details["Stored axes"] == "RAS"
    assert volume.affine[0, 0] == volume.affine[1, 1] == 2
    assert volume.unit == "arbitrary"  # the files say that their values have no unit
    assert "not in HU" in " ".join(volume.notes)


def test_three_slices_of_ct(opened) -> None:
    volume = opened("dcmqi-ct3")
    assert volume.shape == (3, 512, 512)
    assert volume.spacing_mm == pytest.approx((1.0, 0.810547, 0.810547))
    assert volume.unit == "HU"


def test_a_zip_of_slices_opens(real) -> None:
    path = real / "cptac-zip" / "data.zip"
    volume = open_volume(path)
    assert volume.shape == (3, 512, 512)
    assert volume.modality == "MR"
    assert volume.unit == "arbitrary"
    assert [info.slices for info in list_series(path)] == [3]


def test_ten_types_of_one_cube_are_equal(real) -> None:
    files = sorted((real / "nifti-dtypes").glob("*.nii"))
    assert len(files) == 10
    assert len({open_volume(file).digest for file in files}) == 1
    cube = open_volume(files[0])
    assert sorted(cube.voxels.ravel().tolist()) == list(range(27))
    assert cube.voxels.dtype == np.int16


def test_big_endian_oblique_and_tiny_files_open(opened) -> None:
    big = opened("nibabel-basic/anatomical.nii")
    assert big.shape == (25, 41, 33)
    assert (big.voxels.min(), big.voxels.max()) == (-610, 30393)
    assert big.unit == "arbitrary"
    oblique = opened("nibabel-basic/example4d.nii.gz")
    assert "2 volumes; number 1" in oblique.notes[0]
    assert "9.3 degrees" in " ".join(oblique.notes)
    assert opened("nibabel-basic/example4d.nii.gz", frame=1).digest != oblique.digest
    tiny = opened("nibabel-basic/standard.nii.gz")
    assert tiny.shape == (7, 5, 4)
    assert tiny.spacing_mm == (2, 3, 1)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("totalseg-ct/aorta_report/ct_cropped.nii.gz", "HU"),
        ("totalseg-ct/pulmonary_report/ct_cropped.nii.gz", "HU"),
        ("totalseg-ct/example_mr_sm.nii.gz", "arbitrary"),
        ("sts001-pair/PET_image.nii.gz", "arbitrary"),
        ("sts001-pair/CT_mask.nii.gz", "arbitrary"),
    ],
)
def test_hounsfield_units_are_guessed_right(opened, name, unit) -> None:
    volume = opened(name)
    assert volume.unit == unit
    assert volume.modality == ("CT" if unit == "HU" else "unknown")
    assert "NIfTI doesn't store the unit" in volume.notes[-1]


def test_every_nifti_equals_what_nibabel_makes_of_it(real) -> None:
    """The slow twin: nibabel's own reading and reordering (to RAS), turned to LPS."""
    files = sorted(real.rglob("*.nii*"))
    assert len(files) > 20
    for file in files:
        image = nibabel.as_closest_canonical(nibabel.load(file))
        values = image.get_fdata()
        values = values if values.ndim == 3 else values[..., 0]
        volume = open_volume(file)
        np.testing.assert_allclose(
            volume.voxels, values[::-1, ::-1].T, rtol=1e-6, err_msg=file.name
        )
        x, y, _ = values.shape
        turn = np.array([[-1, 0, 0, x - 1], [0, -1, 0, y - 1], [0, 0, 1, 0], [0, 0, 0, 1]])
        lps = np.diag([-1, -1, 1, 1]) @ image.affine @ turn
        np.testing.assert_allclose(volume.affine, lps, atol=1e-4, err_msg=file.name)


def test_the_scan_comes_before_its_mask(real) -> None:
    infos = list_series(real / "sts001-pair")
    assert [info.modality for info in infos] == ["CT", "unknown", "unknown", "unknown"]
    assert infos[0].shape == (59, 202, 198)
