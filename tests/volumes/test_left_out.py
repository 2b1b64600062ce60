"""What is refused of an upload is told with what is opened: how many files, and why."""

from pathlib import Path
from unittest.mock import Mock

import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import list_series, open_volume
from med3dvlm.volumes.formats.nifti import save_nifti
from tests.planted_identifiers import NAME, clean
from tests.volumes.array_writers import WRITERS, write_meta, write_nrrd

both = pytest.mark.parametrize("ending", ["nrrd", "mha"])
KINDS = {"nrrd": "NRRD", "mha": "MetaImage"}


def changed(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


@both
def test_refused_array_files_are_counted_with_their_reasons(phantom, tmp_path, ending) -> None:
    """They went without a word."""
    for name in ("good", "one", "two", "three"):
        WRITERS[ending](tmp_path / f"{name}.{ending}", phantom)
    typed = {"nrrd": (b"short", b"block"), "mha": (b"MET_SHORT", b"MET_STRING")}[ending]
    for name, change in (
        ("one", (b"16 20 12", b"a b c")), ("two", (b"16 20 12", b"a b c")), ("three", typed),
    ):  # fmt: skip
        changed(tmp_path / f"{name}.{ending}", *change)
    volume = open_volume(tmp_path)
    assert volume.digest == phantom.digest
    assert volume.notes[-1] == (
        f"{KINDS[ending]} files left out: 2 because the {KINDS[ending]} header can't be read, "
        "1 because the voxel type is not supported."
    )


@both
def test_what_is_refused_of_one_format_is_told_with_another(
    write_dicom, phantom, tmp_path, ending
) -> None:
    """A format none of whose files can be opened went without a word beside one that has some."""
    folder = write_dicom()[0].parent
    changed(WRITERS[ending](folder / f"bad.{ending}", phantom), b"16 20 12", b"a b c")
    [info] = list_series(folder)
    volume = open_volume(folder, series=info.key)
    assert volume.digest == phantom.digest
    said = f"{KINDS[ending]} files left out: 1 because the {KINDS[ending]} header can't be read."
    assert volume.notes == (said,)


def test_dicom_objects_without_a_picture_are_told_with_another_format(write_dicom, phantom) -> None:
    folder = write_dicom(lambda data, _: setattr(data, "Modality", "SEG"))[0].parent
    save_nifti(phantom, folder / "a.nii")
    volume = open_volume(folder)
    assert volume.digest == phantom.digest
    assert "DICOM files left out: 12 x segmentation." in volume.notes


def test_a_table_of_contents_is_nothing_left_out(write_dicom, phantom) -> None:
    paths = write_dicom()
    folder = paths[0].parent
    directory = folder.parent / "cd"
    directory.mkdir()

    def listed(data, _):
        data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"

    contents = write_dicom(listed, folder="contents")[0]
    contents.rename(directory / "DICOMDIR")
    save_nifti(phantom, directory / "a.nii")
    assert not [note for note in open_volume(directory).notes if "left out" in note]


def test_a_format_that_takes_too_long_is_not_passed_over(phantom, tmp_path, monkeypatch) -> None:
    """The series of other formats were shown as if they were all there is."""
    save_nifti(phantom, tmp_path / "a.nii")
    write_nrrd(tmp_path / "b.nrrd", phantom)
    over = Mock(side_effect=VolumeError("reading took longer than is allowed here."))
    monkeypatch.setattr("med3dvlm.volumes.formats.nrrd.find_in_each", over)
    with pytest.raises(VolumeError, match="took longer"):
        open_volume(tmp_path)


@pytest.mark.parametrize(
    ("write", "name", "old", "new"),
    [
        (write_nrrd, "a.nrrd", b"type: short", b"type: %s"),
        (write_nrrd, "a.nrrd", b"encoding: raw", b"encoding: it's%s'). %s"),
        (write_nrrd, "a.nhdr", b"scan.raw", b"%s.raw"),
        (write_nrrd, "a.nhdr", b"scan.raw", b"../%s.raw"),
        (write_nrrd, "a.nhdr", b"encoding: raw", b"encoding: raw\nbyte skip: -7"),
        (write_meta, "a.mha", b"MET_SHORT", b"%s"),
        (write_meta, "a.mhd", b"scan.raw", b"%s.raw"),
        (write_meta, "a.mha", b"16 20 12", b"16 %s 12"),
    ],
)
def test_the_note_quotes_neither_names_nor_headers(
    phantom, tmp_path, write, name, old, new
) -> None:
    """Files of patients carry their names, and so do their headers."""
    folder = tmp_path / "upload"
    folder.mkdir()
    detached = {"data_file": "scan.raw"} if name.endswith(("hdr", "mhd")) else {}
    bad = write(folder / f"{NAME} {name}", phantom, **detached)
    changed(bad, old, new.replace(b"%s", NAME.encode()))
    save_nifti(phantom, folder / "a.nii")
    volume = open_volume(folder)
    assert any("files left out: 1 because" in note for note in volume.notes)
    clean(volume.notes)
