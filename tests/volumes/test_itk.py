"""NRRD and MetaImage: the phantom in every form gives the same volume, and nothing is followed."""

import itertools
import zipfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813, its own convention

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, list_series, open_volume
from med3dvlm.volumes.volume import Volume

FLIPS = tuple(itertools.product((1, -1), repeat=3))


def image_of(volume: Volume) -> sitk.Image:
    image = sitk.GetImageFromArray(volume.voxels)
    steps = volume.affine[:3, :3]
    spacing = np.linalg.norm(steps, axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(volume.affine[:3, 3].tolist())
    image.SetDirection((steps / spacing).ravel().tolist())
    return image


def write(volume: Volume, path: Path, *, packed: bool = False) -> Path:
    sitk.WriteImage(image_of(volume), str(path), packed)
    return path


def refusal(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(VolumeError) as caught:
        open_volume(path, limits=limits or Limits())
    assert str(caught.value).startswith(f"{path.name}: ")
    return str(caught.value)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("ending", ["nrrd", "nhdr", "mha", "mhd"])
def test_the_phantom_in_every_form_is_the_same(
    phantom: Volume, tmp_path: Path, ending: str, packed: bool
) -> None:
    path = write(phantom, tmp_path / f"scan.{ending}", packed=packed)
    volume = open_volume(path)
    assert volume.digest == phantom.digest
    assert np.allclose(volume.affine, phantom.affine, atol=1e-5)
    assert (volume.unit, volume.orientation_known) == ("HU", True)


@pytest.mark.parametrize("ending", ["nrrd", "mha"])
@pytest.mark.parametrize("order", list(itertools.permutations((0, 1, 2))))
@pytest.mark.parametrize("flips", FLIPS)
def test_every_orientation_comes_back(
    phantom: Volume, tmp_path: Path, ending: str, order: tuple[int, ...], flips: tuple[int, ...]
) -> None:
    image = sitk.PermuteAxes(image_of(phantom), order)
    image = sitk.Flip(image, [flip < 0 for flip in flips], False)
    sitk.WriteImage(image, str(tmp_path / f"scan.{ending}"))
    volume = open_volume(tmp_path / f"scan.{ending}")
    assert volume.voxels.tolist() == phantom.voxels.tolist()
    assert np.allclose(volume.affine, phantom.affine, atol=1e-4)


def test_right_anterior_space_of_nrrd_is_turned(phantom: Volume, tmp_path: Path) -> None:
    """3D Slicer writes LPS, other programs RAS."""
    path = write(phantom, tmp_path / "scan.nrrd")
    head, _, voxels = path.read_bytes().partition(b"\n\n")
    assert b"space: left-posterior-superior" in head
    head = head.replace(b"left-posterior-superior", b"right-anterior-superior")
    path.write_bytes(head + b"\n\n" + voxels)
    volume = open_volume(path)
    assert volume.voxels.tolist() == phantom.voxels[:, ::-1, ::-1].tolist()


@pytest.mark.parametrize(
    ("ending", "line"), [("nrrd", b"space: left-posterior-superior"), ("mha", b"TransformMatrix")]
)
def test_without_an_orientation_sides_are_unknown(
    phantom: Volume, tmp_path: Path, ending: str, line: bytes
) -> None:
    path = write(phantom, tmp_path / f"scan.{ending}")
    content = path.read_bytes()
    start = content.index(line)
    end = content.index(b"\n", start) + 1
    kept = content[:start] + content[end:]
    if ending == "nrrd":  # directions need a space
        kept = kept.replace(b"space directions:", b"#").replace(b"space origin:", b"#")
    path.write_bytes(kept)
    volume = open_volume(path)
    assert not volume.orientation_known
    assert any("left and right are unknown" in note for note in volume.notes)


@pytest.mark.parametrize("ending", ["nrrd", "mha"])
def test_frames_can_be_chosen(phantom: Volume, tmp_path: Path, ending: str) -> None:
    one = image_of(phantom)
    two = sitk.Cast(one + 7, one.GetPixelID())
    path = tmp_path / f"scan.{ending}"
    sitk.WriteImage(sitk.JoinSeries([one, two]), str(path))
    assert list_series(path)[0].frames == 2
    assert open_volume(path).voxels.tolist() == phantom.voxels.tolist()
    assert open_volume(path, frame=1).voxels.tolist() == (phantom.voxels + 7).tolist()
    with pytest.raises(VolumeError, match="no volume 3"):
        open_volume(path, frame=2)


def test_colours_become_grey(tmp_path: Path) -> None:
    colours = np.zeros((2, 3, 4, 3), np.uint8)
    colours[1, 2, 3] = (255, 0, 0)
    sitk.WriteImage(sitk.GetImageFromArray(colours, isVector=True), str(tmp_path / "a.nrrd"))
    volume = open_volume(tmp_path / "a.nrrd")
    assert volume.voxels.max() == round(0.299 * 255)
    assert any("shades of grey" in note for note in volume.notes)


def test_header_and_voxels_in_a_zip(phantom: Volume, tmp_path: Path) -> None:
    path = write(phantom, tmp_path / "scan.mhd")
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as archive:
        for file in (path, path.with_suffix(".raw")):
            archive.write(file, f"folder/{file.name}")
    assert open_volume(tmp_path / "scan.zip").digest == phantom.digest


@pytest.mark.parametrize("ending", ["nhdr", "mhd"])
@pytest.mark.parametrize(
    "target", ["../secret.raw", "/etc/passwd", "..", "slice%03d.raw 1 3 1", "LIST", "a\\b.raw"]
)
def test_voxels_elsewhere_are_never_read(
    phantom: Volume, tmp_path: Path, ending: str, target: str
) -> None:
    folder = tmp_path / "upload"
    folder.mkdir()
    path = write(phantom, folder / f"scan.{ending}")
    path.with_suffix(".raw").rename(tmp_path / "secret.raw")
    content = path.read_bytes().replace(b"scan.raw", target.encode())
    path.write_bytes(content)
    assert "not followed here" in refusal(path)


def test_a_link_beside_the_header_is_not_followed(phantom: Volume, tmp_path: Path) -> None:
    folder = tmp_path / "upload"
    folder.mkdir()
    path = write(phantom, folder / "scan.mhd")
    path.with_suffix(".raw").rename(tmp_path / "secret.raw")
    path.with_suffix(".raw").symlink_to(tmp_path / "secret.raw")
    assert "not followed here" in refusal(path)


def test_header_alone_asks_for_its_voxels(phantom: Volume, tmp_path: Path) -> None:
    path = write(phantom, tmp_path / "scan.mhd")
    path.with_suffix(".raw").unlink()
    assert "Put both into one zip" in refusal(path)


@pytest.mark.parametrize(("ending", "name"), [("nrrd", b"sizes:"), ("mha", b"DimSize =")])
def test_a_header_that_claims_terabytes_is_refused(
    phantom: Volume, tmp_path: Path, ending: str, name: bytes
) -> None:
    path = write(phantom, tmp_path / f"scan.{ending}")
    content = path.read_bytes()
    start = content.index(name)
    end = content.index(b"\n", start)
    path.write_bytes(content[:start] + name + b" 20000 20000 20000" + content[end:])
    assert "more than the" in refusal(path)
    few = Limits(voxels=phantom.voxels.size - 1)
    assert "more than the" in refusal(write(phantom, tmp_path / f"small.{ending}"), few)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("ending", ["nrrd", "mha"])
def test_cut_files_are_refused(phantom: Volume, tmp_path: Path, ending: str, packed: bool) -> None:
    path = write(phantom, tmp_path / f"scan.{ending}", packed=packed)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    assert "cut off or is damaged" in refusal(path)
