import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image, Nifti1Pair
from nibabel.nifti2 import Nifti2Image

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Volume, open_volume
from med3dvlm.volumes.formats import scaling
from med3dvlm.volumes.formats.nifti import save_nifti
from med3dvlm.volumes.orientation import swap_ras_lps
from med3dvlm.volumes.reader import OpenScan

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


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "A.NII.GZ"])
def test_a_saved_volume_comes_back(phantom, tmp_path, name) -> None:
    save_nifti(phantom, tmp_path / name)
    volume = open_volume(tmp_path / name)
    assert_same(volume, phantom)
    assert volume.notes == ()
    assert volume.modality == "CT"


def test_an_oblique_volume_comes_back_with_both_placements(phantom, tmp_path) -> None:
    cos, sin = np.cos(0.2), np.sin(0.2)
    affine = phantom.affine.copy()
    affine[:3, :3] = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ affine[:3, :3]
    save_nifti(Volume(voxels=phantom.voxels, affine=affine, unit="HU"), tmp_path / "a.nii")
    volume = open_volume(tmp_path / "a.nii")
    np.testing.assert_allclose(volume.affine, affine, atol=1e-5)
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    assert len(volume.notes) == 1
    assert "11.5 degrees" in volume.notes[0]


def test_a_volume_of_unknown_orientation_comes_back_unknown(phantom, tmp_path) -> None:
    lost = Volume(
        voxels=phantom.voxels, affine=phantom.affine, unit="arbitrary", orientation_known=False
    )
    save_nifti(lost, tmp_path / "a.nii")
    volume = open_volume(tmp_path / "a.nii")
    assert not volume.orientation_known
    assert volume.unit == "arbitrary"
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    assert volume.spacing_mm == phantom.spacing_mm
    assert "left and right may be swapped" in " ".join(volume.notes)


@pytest.mark.parametrize("kind", [Nifti1Image, Nifti2Image])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_versions_byte_orders_and_packing_agree(
    write_nifti, stored, phantom, kind, name, order
) -> None:
    header = kind.header_class(endianness=order)
    header.set_data_dtype(np.int16)
    volume = open_volume(write_nifti(stored, AFFINE, name=name, kind=kind, header=header))
    assert_same(volume, phantom)
    assert volume.details["Format"] == ("NIfTI-1" if kind is Nifti1Image else "NIfTI-2")
    assert volume.details["Stored axes"] == "LPS"
    assert "taken as HU" in " ".join(volume.notes)


@pytest.mark.parametrize("packed", [True, False])
def test_content_counts_and_not_the_name(write_nifti, stored, phantom, packed) -> None:
    path = write_nifti(stored, AFFINE, name="a.nii.gz" if packed else "a.nii")
    renamed = path.rename(path.with_name("b.nii" if packed else "b.nii.gz"))
    assert_same(open_volume(renamed), phantom)
    assert_same(open_volume(renamed.rename(path.with_name("scan"))), phantom)


@pytest.mark.parametrize("given", ["hdr", "img"])
@pytest.mark.parametrize("packed", [True, False])
def test_either_file_of_a_pair_opens_it(write_nifti, stored, phantom, given, packed) -> None:
    end = ".gz" if packed else ""
    path = write_nifti(stored, AFFINE, name=f"a.img{end}", kind=Nifti1Pair)
    volume = open_volume(path.with_name(f"a.{given}{end}"))
    assert_same(volume, phantom)
    assert volume.details["Format"] == "NIfTI-1 pair"


def test_a_folder_with_a_pair_holds_one_series(write_nifti, stored, phantom) -> None:
    path = write_nifti(stored, AFFINE, name="pair/a.img", kind=Nifti1Pair)
    assert_same(open_volume(path.parent), phantom)


def test_half_a_pair_is_refused(write_nifti, stored) -> None:
    path = write_nifti(stored, AFFINE, name="a.img", kind=Nifti1Pair)
    path.unlink()
    with pytest.raises(VolumeError, match=r"a\.hdr: this is only the header.*\.img"):
        open_volume(path.with_name("a.hdr"))


def test_lone_voxels_of_a_pair_are_no_scan(write_nifti, stored) -> None:
    path = write_nifti(stored, AFFINE, name="a.img", kind=Nifti1Pair)
    path.with_name("a.hdr").unlink()
    with pytest.raises(VolumeError, match=r"voxel file of a pair .* \(\.hdr\)"):
        open_volume(path)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_frames_are_chosen_one_at_a_time(write_nifti, stored, phantom, name) -> None:
    path = write_nifti(np.stack([stored, stored + 1, stored + 2], axis=-1), AFFINE, name=name)
    for frame in range(3):
        volume = open_volume(path, frame=frame)
        np.testing.assert_array_equal(volume.voxels, phantom.voxels + frame)
        assert f"3 volumes; number {frame + 1}" in " ".join(volume.notes)
    for wrong in (3, -1):
        with pytest.raises(VolumeError, match="the file contains 3"):
            open_volume(path, frame=wrong)


def test_five_axes_are_frames_too(write_nifti, stored, phantom) -> None:
    path = write_nifti(np.stack([stored, stored + 1], axis=-1)[:, :, :, None, :], AFFINE)
    np.testing.assert_array_equal(open_volume(path, frame=1).voxels, phantom.voxels + 1)


def test_a_frame_axis_of_one_is_no_matter(write_nifti, stored, phantom) -> None:
    volume = open_volume(write_nifti(stored[..., None], AFFINE))
    assert_same(volume, phantom)
    assert "volumes" not in " ".join(volume.notes)


@pytest.mark.parametrize("shape", [(16, 20), (16, 20, 1)])
def test_one_slice_is_a_volume_with_a_note(write_nifti, stored, shape) -> None:
    volume = open_volume(write_nifti(stored[:, :, 8].reshape(shape), AFFINE))
    assert volume.shape == (1, 20, 16)
    assert "only one slice" in " ".join(volume.notes)


def test_a_line_of_values_is_refused(write_nifti) -> None:
    with pytest.raises(VolumeError, match="a line of values"):
        open_volume(write_nifti(np.zeros((1, 1, 9), np.int16)))


@pytest.mark.parametrize("alpha", [False, True])
def test_colours_become_grey(write_nifti, stored, phantom, alpha, monkeypatch) -> None:
    monkeypatch.setattr(scaling, "PART_VOXELS", 1)
    dtype = np.dtype([(name, "u1") for name in ("RGBA" if alpha else "RGB")])
    colours = np.zeros(stored.shape, dtype)
    for name in "RGB":
        colours[name] = stored > 0
    volume = open_volume(write_nifti(colours, AFFINE))
    np.testing.assert_array_equal(volume.voxels, phantom.voxels > 0)
    assert volume.unit == "arbitrary"
    assert volume.details["Stored type"] == "colour"
    assert "Colours" in " ".join(volume.notes)


def test_complex_values_become_magnitudes(write_nifti, stored) -> None:
    volume = open_volume(write_nifti((stored * (0.6 + 0.8j)).astype(np.complex64), AFFINE))
    np.testing.assert_allclose(volume.voxels, np.abs(stored.T), rtol=1e-6)
    assert "magnitudes" in " ".join(volume.notes)


def test_magnitudes_are_no_hu(write_nifti, stored) -> None:
    """With a negative slope they looked like a CT."""
    path = write_nifti(np.abs(stored) * (0.6 + 0.8j), AFFINE)
    data = bytearray(path.read_bytes())
    data[112:120] = np.array([-2, 5], "<f4").tobytes()
    path.write_bytes(bytes(data))
    assert open_volume(path).unit == "arbitrary"


def test_a_preview_shows_magnitudes_of_complex_values(write_nifti, stored) -> None:
    """The chooser showed the real part, or nothing."""
    pictures = []
    for data in (np.abs(stored).astype("f4"), np.abs(stored) * (0.6 + 0.8j)):
        with OpenScan(write_nifti(data.astype("c8" if pictures else "f4"), AFFINE)) as scan:
            [preview] = scan.previews(60).values()
        pictures.append(preview.picture)
    assert pictures[0] == pictures[1]


def test_nan_is_replaced_with_a_note(write_nifti, stored) -> None:
    data = stored.astype(np.float32)
    data[0, 0, 0] = np.nan
    volume = open_volume(write_nifti(data, AFFINE))
    assert volume.voxels[0, 0, 0] == -1000
    assert "Voxels without a finite value: 1" in " ".join(volume.notes)


def test_shear_is_straightened_with_a_note(write_nifti, stored) -> None:
    sheared = AFFINE.copy()
    sheared[1, 2] = 0.75  # one row a slice
    volume = open_volume(write_nifti(stored, sheared))
    assert volume.shape == (12, 31, 16)
    assert "sheared by 16.7 degrees" in " ".join(volume.notes)
    z, y, x = np.argwhere(volume.voxels == 900)[0]
    lps = swap_ras_lps(sheared) @ [11, 13, 8, 1]
    np.testing.assert_allclose(volume.millimetres((z, y, x)), lps[:3], atol=1e-4)


def test_any_stored_order_gives_the_same_volume(write_nifti, stored, phantom) -> None:
    turned = np.array(stored.transpose(2, 0, 1)[::-1])
    index = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [-1, 0, 0, 11], [0, 0, 0, 1]])
    volume = open_volume(write_nifti(turned, AFFINE @ index))
    assert_same(volume, phantom)
    assert volume.details["Stored axes"] == "ILP"
