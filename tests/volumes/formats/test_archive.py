import io
import stat
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, list_series, open_volume
from med3dvlm.volumes.formats import archive
from med3dvlm.volumes.formats.nifti import save_nifti
from med3dvlm.volumes.limits import GIB
from med3dvlm.volumes.volume import Volume, canonical_affine


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch) -> Path:
    """A folder of our own for temporary files; it must be empty after every test."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == [], "unpacked files were left behind"


@pytest.fixture
def scan(phantom, tmp_path) -> bytes:
    save_nifti(phantom, tmp_path / "saved.nii")
    return (tmp_path / "saved.nii").read_bytes()


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return target.getvalue()


@pytest.fixture
def write_zip(tmp_path) -> Callable[..., Path]:
    def write(members: dict[str, bytes], name: str = "scan.zip") -> Path:
        path = tmp_path / name
        path.write_bytes(packed(members))
        return path

    return write


def refusal(path: Path, **limits: int) -> str:
    with pytest.raises(VolumeError) as caught:
        open_volume(path, limits=Limits(**limits))
    return str(caught.value)


@pytest.mark.parametrize("name", ["scan.zip", "scan.nii", "scan"])
def test_a_zip_opens_whatever_its_name(write_zip, scan, phantom, name) -> None:
    volume = open_volume(write_zip({"a/b/scan.nii": scan}, name))
    assert volume.digest == phantom.digest
    assert volume.notes == ()


def test_a_zipped_dicom_folder_with_junk_equals_the_folder(write_zip, write_dicom, phantom) -> None:
    members = {f"cd/{n % 2}/{n}": path.read_bytes() for n, path in enumerate(write_dicom())}
    junk = {
        "__MACOSX/cd/._1": b"x", "cd/.DS_Store": b"x", "cd/Thumbs.db": b"x", "cd/": b"",
        "cd/viewer.exe": b"MZ", "index.html": b"<html>",
    }  # fmt: skip
    volume = open_volume(write_zip(members | junk))
    assert volume.digest == phantom.digest
    assert volume.notes == ()


def test_archives_in_archives_open_down_to_the_depth(write_zip, scan, phantom) -> None:
    twice = write_zip({"inner.zip": packed({"scan.nii": scan})})
    assert open_volume(twice).digest == phantom.digest
    assert "nested too deeply: 1. Unpack them first." in refusal(twice, depth=1)
    thrice = write_zip({"a.zip": packed({"b.zip": packed({"scan.nii": scan})}), "scan.nii": scan})
    assert "nested too deeply: 1" in " ".join(open_volume(thrice).notes)


def test_a_folder_may_hold_archives(write_zip, scan, phantom, tmp_path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write_zip({"scan.nii": scan}, "folder/one.zip")
    assert open_volume(folder).digest == phantom.digest


@pytest.mark.parametrize(
    "name",
    ["../a.nii", "a/../../a.nii", "/etc/a.nii", "C:/a.nii", "..\\a.nii", "C:\\x\\a.nii"],
)
def test_unsafe_names_are_left_out(write_zip, scan, tmp_path, name) -> None:
    before = {path for path in tmp_path.rglob("*") if path.name != "scan.zip"}
    path = write_zip({name: scan, "good.nii": scan})
    volume = open_volume(path)
    assert volume.notes == ("Entries left out because of unsafe names or links: 1.",)
    assert {p for p in tmp_path.rglob("*") if p.name != "scan.zip"} == before
    assert "unsafe names" in refusal(write_zip({name: scan}))


def test_links_are_not_followed(write_zip, scan, tmp_path) -> None:
    secret = tmp_path / "secret.nii"
    secret.write_bytes(scan)
    link = zipfile.ZipInfo("link.nii")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "scan.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(link, str(secret))
    assert "unsafe names or links" in refusal(path)


def test_equal_and_odd_names_do_not_collide(tmp_path, scan) -> None:
    path = tmp_path / "scan.zip"
    with zipfile.ZipFile(path, "w") as opened:
        for name in ("a/scan.nii", "b/scan.nii", "a/\u8eab\u4f53", "a/" + "x" * 300 + ".nii"):
            opened.writestr(name, scan)
        with pytest.warns(UserWarning, match="Duplicate"):
            opened.writestr("a/scan.nii", scan)
    assert len(list_series(path)) == 5


def test_a_pair_in_an_archive_opens(write_zip, write_nifti, phantom) -> None:
    from nibabel.nifti1 import Nifti1Pair

    image = write_nifti(np.array(phantom.voxels.T), name="p.img", kind=Nifti1Pair)
    pair = {f"deep/{p.name}": p.read_bytes() for p in (image, image.with_name("p.hdr"))}
    assert open_volume(write_zip(pair)).shape == (12, 20, 16)


def test_the_unpacked_size_is_bounded(write_zip, scan) -> None:
    path = write_zip({"scan.nii": scan + bytes(3_000_000)})
    assert "unpacked archive exceeds the limit" in refusal(path, unpacked_bytes=2_000_000)


def test_a_bomb_is_stopped_by_its_ratio(write_zip, scan, monkeypatch) -> None:
    monkeypatch.setattr(archive, "RATIO_FREE_BYTES", 1_000_000)
    path = write_zip({"scan.nii": scan, "bomb": bytes(40_000_000)})
    assert "250 times" in refusal(path)
    nested = write_zip({"a.zip": packed({"b": bytes(40_000_000)}), "scan.nii": scan})
    assert "250 times" in refusal(nested)


def test_sizes_are_counted_and_not_believed(write_zip, scan) -> None:
    """The directory of the archive claims a byte; the member has megabytes."""
    path = write_zip({"scan.nii": scan + bytes(3_000_000)})
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (1).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    assert refusal(path, unpacked_bytes=2_000_000)


def test_the_number_of_files_is_bounded(write_zip, scan, tmp_path) -> None:
    members = {f"{n}": b"x" for n in range(20)}
    assert "more than 10 files in the archive" in refusal(write_zip(members), files=10)
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(20):
        (folder / f"{n}").write_bytes(b"x")
    assert refusal(folder, files=10).startswith("many: more than 10 files")


def test_a_huge_directory_is_refused_before_it_is_read(write_zip, monkeypatch) -> None:
    path = write_zip({f"{n}": b"" for n in range(50)})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "more than 11 files in the archive" in refusal(path, files=11)


def test_the_upload_is_bounded(write_zip, scan) -> None:
    assert "larger than the limit of 100 bytes" in refusal(
        write_zip({"scan.nii": scan}), upload_bytes=100
    )


def test_locked_archives_are_refused(write_zip, scan) -> None:
    path = write_zip({"scan.nii": scan})
    data = bytearray(path.read_bytes())
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + at] |= 1
    path.write_bytes(bytes(data))
    assert "password-protected" in refusal(path)


def locked(archive: bytes) -> bytes:
    data = bytearray(archive)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + at] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("broken", "note"),
    [
        (locked, "they are password-protected: 1. Remove the password"),
        (lambda archive: archive[:-40], "they are damaged or compressed in an unsupported way: 1"),
    ],
)
@pytest.mark.parametrize("folder", [True, False])
def test_a_broken_archive_beside_a_scan_is_left_out_with_a_note(
    write_zip, scan, phantom, tmp_path, broken, note, folder
) -> None:
    """Nothing of the upload was opened."""
    members = {"good.nii": scan, "more.zip": broken(packed({"scan.nii": scan}))}
    path = write_zip(members)
    if folder:
        path = tmp_path / "folder"
        path.mkdir()
        for name, content in members.items():
            (path / name).write_bytes(content)
    volume = open_volume(path)
    assert volume.digest == phantom.digest
    assert note in " ".join(volume.notes)
    assert len(list_series(path)) == 1


def test_a_broken_archive_that_is_all_there_is_says_why(write_zip, scan) -> None:
    path = write_zip({"more.zip": packed({"scan.nii": scan})[:-40]})
    assert "more.zip: the archive is damaged" in refusal(path)
    beside = write_zip({"more.zip": packed({"scan.nii": scan})[:-40], "readme.txt": b"hello"})
    assert "damaged or compressed in an unsupported way: 1. Create them again" in refusal(beside)


def test_links_to_files_that_are_not_there_are_told(scan, phantom, tmp_path) -> None:
    """Collections in git-annex consist of them until their files are fetched."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.nii").write_bytes(scan)
    (folder / "b.nii").symlink_to("annex/objects/b.nii")
    volume = open_volume(folder)
    assert volume.digest == phantom.digest
    assert volume.notes == ("Links left out because their file isn't there: 1.",)
    (folder / "a.nii").unlink()
    assert "their file isn't there: 1" in refusal(folder)


@pytest.mark.parametrize("damage", ["cut", "flip", "method"])
def test_damaged_archives_are_refused(write_zip, scan, damage) -> None:
    path = write_zip({"scan.nii": scan})
    data = bytearray(path.read_bytes())
    if damage == "cut":
        data = data[:-40]
    elif damage == "flip":
        data[100:120] = bytes(20)
    else:
        data[data.rindex(b"PK\x01\x02") + 10] = 99
        data[8] = 99
    path.write_bytes(bytes(data))
    message = refusal(path)
    assert "archive is damaged or compressed in an unsupported way" in message
    assert "Create it again" in message


def flipped(path: Path, *names: str) -> Path:
    """A zip in which a byte in the middle of some files is another."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        for name in names:
            member = archive.getinfo(name)
            begins = member.header_offset + 30 + len(name)
            data[begins + member.compress_size // 2] ^= 255
    path.write_bytes(data)
    return path


def test_a_damaged_file_beside_a_sound_scan_is_left_out_with_a_note(
    write_zip, scan, phantom
) -> None:
    """One wrong check sum refused everything."""
    path = flipped(write_zip({"scan.nii": scan, "report.pdf": b"%PDF" + bytes(90)}), "report.pdf")
    volume = open_volume(path)
    assert volume.digest == phantom.digest
    assert volume.notes == ("Files of an archive left out because they are damaged: 1.",)
    other = flipped(write_zip({"a.nii": scan, "b.nii": scan}), "b.nii")
    assert open_volume(other).digest == phantom.digest
    assert len(list_series(other)) == 1


@pytest.mark.parametrize("size", [16, 256], ids=["without header", "with header"])
def test_a_series_with_a_damaged_slice_is_refused_and_others_are_opened(
    write_zip, write_dicom, size
) -> None:
    """Without its slice the scan would be shorter, or seem to have a gap."""
    voxels = np.random.default_rng(0).integers(-900, 900, (6, size, size)).astype(np.int16)
    volumes = [
        Volume(voxels=values, affine=canonical_affine((2, 1, 1)), unit="HU", modality="CT")
        for values in (voxels, voxels + 1)
    ]
    first, second = (
        {
            f"{folder}/{path.name}": path.read_bytes()
            for path in write_dicom(volume=volume, folder=folder)
        }
        for folder, volume in zip("ab", volumes, strict=True)
    )
    lost = sorted(first)[3]
    assert "(damaged files: 1)" in refusal(flipped(write_zip(first), lost))
    both = flipped(write_zip(first | second), lost)
    if size == 16:
        assert "(damaged files: 1)" in refusal(both), "whose slice it is can't be known"
        return
    opened = open_volume(both)
    assert opened.digest == volumes[1].digest
    assert "Series left out because some of their files are damaged" in str(opened.notes)
    assert len(list_series(both)) == 1


def test_an_empty_archive_holds_no_scan(write_zip) -> None:
    """It was told which formats can be read."""
    assert "a zip that contains no scan" in refusal(write_zip({}))
    assert refusal(write_zip({})).endswith("It holds no file: check it, and copy or make it again.")


def test_default_limits_allow_a_large_scan() -> None:
    assert Limits().unpacked_bytes == 4 * GIB
    assert Limits().voxels > 512 * 512 * 2000
